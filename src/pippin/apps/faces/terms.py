"""What metrics and commands are called on pages, with a sentence for people."""

from __future__ import annotations

from pippin.core.terms import Term

METRICS = {
    "accuracy": Term("Right names", "The share of faces given the right name; not knowing counts as wrong."),
    "wrong_names": Term("Wrong names", "The share of faces given another person's name; 0 is best."),
    "verification": Term("Same or not", "The share of pairs of faces rightly told to be one person's or two people's."),
    "tar_at_far_1e3": Term(
        "True accepts",
        "The share of pairs of one person's faces that are accepted where 1 in 1,000 pairs of two people's is, too.",
    ),
    "bcubed_f": Term("Groups", "How well groups of faces without names match people; 1 is perfectly."),
}
for _count in (1, 3, 5):
    _after = f"after {_count} confirmation{'s' if _count > 1 else ''} a person"
    METRICS[f"suggested_after_{_count}"] = Term(
        f"Rightly suggested {_after}", "The share of the other faces for which the right person is suggested."
    )
    METRICS[f"wrong_suggestions_after_{_count}"] = Term(
        f"Wrong suggestions {_after}", "The share of suggestions that name another person; 0 is best."
    )

COMMANDS = {
    "scan": Term("Look for faces in a folder", "Reads photographs that are new; originals are never changed."),
    "people": Term("Who is in the album", "People with a name, and groups of faces without one, the largest first."),
    "suggest": Term("Who could this be", "Faces that probably show a person you named, to be answered by yes or no."),
    "search": Term("Find photographs of people", "Those that show all people named, of a year if you like."),
    "similar": Term("Find faces like one", "The faces of your album most like one in a photograph of it."),
    "name": Term("Give a name", "All faces of a group, or a person, are called so from then on."),
    "confirm": Term("Yes, that is them", "These faces show the person suggested."),
    "reject": Term("No, that is not them", "These faces do not show the person suggested."),
    "merge": Term("Two are one person", "All faces of the second count as the first's."),
    "unmerge": Term("One is two people again", "Takes apart who was merged."),
    "split": Term("These faces are another's", "Takes faces out of a person or group, by examples."),
    "hide": Term("Leave a person out", "They are no longer listed or suggested; nothing is lost."),
    "never-suggest": Term("Never suggest a person", "Such as a child: kept through later scans."),
    "revert": Term("Take the last answer back", "Names and answers are what they were before."),
    "draw-box": Term("Mark a face", "One that was not found in a photograph."),
    "move-box": Term("Put a box where the face is", "The face's name stays."),
    "remove-box": Term("No face is there", "The box stays away in later scans."),
    "write-tags": Term("Write names beside photographs", "Other programs read them; they travel with the photographs."),
    "read-tags": Term("Take names from other programs", "Those that lie in photographs or beside them."),
    "forget": Term("Forget a person", "Takes every trace of them away; that cannot be undone."),
    "takeout": Term("Take everything out", "Writes all that is kept into a folder."),
    "stored": Term("See what is stored", "What is kept, for which folders, and how to end it."),
}

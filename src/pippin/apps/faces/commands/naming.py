"""`name`, `confirm`, `reject`, `merge`, `split` and the like: what a person says of faces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pippin.apps.faces.album.journal import last_change, next_change, revert_last
from pippin.apps.faces.commands.rendering import open_roster
from pippin.apps.faces.people import actions
from pippin.apps.faces.people.roster import FaceEntry, PersonEntry, Roster
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.report.formatting import pluralize
from pippin.core.report.report import Report

WHO = Annotated[str, "a person by name or id, as `people` lists them"]
UNDO = "pippin faces revert takes it back"


def name(
    context: Context,
    id: Annotated[str, "a group (g17) or person (p3), as `people` lists them"],
    name: Annotated[str, "the name; that of a known person makes the group part of that person"],
) -> Report:
    """Give a group of faces, or a person, a name.

    All faces of the group count as confirmed.
    """
    with open_roster(context, write=True) as (album, roster):
        change = next_change(album)
        entry = roster.find_entry(id)
        person = actions.name_entry(album, roster, entry, name)
        named = Roster(album).find_person(f"p{person.id}")
    return _report(
        context, f"{pluralize(len(entry.faces), 'face')} called {named.name}", named, faces=entry.faces, change=change
    )


def confirm(
    context: Context,
    *faces: Annotated[str, "faces by id, as `suggest` lists them"],
    person: Annotated[str | None, "whom they show, where it is not the person suggested"] = None,
) -> Report:
    """Say yes: these faces show the person suggested.

    Each answer counts at once.
    """
    with open_roster(context, write=True) as (album, roster):
        change = next_change(album)
        chosen = _find_faces(roster, faces)
        for who, members in _by_person(roster, chosen, person):
            actions.confirm_faces(album, roster, who, members)
            roster = Roster(album)
    return _report(
        context, f"{pluralize(len(chosen), 'face')} confirmed", None, faces=[face.id for face in chosen], change=change
    )


def reject(
    context: Context,
    *faces: Annotated[str, "faces by id, as `suggest` lists them"],
    person: Annotated[str | None, "whom they do not show, where it is not the person suggested or confirmed"] = None,
) -> Report:
    """Say no: these faces do not show the person suggested.

    A face that was confirmed as that person is so no longer.
    """
    with open_roster(context, write=True) as (album, roster):
        change = next_change(album)
        chosen = _find_faces(roster, faces)
        for who, members in _by_person(roster, chosen, person):
            actions.reject_faces(album, roster, who, members)
    return _report(
        context, f"{pluralize(len(chosen), 'face')} rejected", None, faces=[face.id for face in chosen], change=change
    )


def merge(context: Context, person: WHO, other: Annotated[str, "the person or group that is the same one"]) -> Report:
    """Make two people one: all faces of OTHER are PERSON's.

    `unmerge` makes two people two again; a group becomes part of the person.
    """
    with open_roster(context, write=True) as (album, roster):
        change = next_change(album)
        one, two = roster.find_person(person), roster.find_entry(other)
        actions.merge_people(album, roster, one, two)
        merged = Roster(album).find_person(one.key)
    return _report(context, f"{two.name or two.key} is {merged.name} now", merged, change=change)


def unmerge(context: Context, person: WHO) -> Report:
    """Make people that were merged into one two again."""
    with open_roster(context, write=True) as (album, roster):
        change = next_change(album)
        one = roster.find_person(person)
        names = actions.unmerge_person(album, one)
        left = Roster(album).find_person(one.key)
    return _report(context, f"{', '.join(names)} is apart from {left.name} again", left, change=change)


def split(
    context: Context,
    person: Annotated[str, "a person or group, by name or id"],
    *faces: Annotated[str, "examples of faces that are another's"],
) -> Report:
    """Take faces out of a person or group, by examples.

    Faces nearer to the examples than to the rest go with them; they form a group of their own.
    """
    with open_roster(context, write=True) as (album, roster):
        change = next_change(album)
        entry = roster.find_entry(person)
        taken = actions.split_faces(album, roster, entry, _find_faces(roster, faces))
    title = f"{pluralize(len(taken), 'face')} taken out of {entry.name or entry.key}"
    return _report(context, title, None, faces=[face.id for face in taken], change=change)


def hide(context: Context, person: WHO, *, show: Annotated[bool, "show them again"] = False) -> Report:
    """Leave a person out of lists and suggestions."""
    with open_roster(context, write=True) as (album, roster):
        change = next_change(album)
        one = roster.find_person(person)
        actions.set_hidden(album, one, hidden=not show)
    return _report(context, f"{one.name} is {'shown' if show else 'hidden'}", one, change=change)


def never_suggest(context: Context, person: WHO, *, again: Annotated[bool, "suggest them again"] = False) -> Report:
    """Never suggest a person again, such as a child.

    That holds in later scans, too, until --again.
    """
    with open_roster(context, write=True) as (album, roster):
        change = next_change(album)
        one = roster.find_person(person)
        actions.set_suggest(album, one, suggest=again)
    return _report(context, f"{one.name} is {'suggested again' if again else 'never suggested'}", one, change=change)


def revert(context: Context) -> Report:
    """Take back the last change to names and answers."""
    with open_roster(context, write=True) as (album, _):
        change, text = last_change(album), revert_last(album)
    if text is None:
        raise PippinError("Nothing is left to take back.")
    payload = {"application": context.name, "reverted": text, "takes_back": change}
    return Report(title=f"faces: taken back: {text}", payload=payload)


def _find_faces(roster: Roster, faces: Sequence[Any]) -> list[FaceEntry]:
    if not faces:
        raise PippinError("Name at least one face, such as f12; `pippin faces suggest` lists them.", input="faces")
    return [roster.find_face(face) for face in dict.fromkeys(faces)]


def _by_person(
    roster: Roster, faces: Sequence[FaceEntry], person: str | None
) -> list[tuple[PersonEntry, list[FaceEntry]]]:
    """Return the faces by whom they are said to show: the person named, else confirmed or suggested."""
    if person is not None:
        return [(roster.find_person(person), list(faces))]
    suggested = {one.face: one.person for one in roster.suggestions()}
    found = dict[int, tuple[PersonEntry, list[FaceEntry]]]()
    for face in faces:
        who = roster.person_of.get(face.id) or suggested.get(face.id)
        if who is None:
            raise PippinError(f"No person is suggested for {face.name}; say who: --person NAME.", input=face.name)
        found.setdefault(who.id, (who, []))[1].append(face)
    return list(found.values())


def _report(
    context: Context, title: str, person: PersonEntry | None, faces: Sequence[int] = (), *, change: int
) -> Report:
    payload: dict[str, Any] = {"application": context.name, "faces": [f"f{face}" for face in faces], "change": change}
    if person is not None:
        payload |= {"id": person.key, "name": person.name, "count": len(person.faces)}
    return Report(title=f"faces: {title}", payload=payload, next=UNDO)

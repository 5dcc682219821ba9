"""What must not be torn apart by a split beside near-copies: a patient, a day, a camera, told by name or column."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import PurePath

from pippin.apps.recognize.formats.folders import Found, Labelled
from pippin.core.errors import PippinError

MIN_GROUPS = 3  # different prefixes, before names are said to suggest groups
MIN_SHARE = 0.8  # of the images that bear such a prefix

# Letters, digits and a sign, and something after it: P012_3, patient-7 left, 20240131_114500.
_PREFIX = re.compile(r"(?P<letters>[A-Za-z]*[-_ ]?)(?P<digits>\d+)(?P<sign>[-_ .])(?=.)")


def user_groups(wanted: str, found: Found) -> list[str]:
    """Return the group of each image by the setting `group`: a column of its table, or a regular expression.

    An expression is looked for in the file's name, then in its path; its first group, else all it matches, names the
    group. Notes tell how many there are, and where names suggest groups but `wanted` is empty.
    """
    images = found.images
    if not wanted:
        if not any("--group" in note for note in found.notes):
            found.notes += _suggestion(images) or _suggestion_of_folders(images)
        return [""] * len(images)
    found.notes[:] = [note for note in found.notes if "`--group" not in note]
    if any(wanted in image.columns for image in images):
        groups = [image.columns.get(wanted, "").strip() for image in images]
    else:
        groups = _matched(wanted, images)
    count, without = len(set(groups) - {""}), groups.count("")
    if not count:
        raise PippinError(_unmatched(wanted, images), input=wanted)
    lone = f"; {without} images have none and stand alone" if without else ""
    found.notes.append(f"{count} groups by {wanted!r}, each in one part{lone}.")
    if count == 1:
        raise PippinError(f"All images are of one group by {wanted!r}, so none can be scored apart; change --group.")
    return groups


def _matched(wanted: str, images: Sequence[Labelled]) -> list[str]:
    try:
        pattern = re.compile(wanted)
    except re.error as problem:
        message = f"{wanted!r} is neither a column nor a regular expression ({problem}); try --group 'P\\d+'."
        raise PippinError(message, input=wanted) from problem
    return [_first(pattern, image.image.name) for image in images]


def _first(pattern: re.Pattern[str], name: str) -> str:
    match = pattern.search(PurePath(name).name) or pattern.search(name)
    if match is None:
        return ""
    return next((part for part in match.groups() if part), "") or match[0]


def _unmatched(wanted: str, images: Sequence[Labelled]) -> str:
    columns = sorted({name for image in images for name in image.columns})
    there = f"; columns are {', '.join(columns)}" if columns else ""
    example = images[0].image.name if images else ""
    return f"No image has a group by {wanted!r}: it is in no name, such as {example}{there}."


def _suggestion(images: Sequence[Labelled]) -> list[str]:
    """Return a note where most names begin with a number that several images share, and that no label explains."""
    names = [PurePath(image.image.name).stem for image in images]
    matches = [_PREFIX.match(name) for name in names]
    shapes = Counter((match["letters"], match["sign"]) for match in matches if match)
    by_prefix: dict[str, set[str]] = defaultdict(set)
    counts: Counter[str] = Counter()
    labels: dict[str, set[str]] = defaultdict(set)
    for image, match in zip(images, matches, strict=True):
        if match:
            prefix = match["letters"] + match["digits"]
            counts[prefix] += 1
            by_prefix[prefix].add(image.label)
            labels[image.label].add(prefix)
    if len(counts) < MIN_GROUPS or sum(counts.values()) < MIN_SHARE * len(images):
        return []
    repeated = sum(count for count in counts.values() if count > 1)
    # A number that stands for the label (0_17.png), or that no two images share, is no group.
    if repeated < MIN_SHARE * len(images) or all(len(own) == 1 for own in labels.values()):
        return []
    letters = {shape[0] for shape in shapes}
    start = re.escape(letters.pop()) if len(letters) == 1 else "[A-Za-z]*[-_ ]?"
    examples = ", ".join(sorted(counts)[:2])
    return [f"Names suggest groups ({examples}, ...): `--group '^{start}\\d+'` keeps each in one part."]


def _suggestion_of_folders(images: Sequence[Labelled]) -> list[str]:
    """Return a note where images lie in folders of several within their label's folder."""
    within: Counter[str] = Counter()
    for image in images:
        folders = PurePath(image.image.name).parts[:-1]
        if image.label in folders[:-1] and folders[-1] != image.label:
            within["/".join(folders[-2:])] += 1
    names = sorted({name.rsplit("/", 1)[1] for name in within})
    if len(names) < MIN_GROUPS or sum(within.values()) < max(MIN_SHARE * len(images), 2 * len(within)):
        return []
    there = ", ".join(names[:2])
    return [f"Folders within labels may be groups ({there}, ...): `--group '([^/]+)/[^/]+$'` keeps each in one part."]

"""Which folder is a label and which a part: decided from the paths of the images alone."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from pippin.learn.vision.image_datasets import part_of

Names = tuple[str, ...]  # a folder or file below the source, by the names on the way to it

# Names that say what lies in a folder, and nothing of what an image shows.
_NEUTRAL = frozenset(
    ["images", "image", "imgs", "img", "pictures", "photos", "jpg", "jpeg", "png", "jpegimages", "data", "all", "raw"]
)
_NEUTRAL |= frozenset(["masks", "mask", "annotations", "labels", "segmentation", "segmentations"])
# Folders beside those of labels that say of themselves that they are none.
_UNLABELLED = frozenset(["unlabeled", "unlabelled", "unlabeled data", "unlabelled data", "no label", "nolabel"])

# Folders above those of labels that each hold a portion of every label: 64x64, fold_1, session 2.
_PORTION = re.compile(
    r"(?:part|fold|batch|chunk|shard|split|subset|session|day|camera|cam)[ _-]?\d+|\d+ ?[x×] ?\d+(?:@\d+x?)?", re.I
)


class Arrangement(NamedTuple):
    """Label and part of each image that has a label, and the sentence that says how they were found.

    `top` is the folder of the labels or parts; `left_out` counts images beside the label folders.
    """

    placed: dict[Names, tuple[str, str]]
    layout: str
    top: Names
    left_out: int = 0
    plain: bool = False  # one folder for each label, directly in the source


class FolderTree:
    """Counts of the images in and below every folder."""

    def __init__(self, files: Iterable[Names]) -> None:
        self.files = list(files)
        self.loose: Counter[Names] = Counter()
        self.total: Counter[Names] = Counter()
        self._children: defaultdict[Names, dict[str, None]] = defaultdict(dict)
        for file in self.files:
            self.loose[file[:-1]] += 1
            for depth in range(len(file)):
                self.total[file[:depth]] += 1
            for depth in range(len(file) - 1):
                self._children[file[:depth]].setdefault(file[depth])

    def folders(self, at: Names) -> list[Names]:
        """Return the folders in `at` that hold images, at any depth."""
        return [(*at, name) for name in self._children.get(at, ())]

    def below(self, at: Names) -> list[Names]:
        """Return the images in `at` and deeper."""
        return [file for file in self.files if file[: len(at)] == at]

    def inner(self, at: Names) -> Names:
        """Return the folder reached from `at` by stepping through those that only wrap one other."""
        while len(folders := self.folders(at)) == 1:
            (only,) = folders
            holds_labels = self.total[only] > 2 * self.loose[only]
            if self.loose[at] >= self.total[only] or not holds_labels:
                break
            at = only
        return at

    def is_split(self, at: Names) -> bool:
        """Return whether the folders in `at` hold images and are all named as parts, `train` among them."""
        parts = {part_of(folder[-1]) for folder in self.folders(at)}
        return "train" in parts and "" not in parts and not self.loose[at]


def arrange(files: Iterable[Names]) -> Arrangement:
    """Return label and part of images from their paths; `placed` is empty where the folders tell no labels."""
    tree = FolderTree(files)
    top = tree.inner(())
    if parts := _parts(tree, top):
        return _from_parts(tree, top, parts)
    if portions := _portions(tree, top):
        return _from_portions(tree, top, portions)
    return _from_labels(tree, top)


def _parts(tree: FolderTree, top: Names) -> dict[Names, str]:
    """Return the folders in `top` that are parts, if they are parts and no labels."""
    folders = tree.folders(top)
    parts = {folder: part for folder in folders if (part := part_of(folder[-1]))}
    labels = {folder: _labels(tree, folder) for folder in parts}
    if len(parts) == len(folders):
        return parts if any(labels.values()) else {}
    train = {label for folder, part in parts.items() if part == "train" for label in labels[folder]}
    others = {label for folder, part in parts.items() if part != "train" for label in labels[folder]}
    return parts if train & others else {}


def _labels(tree: FolderTree, part: Names) -> list[str]:
    """Return the labels below a part; none where its images lie loose."""
    folders = tree.folders(tree.inner(part))
    return [] if _are_neutral(folders) else [folder[-1] for folder in folders]


def _are_neutral(folders: list[Names]) -> bool:
    """Return whether none of the folders' names can be a label."""
    return all(folder[-1].casefold() in _NEUTRAL or part_of(folder[-1]) for folder in folders)


def _from_parts(tree: FolderTree, top: Names, parts: dict[Names, str]) -> Arrangement:
    """Arrange by labels below train/, val/ and test/; leave out a part that shares no label with train."""
    train = {label for folder, part in parts.items() if part == "train" for label in _labels(tree, folder)}
    used, unlabelled, foreign = list[Names](), list[Names](), list[Names]()
    for folder in parts:
        labels = _labels(tree, folder)
        (unlabelled if not labels else foreign if train and not train & set(labels) else used).append(folder)
    has_train = any(parts[folder] == "train" for folder in used)
    single = len({parts[folder] for folder in used}) == 1 or not has_train
    placed: dict[Names, tuple[str, str]] = {}
    for folder in used:
        placed |= _placed(tree, tree.inner(folder), "" if single else parts[folder])
    others = [folder for folder in tree.folders(top) if folder not in parts]
    told_of = sum(tree.total[folder] for folder in (*unlabelled, *foreign, *others))
    left_out = len(tree.files) - len(placed) - told_of
    used.sort(key=lambda folder: ("train", "val", "test").index(parts[folder]))
    told = [f"labels from the folders below {_listed(used)}"]
    told += [f"{_listed(unlabelled)} {_has(unlabelled)} none and {_is(unlabelled)} left out"] if unlabelled else []
    told += [f"{_listed(foreign)} {_has(foreign)} none of these labels and {_is(foreign)} left out"] if foreign else []
    told += [f"{_listed(others)} {_is(others)} no part and {_is(others)} left out"] if others else []
    told += ["the split is drawn at random"] if used and not has_train else []
    return Arrangement(placed, "; ".join(told), top, left_out)


def _portions(tree: FolderTree, top: Names) -> list[Names]:
    """Return the folders in `top` if each is named as a portion of the images and they share labels, else none."""
    folders = tree.folders(top)
    labels = [set(_labels(tree, folder)) for folder in folders]
    if len(folders) < 2 or not all(_PORTION.fullmatch(folder[-1]) for folder in folders):
        return []
    return folders if len(set.intersection(*labels)) > 1 else []


def _from_portions(tree: FolderTree, top: Names, portions: list[Names]) -> Arrangement:
    """Arrange by the labels below portions, which the layout names."""
    placed: dict[Names, tuple[str, str]] = {}
    for folder in portions:
        placed |= _placed(tree, tree.inner(folder), "")
    listed = _listed(portions) if len(portions) < 4 else f"{_listed(portions[:3])}, ..."
    layout = f"labels from the folders below {listed}, which share them"
    return Arrangement(placed, layout, top, len(tree.files) - len(placed))


def _from_labels(tree: FolderTree, top: Names) -> Arrangement:
    """Arrange by one folder for each label in `top`, each perhaps with train/ and test/ of its own."""
    named = tree.folders(top)
    folders = [folder for folder in named if not _is_unlabelled(folder)]
    where = f"in {_listed([top])}" if top else "of the source"
    mostly_loose = tree.loose[top] > sum(tree.total[folder] for folder in folders)
    if not folders or _are_neutral(folders) or mostly_loose:
        return Arrangement({}, "", top)
    if others := [folder for folder in named if folder not in folders]:
        return _without(tree, top, folders, others)
    if all(tree.is_split(folder) for folder in folders):
        placed = {
            file: (folder[-1], part_of(part[-1]))
            for folder in folders
            for part in tree.folders(folder)
            for file in tree.below(part)
        }
        layout = f"labels from the folders {where}, parts from those within"
        return Arrangement(placed, layout, top, len(tree.files) - len(placed))
    layout = f"labels from the folders below {_listed([top])}" if top else "one folder for each label"
    placed = _placed(tree, top, "")
    return Arrangement(placed, layout, top, len(tree.files) - len(placed), plain=not top)


def _is_unlabelled(folder: Names) -> bool:
    """Return whether a folder among those of labels is named as one without: test, unlabelled."""
    plain = " ".join(folder[-1].casefold().replace("_", " ").replace("-", " ").split())
    return plain in _UNLABELLED or part_of(folder[-1]) == "test"


def _without(tree: FolderTree, top: Names, folders: list[Names], others: list[Names]) -> Arrangement:
    """Return labels from `folders`; the images of `others` are left out."""
    placed = {file: (folder[-1], "") for folder in folders for file in tree.below(folder)}
    told_of = sum(tree.total[folder] for folder in others)
    layout = f"labels from the folders {', '.join(folder[-1] for folder in folders[:3])}"
    layout += ", ..." if len(folders) > 3 else ""
    layout += f"; {_listed(others)} {_has(others)} none and {_is(others)} left out"
    return Arrangement(placed, layout, top, len(tree.files) - len(placed) - told_of)


def _placed(tree: FolderTree, at: Names, part: str) -> dict[Names, tuple[str, str]]:
    return {file: (folder[-1], part) for folder in tree.folders(at) for file in tree.below(folder)}


def _listed(folders: list[Names]) -> str:
    names = [f"{'/'.join(folder)}/" for folder in folders]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _has(folders: list[Names]) -> str:
    return "has" if len(folders) == 1 else "have"


def _is(folders: list[Names]) -> str:
    return "is" if len(folders) == 1 else "are"

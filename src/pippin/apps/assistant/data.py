"""Sentences as examples in three parts: those of a data set as its author divided it, or divided here."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from pippin.apps.assistant.config import SKILLS, AssistantConfig
from pippin.apps.assistant.data_files import PARTS, TEST, TRAIN, VAL, Found, Sentence, read
from pippin.apps.assistant.intents import SlottedIntent
from pippin.core.data import Dataset, Example, Skipped, split_by_group
from pippin.core.errors import PippinError
from pippin.core.inputs import Text

DEFAULTS = AssistantConfig()
BUILTIN = Path(__file__).parent / "skills"
BEYOND = Path(__file__).parent / "sample" / "out_of_scope.txt"
SAMPLE = "the skills' own sentences"
MAX_CHARACTERS = 2000
_GENERIC = {*PARTS, "data", "dataset", "intents", "skills"}
Parts = tuple[tuple[Example, ...], tuple[Example, ...], tuple[Example, ...]]


def load(source: str | None, config: AssistantConfig = DEFAULTS) -> Dataset:
    """Return the sentences of a file or folder, or of the skills that come with Pippin for None.

    Where the file tells parts, they are kept; without a test part, the validation part is scored on. A test part alone
    is only scored on. Anything else is divided here, equal sentences kept together.
    """
    path = BUILTIN if source is None else Path(source)
    if not path.exists():
        raise PippinError(f"There is no file or folder {source}; check the path.", input=source)
    sentences = read(path)
    if source is None:
        sentences[""] += [Sentence(line, "out_of_scope") for line in out_of_scope()]
    found, skipped = _usable(sentences)
    (train, val, test), layout = _parts(found)
    (train, val, test), repeats = _without_repeats(train, val, test)
    return Dataset(
        SAMPLE if source is None else path.name,
        train,
        val,
        test,
        predefined_split=set(found) != {""},
        skipped=tuple(skipped),
        settings={} if source is None or config.domain != SKILLS else {"domain": domain_of(path)},
        layout=layout,
        repeats=repeats,
    )


def out_of_scope() -> list[str]:
    """Return sentences, written by this project, that ask for what no skill that comes with it can do."""
    return BEYOND.read_text("utf-8").splitlines()


def domain_of(path: Path) -> str:
    """Return what a model trained on this path is called: its name, or its folder's where that says nothing."""
    names = [path.stem if path.is_file() else path.name, path.absolute().parent.name]
    telling = [name for name in names if name.casefold() not in _GENERIC]
    name = re.sub(r"[^a-z0-9]+", "-", (telling or [SKILLS])[0].casefold()).strip("-")
    return name or SKILLS


def _usable(found: Found) -> tuple[dict[str, list[Example]], list[Skipped]]:
    """Return examples by part, and what is no sentence with an intent."""
    usable: dict[str, list[Example]] = {}
    skipped = []
    for part, sentences in found.items():
        for sentence in sentences:
            if why := _problem(sentence):
                skipped.append(Skipped(sentence.place, why))
            else:
                usable.setdefault(part, []).append(_example(sentence))
    if not usable:
        raise PippinError("No sentence has an intent; give lines of both.", input=skipped[0].name if skipped else None)
    return usable, skipped


def _problem(sentence: Sentence) -> str:
    if not sentence.intent.strip():
        return "it has no intent"
    if not re.search(r"\w", sentence.text):
        return "it has no words"
    return f"it is longer than {MAX_CHARACTERS} characters" if len(sentence.text) > MAX_CHARACTERS else ""


def _example(sentence: Sentence) -> Example:
    item = Text.of(sentence.text)
    plain = " ".join(re.findall(r"\w+", sentence.text.casefold()))
    group = hashlib.sha256(plain.encode()).hexdigest()
    return Example(item, SlottedIntent(sentence.intent.strip(), sentence.slots), item.digest(), group)


def _parts(found: dict[str, list[Example]]) -> tuple[Parts, str]:
    """Return train, val and test, and how they came about."""
    train, val, test = (tuple(found.get(part, ())) for part in (TRAIN, VAL, TEST))
    rest = tuple(found.get("", ()))
    if not (val or test):
        return split_by_group(train + rest), "Sentences are divided here; equal ones are in one part."
    train += rest
    if train and not test:
        train, test = train, val
        val = ()
        layout = "The validation part is scored on; a tenth of the rest is kept to choose by."
    else:
        layout = "Parts are as the data have them."
    if not train:
        return ((), (), val + test), "A test part alone: it is only scored on."
    if not val:
        train, val, _ = split_by_group(train, test=0.0)
    return (train, val, test), layout


def _without_repeats(
    train: tuple[Example, ...], val: tuple[Example, ...], test: tuple[Example, ...]
) -> tuple[Parts, tuple[tuple[str, Example], ...]]:
    """Leave out of each part what repeats a sentence of a later one."""
    in_test = _groups(test)
    later = in_test | _groups(val)
    repeats = [(VAL, one) for one in val if one.group in in_test]
    repeats += [(TRAIN, one) for one in train if one.group in later]
    val = tuple(one for one in val if one.group not in in_test)
    train = tuple(one for one in train if one.group not in later)
    return (train, val, test), tuple(repeats)


def _groups(examples: Iterable[Example]) -> set[str]:
    return {example.group for example in examples}

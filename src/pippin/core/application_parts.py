"""The records an application is made of; functions may be references that are imported when they are called.

None is compared or printed, so that methods for it need not be made at every start.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pippin.core.references import Ref
from pippin.core.terms import Term

if TYPE_CHECKING:
    from pippin.core.data import Dataset, Example
    from pippin.core.inputs import Input
    from pippin.core.learner import Learner
    from pippin.core.provenance import Provenance
    from pippin.core.report.report import Report
    from pippin.core.values import Prediction, Score

# Kinds of data about people that need their consent, and what each is called in a sentence.
SENSITIVE = {"face": "people's faces", "voice": "people's voices", "health": "people's health"}


@dataclass(frozen=True, eq=False, repr=False)
class Output:
    """What an application predicts."""

    noun: str
    """What a prediction is called, as in "label"."""
    kind: str = ""
    """Kind of file a prediction is ("image"), where it is one: it is written beside the input, and taught as a file."""
    validate: Callable[[Any], Any] | None = None
    """(target) -> target in its proper form; PippinError for one that cannot be learned."""
    matches: Callable[[Any, Any], bool] | None = None
    """(answer, target) -> whether the answer is right, where answers have another form than targets."""

    def is_right(self, answer: Any, target: Any) -> bool:
        """Return whether an answer says what the target says."""
        return self.matches(answer, target) if self.matches else bool(answer == target)


@dataclass(frozen=True, eq=False, repr=False)
class PublicDataset:
    """A public data set an application can learn from: who made it, under which terms, and where its files lie."""

    name: str
    what: str
    home: str
    terms: str
    size: str
    """Of the files fetched by default, for people."""
    base: str
    """An address that ends in "/", or "doi:.../" of an archive, which then tells the files' checksums itself."""
    files: Sequence[str]
    """Those fetched where none are named."""
    learn: str
    """What to do then, FOLDER standing for where they are."""
    checksums: Mapping[str, str] = field(default_factory=dict)
    """ "md5:..." by file."""


@dataclass(frozen=True, eq=False, repr=False)
class Data:
    """What an application reads, and how."""

    load: Callable[[str | None, Any], Dataset]
    """(path or None for the sample, config) -> Dataset."""
    expand: Callable[[Any], list[Input]] | None = None
    """(argument) -> the inputs a folder or file stands for."""
    thumbnail: Callable[[Input], bytes] | None = None
    """(input) -> PNG bytes."""
    provenance: Callable[[Input], Provenance | None] | None = None
    """(input) -> what a file of this application's own says it was made of, or None.

    Where files hold no such mark, the workspace records what was made."""
    write: Callable[[Any], tuple[str, bytes]] | None = None
    """(values) -> name and bytes of a file that holds data given in Python, such as a data frame."""
    amount: str = "examples"
    """What there may be more of to learn from: "examples", or "experience" (then a setting of that name says how much,
    0 for what the data's `experience` tells)."""
    validation: Callable[[Any], Sequence[Example]] | None = None
    """(config) -> examples to validate on, where none can be set apart of those to learn from (games of a training)."""
    public: Sequence[PublicDataset] = ()
    """Public data sets that `data` fetches."""
    sensitive: str = ""
    """Whether inputs show people's "face", "voice" or "health".

    Others than this machine's user get such an application only where the host allows it, and nothing of it is logged
    or cached for them."""

    def __post_init__(self) -> None:
        """Refuse a kind of sensitive data that nothing would protect."""
        if self.sensitive and self.sensitive not in SENSITIVE:
            raise ValueError(f"sensitive must be one of {', '.join(SENSITIVE)} or empty, not {self.sensitive!r}")

    @property
    def unit(self) -> str:
        """What the amount to learn from counts."""
        return {"examples": "examples", "experience": "frames"}[self.amount]


@dataclass(frozen=True, eq=False, repr=False)
class Methods:
    """What `compare`, `curve` and `inspect` run beside each other."""

    classical: Mapping[str, Callable[[Any], Learner]]
    """Baselines by name: (config) -> Learner."""
    quick: str
    """The baseline that is trained beside every model."""
    deep: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: {"deep": {}})
    """Variants of the learner by name, each with the settings that make it, the main one first."""
    needs: Mapping[str, str] = field(default_factory=dict)
    """Baselines that take part only where a setting is given, with that setting."""
    on_request: Sequence[str] = ()
    """Methods that take part only where they are named, or where a setting is given that tells them from others."""
    networks: Collection[str] = ()
    """Baselines that are networks, too, so that none of them counts as classical."""
    label_judge: Callable[[Any], Learner] | None = None
    """(config) -> Learner by whose out-of-fold predictions `inspect` judges labels; None: the quick baseline."""
    estimator: Callable[[Any, str], Learner] | None = None
    """(config, "FILE.py:function") -> Learner around the scikit-learn estimator the function returns."""

    calls: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Methods by a setting that only asks for them: given, they take part beside the others, which it leaves alone."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """What `compare` says of a method where one of `calls` takes part: what it learned from, supervised or not."""

    def is_classical(self, name: str) -> bool:
        """Return whether a method is a baseline without a network."""
        return name in self.classical and name not in self.networks

    def describe(self, names: Collection[str]) -> tuple[str, ...]:
        """Return the notes on methods, where one that is called for is among them."""
        called = {name for found in self.calls.values() for name in found}
        return tuple(f"{name}: {self.notes[name]}" for name in names if name in self.notes and called & set(names))


@dataclass(frozen=True, eq=False, repr=False)
class Scoring:
    """How predictions are scored."""

    metric: str
    """The score that ranks models; a key of what `score` returns."""
    score: Callable[[Sequence[Prediction], Sequence[Example]], dict[str, Score]]
    """(predictions, examples) -> scores by name."""
    lower_is_better: bool = False
    """Direction of the metric."""
    details: Callable[[Sequence[Prediction], Sequence[Example]], dict[str, Any]] | None = None
    """(predictions, examples) -> JSON values beyond scores (confusion matrix, scores by label), kept with a model."""
    details_report: Callable[[Mapping[str, Any]], Report] | None = None
    """(details) -> their Report."""


@dataclass(frozen=True, eq=False, repr=False)
class ModelInfo:
    """What holds for every model of an application."""

    variant: Callable[[Any], str] | None = None
    """(config) -> what a model with these settings serves; one model of each variant is in use."""
    serves: Callable[[str, str], bool] | None = None
    """(variant of a model, another variant) -> whether it answers for that too, where no model of that is in use."""
    refit: Callable[[Dataset, Any], int] | None = None
    """(data, config) -> how the final model is fitted on all rows after scoring.

    0 not at all, 1 after scoring on the test split, k after k-fold cross-validation."""
    extra: str = "train"
    """The extra of the package that brings what it needs."""
    weights: Sequence[Mapping[str, str]] = ()
    """Packaged files some model needs: `package`, `version`; in artifacts also `file` and `sha256`."""
    notes: Sequence[str] = ()
    """Sentences for every model card."""
    frameworks: Sequence[str] = ("pytorch",)
    """What its networks can learn in: "pytorch", "tensorflow"."""
    folder: Path | None = None
    """The one model of an application that was saved under a name."""


@dataclass(frozen=True, eq=False, repr=False)
class Export:
    """How a model leaves Pippin."""

    write: Callable[[Any, Path], list[Path]]
    """(learner, folder) -> the files written, in a standard format."""
    load: Callable[[Path], Callable[[Sequence[Input]], list[Any]]] | None = None
    """(folder) -> a function from inputs to predictions that uses nothing but those files."""


@dataclass(frozen=True, eq=False, repr=False)
class OwnCommand:
    """A command of an application's own."""

    function: Ref
    """(context, ...) -> Report; its signature makes the command line and the HTTP interface."""
    page: bool = False
    """Whether only a page calls it: it needs no form, and no help lists it."""
    background: bool = False
    """Whether it works for longer than a person waits."""
    always_logged: bool = False
    """Whether the log of activity records it although only a page calls it: a person asks for it there."""

    @property
    def logged(self) -> bool:
        """Whether the log of activity records it; what pages call by themselves would fill it."""
        return self.always_logged or not self.page

    @property
    def name(self) -> str:
        """Name on the command line."""
        return self.function.name


@dataclass(frozen=True, eq=False, repr=False)
class Page:
    """What pages say of an application."""

    action: str = ""
    """What it does for a person, as an imperative: "Name an image"."""
    group: str = ""
    """Where the home page lists it: "see", "hear", "play" or "decide"; by default as its input suggests."""
    terms: Mapping[str, Term] = field(default_factory=dict)
    """A name and a sentence for people, by metric and own command."""
    browser_files: Callable[[Path], Sequence[str]] | None = None
    """(folder) -> the verbs that `studio/src/apps/NAME/Site.svelte` can do without a server, with the files written."""

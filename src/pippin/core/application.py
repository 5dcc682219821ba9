"""An application: a frozen record of facts and functions from which every command, page and check is made."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pippin.core.errors import PippinError
from pippin.core.source import require_definition
from pippin.core.terms import Term, group_of

if TYPE_CHECKING:
    from pippin.core.data import Dataset, Example, Metric
    from pippin.core.inputs import Input
    from pippin.core.learner import Learner
    from pippin.core.provenance import Provenance
    from pippin.core.report.report import Report
    from pippin.core.values import Prediction, Score

# Kinds of data about people that need their consent, and what each is called in a sentence.
SENSITIVE = {"face": "people's faces", "voice": "people's voices", "health": "people's health"}


class Lazy:
    """A function named by "module:attribute", imported when first called: looking at an application costs nothing."""

    def __init__(self, reference: str) -> None:
        self.reference = reference

    @property
    def name(self) -> str:
        """What the function is called on the command line."""
        return self.reference.split(":")[1].replace("_", "-")

    def resolve(self) -> Callable[..., Any]:
        """Import and return the function."""
        module, attribute = self.reference.split(":")
        found: Callable[..., Any] = getattr(importlib.import_module(module), attribute)
        return found

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.resolve()(*args, **kwargs)

    def __repr__(self) -> str:
        return f"Lazy({self.reference!r})"


@dataclass(frozen=True)
class PublicDataset:
    """A public data set an application can learn from: who made it, under which terms, and where its files lie.

    `base` is an address that ends in "/", or "doi:.../" of an archive, which then tells the files' checksums itself;
    `files` are those fetched where none are named, `checksums` ("md5:...") theirs; `size` is of these, for people.
    `learn` is what to do then, FOLDER standing for where they are.
    """

    name: str
    what: str
    home: str
    terms: str
    size: str
    base: str
    files: Sequence[str]
    learn: str
    checksums: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Application:
    """Facts and functions of one application; functions may be `Lazy` references.

    Called with: `data(source or None for the sample, config)`, `learner(config)`, `score(predictions, examples)`,
    each of `baselines` (config), `variant(config)`, `checked(answer)` giving a taught answer in its proper form,
    `expand(argument)` giving the inputs a folder stands for, `provenance(input)` what a file of this application's
    own says it was made of, or None (where files hold no such mark, the workspace records what was made),
    `thumbnail(input)` giving PNG bytes, `exported(folder)` giving a function from inputs to answers.
    `deep` names the ways of deep learning that stand beside each other in `compare` and `curve`, each with the settings
    that make it, the main one first; `needs` names baselines that take part only where a setting is given, with it;
    `on_request` those deep or classical ways that take part only where they are named, or where a setting is given
    that tells them from other deep ways.
    `config` holds the defaults of the settings, `options` what each means, `tiny` those of the quickest training,
    `demo` those of the quickest look; `measuring` names settings that say how a model is used and measured, not how it
    was made, so that they may be changed at any time.
    `amount` is what there may be more of to learn from: "examples", or "experience" (then the setting of that name says
    how much, 0 for what the data's `experience` tells).
    `output` is the kind of file an answer is ("image"), where it is one: it is written beside the input, and what is
    taught is such a file.
    `check_settings(given)` raises PippinError where settings that were given are wrong or contradict each other.
    `local` names settings that name a file of this machine or run code: they are never taken from the network;
    `lasting` own commands that work for longer than a person waits for an answer.
    `refit(data, config)` says how the final model is fitted on all rows after scoring: 0 not at all, 1 after scoring on
    the test part, k after k-fold cross-validation. `details(predictions, examples)` gives what `evaluate` shows beyond
    scores (confusion matrix, scores by label) as JSON values, stored with a model, and `details_report` their Report.
    `write_data(values)` gives data that is in Python, such as a data frame, as a file's name and bytes.
    `label_judge(config)` gives the learner by whose out-of-fold answers `inspect` judges labels (None: the quick
    baseline); `estimator(config, reference)` a learner around the scikit-learn estimator that the function at
    "FILE.py:function" returns.
    `about` are sentences for every card, `requires` packaged files some model needs (with `package` and `version`; in
    artifacts also `file` and `sha256`); `sets` are public data sets to learn from; `without` names verbs it cannot
    mean, with the reason.
    `sensitive` says that inputs show people's "face", "voice" or "health": others than this machine's user get such an
    application only where the host allows it, and nothing of it is logged or cached for them.
    `action` is what it does for a person, as an imperative ("Name an image"), and `group` where the home page lists it
    ("see", "hear", "play", "decide"; by default as its input suggests); `terms` gives metrics and own commands a name
    and a sentence for people; `page_commands` are own commands that its page calls and that need no form.
    """

    name: str
    summary: str
    package: str
    input: str
    answer: str
    metric: str
    data: Callable[[str | None, Mapping[str, Any]], Dataset]
    learner: Callable[[Mapping[str, Any]], Learner]
    score: Callable[[Sequence[Prediction], Sequence[Example]], dict[str, Score]]
    baselines: Mapping[str, Callable[[Mapping[str, Any]], Learner]]
    quick_baseline: str
    deep: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: {"deep": {}})
    needs: Mapping[str, str] = field(default_factory=dict)
    on_request: Sequence[str] = ()
    config: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    tiny: Mapping[str, Any] = field(default_factory=dict)
    demo: Mapping[str, Any] = field(default_factory=dict)
    measuring: Sequence[str] = ()
    local: Sequence[str] = ()
    lasting: Sequence[str] = ()
    variant: Callable[[Mapping[str, Any]], str] = lambda config: "default"
    check_settings: Callable[[Mapping[str, Any]], object] | None = None
    checked: Callable[[Any], Any] | None = None
    expand: Callable[[Any], list[Input]] | None = None
    provenance: Callable[[Input], Provenance | None] | None = None
    thumbnail: Callable[[Input], bytes] | None = None
    exported: Callable[[Path], Callable[[Sequence[Input]], list[Any]]] | None = None
    refit: Callable[[Dataset, Mapping[str, Any]], int] = lambda data, config: 0
    write_data: Callable[[Any], tuple[str, bytes]] | None = None
    details: Callable[[Sequence[Prediction], Sequence[Example]], dict[str, Any]] | None = None
    details_report: Callable[[Mapping[str, Any]], Report] | None = None
    label_judge: Callable[[Mapping[str, Any]], Learner] | None = None
    estimator: Callable[[Mapping[str, Any], str], Learner] | None = None
    commands: Sequence[Lazy] = ()
    without: Mapping[str, str] = field(default_factory=dict)
    lower_is_better: bool = False
    amount: str = "examples"
    output: str = ""
    requires: Sequence[Mapping[str, str]] = ()
    sets: Sequence[PublicDataset] = ()
    about: Sequence[str] = ()
    extra: str = "train"
    model: Path | None = None
    action: str = ""
    group: str = ""
    terms: Mapping[str, Term] = field(default_factory=dict)
    page_commands: Sequence[str] = ()
    sensitive: str = ""

    def __post_init__(self) -> None:
        """Refuse a kind of sensitive data that nothing would protect."""
        if self.sensitive and self.sensitive not in SENSITIVE:
            raise ValueError(f"sensitive must be one of {', '.join(SENSITIVE)} or empty, not {self.sensitive!r}")

    @property
    def home_group(self) -> str:
        """The group in which the home page lists it: "mine" for a model saved under a name."""
        return "mine" if self.model is not None else self.group or group_of(self.input)

    @property
    def reference(self) -> str:
        """Where a worker process finds this application: "package:application"."""
        return f"{self.package}:application"

    @property
    def unit(self) -> str:
        """What the amount to learn from counts."""
        return {"examples": "examples", "experience": "frames"}[self.amount]

    @property
    def folder(self) -> Path:
        """The folder of the application's package."""
        file = importlib.import_module(self.package).__file__
        assert file is not None
        return Path(file).parent

    @property
    def builtin(self) -> Path:
        """The artifact that comes with the application for its default settings (it may not exist)."""
        return self.builtin_for(self.variant(self.config))

    @property
    def builtins(self) -> list[Path]:
        """All artifacts that come with the application, that for its default settings first."""
        if self.model:
            return [self.model]
        found = [self.builtin, *sorted(path.parent for path in (self.folder / "model").glob("*/artifact.json"))]
        return [path for path in dict.fromkeys(found) if (path / "artifact.json").exists()]

    def builtin_for(self, variant: str) -> Path:
        """Return the folder of the built-in artifact for a variant.

        It is `model/VARIANT` where that has an artifact, else `model`.
        """
        if self.model:
            return self.model
        own = self.folder / "model" / variant
        return own if (own / "artifact.json").exists() else self.folder / "model"

    def settings(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the defaults updated by `given`; an unknown name is an error."""
        unknown = sorted(set(given) - set(self.config))
        if unknown:
            raise PippinError(f"{self.name} has no setting {unknown[0]!r}; it has: {', '.join(self.config) or 'none'}.")
        if self.check_settings is not None:
            self.check_settings(given)
        return {**self.config, **given}

    def used_with(self, made: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings a model was `made` with, updated by `given`.

        Of `given` only the settings in `measuring` count; unknown names are errors.
        """
        self.settings(given)
        return {**made, **{name: given[name] for name in self.measuring if name in given}}

    def estimators(self, references: str) -> list[str]:
        """Return references "FILE.py:function" with absolute paths.

        `references` lists them, as in "a.py:f, b.py:g"; PippinError where one names no function.
        """
        found = [reference.strip() for reference in references.split(",") if reference.strip()]
        if found and self.estimator is None:
            raise PippinError(f"`{self.name}` takes no estimators of your own.", input=references)
        for reference in found:
            file, _, function = reference.rpartition(":")
            if not file.endswith(".py") or not function.isidentifier():
                raise PippinError(f"{reference!r} names no function; write FILE.py:function.", input=reference)
            if not Path(file).is_file():
                raise PippinError(f"There is no file {file}; write FILE.py:function.", input=reference)
            require_definition(Path(file), function)
        names = [reference.rpartition(":")[2] for reference in found]
        taken = [name for name in names if names.count(name) > 1 or name in self.baselines or name in self.deep]
        if taken:
            raise PippinError(f"Two methods are called {taken[0]!r}; rename the function.", input=references)
        return [str(Path(reference).absolute()) for reference in found]

    def methods(self, given: Mapping[str, Any], named: str = "") -> list[str]:
        """Return names of the deep and classical methods to run.

        They are those for the settings `given`, or those `named` ("a, b").
        """
        fitting = [
            row for row, own in self.deep.items() if all(own.get(key, value) == value for key, value in given.items())
        ]
        fitting += [name for name in self.baselines if name not in self.needs or given.get(self.needs[name])]
        wanted = [name.strip() for name in named.split(",") if name.strip()]
        unknown = [name for name in wanted if name not in fitting]
        if unknown:
            raise PippinError(
                f"{self.name} has no method {unknown[0]!r} here; it has: {', '.join(fitting)}.", input=named
            )
        everywhere = set.intersection(*map(set, self.deep.values()))
        meant = {row for row, own in self.deep.items() if (own.keys() & given.keys()) - everywhere}
        return wanted or [name for name in fitting if name not in self.on_request or name in meant]

    def with_metric(self, metric: Metric | None) -> Application:
        """Return this application ranked by `metric`, where the data or a model has its own."""
        if metric is None:
            return self
        return replace(self, metric=metric.name, lower_is_better=metric.lower_is_better)

    def refuse_without(self, verb: str) -> None:
        """Say why this application has no such verb, where it declares so."""
        if verb in self.without:
            raise PippinError(f"`{self.name}` has no `{verb}`: {self.without[verb]}.")

"""An application: a frozen record of facts and functions from which every command, page and check is made."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pippin.core.application_parts import Data, Export, Methods, ModelInfo, Output, OwnCommand, Page, Scoring
from pippin.core.config import Config
from pippin.core.errors import PippinError
from pippin.core.source import require_definition
from pippin.core.terms import group_of

if TYPE_CHECKING:
    from pippin.core.data import Dataset, Metric
    from pippin.core.inputs import Input
    from pippin.core.learner import Learner
    from pippin.core.report.report import Report

Settings = Mapping[str, Any]


@dataclass(frozen=True, eq=False, repr=False)
class Application:
    """What the verbs need to know of an application; functions may be references (`refs`)."""

    name: str
    """Name as a command and in addresses."""
    summary: str
    """One line of at most 60 characters."""
    package: str
    """Import name of the package whose attribute `application` this is."""
    input: str
    """Kind of input: "image", "video", "audio", "text", "record" or "episode"."""
    output: Output
    """What it predicts."""
    data: Data
    """What it reads, and how."""
    learner: Callable[[Any], Learner]
    """(config) -> Learner."""
    methods: Methods
    """What `compare` and `curve` run: deep and classical."""
    scoring: Scoring
    """How predictions are scored."""
    config: type[Config] = Config
    """Its settings, and those for the quickest training and look."""
    model: ModelInfo = ModelInfo()
    """What holds for every model."""
    explain: Callable[[Any, Input | None, Callable[[], Dataset] | None], Report] | None = None
    """(learner, input or None for the whole model, what loads its training data) -> Report with a figure."""
    export: Export | None = None
    """How a model leaves Pippin."""
    commands: Sequence[OwnCommand] = ()
    """Commands of its own."""
    unsupported: Mapping[str, str] = field(default_factory=dict)
    """Verbs it cannot mean, each with the reason as half a sentence."""
    page: Page = Page()
    """What pages say of it."""

    @property
    def home_group(self) -> str:
        """The group in which the home page lists it: "mine" for a model saved under a name."""
        return "mine" if self.model.folder is not None else self.page.group or group_of(self.input)

    @property
    def reference(self) -> str:
        """Where a worker process finds this application: "package:application"."""
        return f"{self.package}:application"

    @property
    def folder(self) -> Path:
        """The folder of the application's package."""
        file = importlib.import_module(self.package).__file__
        assert file is not None
        return Path(file).parent

    @property
    def defaults(self) -> dict[str, Any]:
        """Default values of the settings by name."""
        return {name: setting.default for name, setting in self.config.settings().items()}

    @property
    def inference_settings(self) -> list[str]:
        """Names of the settings that say how a model is used, so that they may be changed at any time."""
        return [name for name, setting in self.config.settings().items() if setting.inference]

    @property
    def local_settings(self) -> list[str]:
        """Names of the settings that are never taken from the network."""
        return [name for name, setting in self.config.settings().items() if setting.local]

    @property
    def exported(self) -> Callable[[Path], Callable[[Sequence[Input]], list[Any]]] | None:
        """What loads exported files: programs that earlier versions wrote beside them call it by this name."""
        return self.export.load if self.export else None

    @property
    def builtin(self) -> Path:
        """The artifact that comes with the application for its default settings (it may not exist)."""
        return self.builtin_for(self.variant({}))

    @property
    def builtins(self) -> list[Path]:
        """All artifacts that come with the application, that for its default settings first."""
        if self.model.folder:
            return [self.model.folder]
        found = [self.builtin, *sorted(path.parent for path in (self.folder / "model").glob("*/artifact.json"))]
        return [path for path in dict.fromkeys(found) if (path / "artifact.json").exists()]

    def builtin_for(self, variant: str) -> Path:
        """Return the folder of the built-in artifact for a variant.

        It is `model/VARIANT` where that has an artifact, else `model`.
        """
        if self.model.folder:
            return self.model.folder
        own = self.folder / "model" / variant
        return own if (own / "artifact.json").exists() else self.folder / "model"

    def preset(self, purpose: str) -> dict[str, Any]:
        """Return all settings for a purpose: the defaults where it has none of its own."""
        return self.fill_settings(self.config.PRESETS.get(purpose, {}))

    def fill_settings(self, given: Settings) -> dict[str, Any]:
        """Return the defaults updated by `given`; PippinError for an unknown name or a value that is not allowed."""
        return {**self.defaults, **self.read_settings(given)}

    def read_settings(self, given: Settings) -> dict[str, Any]:
        """Return the settings that were `given`, checked and converted; None is no value.

        PippinError for an unknown name or a value that is not allowed.
        """
        known = self.config.settings()
        if unknown := sorted(set(given) - set(known)):
            raise PippinError(f"{self.name} has no setting {unknown[0]!r}; it has: {', '.join(known) or 'none'}.")
        read = {name: known[name].read(value) for name, value in given.items() if value is not None}
        if read:
            self.config.check_given(read)
        return read

    def configure(self, given: Settings) -> Any:
        """Return the config for settings that were `given`."""
        return self.config.read(self.fill_settings(given))

    def override_settings(self, trained: Settings, given: Settings) -> dict[str, Any]:
        """Return the settings a model was `trained` with, updated by those of `given` that say how it is used."""
        read = self.read_settings(given)
        used = {name: read[name] for name in self.inference_settings if name in read}
        return {**self.known_settings(trained), **used}

    def known_settings(self, stored: Settings) -> dict[str, Any]:
        """Return the `stored` settings that this version has; None is no value."""
        known = self.config.settings()
        return {
            name: value for name, value in self.config.rename(stored).items() if name in known and value is not None
        }

    def load_data(self, source: str | None, settings: Settings) -> Dataset:
        """Load the data at a path or address; None is the sample."""
        return self.data.load(source, self.config.read(settings))

    def make_learner(self, settings: Settings) -> Learner:
        """Make a learner that has learned nothing."""
        return self.learner(self.config.read(settings))

    def variant(self, settings: Settings) -> str:
        """Return the variant that a model with these settings serves."""
        return self.model.variant(self.config.read(settings)) if self.model.variant else "default"

    def serves(self, variant: str, asked: str) -> bool:
        """Return whether a model of a variant answers for another one that is asked for."""
        return self.model.serves is not None and bool(self.model.serves(variant, asked))

    def refit_folds(self, data: Dataset, settings: Settings) -> int:
        """Return how the final model is fitted on all rows (see ModelInfo.refit)."""
        return self.model.refit(data, self.config.read(settings)) if self.model.refit else 0

    def check_estimators(self, references: str) -> list[str]:
        """Return references "FILE.py:function" with absolute paths.

        `references` lists them, as in "a.py:f, b.py:g"; PippinError where one names no function.
        """
        found = [reference.strip() for reference in references.split(",") if reference.strip()]
        if found and self.methods.estimator is None:
            raise PippinError(f"`{self.name}` takes no estimators of your own.", input=references)
        for reference in found:
            file, _, function = reference.rpartition(":")
            if not file.endswith(".py") or not function.isidentifier():
                raise PippinError(f"{reference!r} names no function; write FILE.py:function.", input=reference)
            if not Path(file).is_file():
                raise PippinError(f"There is no file {file}; write FILE.py:function.", input=reference)
            require_definition(Path(file), function)
        names = [reference.rpartition(":")[2] for reference in found]
        known = {*self.methods.classical, *self.methods.deep}
        taken = [name for name in names if names.count(name) > 1 or name in known]
        if taken:
            raise PippinError(f"Two methods are called {taken[0]!r}; rename the function.", input=references)
        return [str(Path(reference).absolute()) for reference in found]

    def select_methods(self, given: Settings, named: str = "") -> list[str]:
        """Return names of the deep and classical methods to run.

        They are those for the settings `given`, or those `named` ("a, b").
        """
        deep, needs, calls = self.methods.deep, self.methods.needs, self.methods.calls
        called = {name for setting, names in calls.items() if given.get(setting) for name in names}
        given = {name: value for name, value in given.items() if name not in calls}
        fitting = [
            name for name, own in deep.items() if all(own.get(key, value) == value for key, value in given.items())
        ]
        fitting += [name for name in self.methods.classical if name not in needs or given.get(needs[name])]
        wanted = [name.strip() for name in named.split(",") if name.strip()]
        unknown = [name for name in wanted if name not in fitting]
        if unknown:
            raise PippinError(
                f"{self.name} has no method {unknown[0]!r} here; it has: {', '.join(fitting)}.", input=named
            )
        everywhere = set.intersection(*map(set, deep.values()))
        meant = {name for name, own in deep.items() if (own.keys() & given.keys()) - everywhere}
        return wanted or [name for name in fitting if name not in self.methods.on_request or name in meant | called]

    def method_settings(self, settings: Settings) -> dict[str, Any]:
        """Return the settings that all methods share: those that only ask for methods at their defaults."""
        return {name: self.defaults[name] if name in self.methods.calls else value for name, value in settings.items()}

    def with_metric(self, metric: Metric | None) -> Application:
        """Return this application ranked by `metric`, where the data or a model has its own."""
        if metric is None:
            return self
        scoring = replace(self.scoring, metric=metric.name, lower_is_better=metric.lower_is_better)
        return replace(self, scoring=scoring)

    def require_verb(self, verb: str) -> None:
        """Raise PippinError where this application has no such verb."""
        if verb in self.unsupported:
            raise PippinError(f"`{self.name}` has no `{verb}`: {self.unsupported[verb]}.")

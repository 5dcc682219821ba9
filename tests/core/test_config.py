"""Settings: which values are read, and how those that are none are refused."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pippin.core import registry
from pippin.core.errors import PippinError

HUGE = 10**5000  # more digits than Python writes out
NEVER = [b"16", [1], {}, object(), float("nan"), float("inf"), np.array([1, 2]), 1 + 2j, HUGE]
SETTINGS = [(app, one) for app in registry.all_applications() for one in app.config.settings().values()]


@pytest.mark.parametrize(("app", "one"), SETTINGS, ids=lambda value: getattr(value, "name", ""))
def test_what_is_no_value_is_refused_in_one_sentence(app: Any, one: Any) -> None:
    longest = "x" * 10_000
    for value in [*NEVER, *((longest,) if one.type is not str or one.choices else ())]:
        with pytest.raises(PippinError, match=f"--{one.name.replace('_', '-')}") as problem:
            app.configure({one.name: value})
        assert len(problem.value.message) < 400


@pytest.mark.parametrize(
    ("application", "name", "value", "read"),
    [
        ("tables", "width", 16.0, 16),
        ("tables", "width", "16", 16),
        ("tables", "width", np.float32(16), 16),
        ("tables", "label", 5, "5"),
        ("flappy", "env", 1998, "1998"),
        ("flappy", "env", np.int64(1998), "1998"),
        ("recognize", "hflip", 0, False),
        ("recognize", "from_scratch", np.bool_(True), True),
        ("recognize", "features", Path("mine.py"), "mine.py"),
        ("upscale", "denoise", np.float64(0.5), "0.5"),
        ("upscale", "scale", "2", 2.0),
        ("upscale", "denoise", None, "auto"),
    ],
)
def test_values_of_other_types_that_say_the_same_are_read(application: str, name: str, value: Any, read: Any) -> None:
    found = getattr(registry.get(application).configure({name: value}), name)
    assert (found, type(found)) == (read, type(read))


@pytest.mark.parametrize("value", [16.5, "16.5", np.float32(16.5), Decimal("16.5"), True, np.bool_(True)])
def test_a_whole_number_is_never_rounded_to(value: Any) -> None:
    with pytest.raises(PippinError, match="--width must be a whole number"):
        registry.get("tables").configure({"width": value})


@pytest.mark.parametrize(("name", "value"), [("width", 0), ("width", 10**14), ("blocks", -1), ("members", 1)])
def test_sizes_no_network_has_are_refused_before_anything_is_written(name: str, value: int) -> None:
    with pytest.raises(PippinError, match=f"--{name} must be from"):
        registry.get("tables").fill_settings({name: value})


def test_models_that_stored_other_values_are_read() -> None:
    stored = {"denoise": None, "scale": 2, "of_another_version": 1}
    assert registry.get("upscale").config.read(stored).to_dict() == registry.get("upscale").defaults
    assert not registry.get("recognize").config.read({"hflip": 0}).hflip


def test_settings_of_other_versions_are_left_out_of_what_a_model_is_used_with() -> None:
    app = registry.get("upscale")
    stored = {"scale": 3, "denoise": None, "of_another_version": 1}
    used = app.override_settings(stored, {"strength": 0.5})
    assert used == {"scale": 3, "strength": 0.5}
    assert app.fill_settings(used)["scale"] == 3.0


def test_none_keeps_what_a_model_was_trained_with() -> None:
    app = registry.get("flappy")
    assert app.override_settings({"cap": 6}, {"max_pipes": None}) == {"max_pipes": 6}


def test_programs_that_earlier_versions_exported_find_what_loads_their_files() -> None:
    app = registry.get("tables")
    assert app.export is not None
    assert app.exported is app.export.load


def test_a_refused_value_is_named_as_it_was_given() -> None:
    with pytest.raises(PippinError) as refused:
        registry.get("upscale").fill_settings({"preset": "huge"})
    assert refused.value.input == "huge"


@pytest.mark.parametrize(
    ("application", "stored", "name", "value"),
    [
        ("flappy", {"cap": 7}, "max_pipes", 7),
        ("flappy", {"observe": "pixels"}, "observation", "pixels"),
        ("flappy", {"experience": 9000}, "total_frames", 9000),
        ("recognize", {"recipe": "1998"}, "recipe", "lenet"),
        ("recognize", {"side": 32}, "image_size", 32),
        ("recognize", {"mirror": False}, "hflip", False),
        ("lipread", {"mouth": "rendered"}, "speaker_type", "rendered"),
        ("lipread", {"face": 2}, "face_index", 2),
    ],
)
def test_settings_that_earlier_versions_stored_are_read(
    application: str, stored: dict[str, object], name: str, value: object
) -> None:
    app = registry.get(application)
    assert getattr(app.config.read(stored), name) == value
    assert app.known_settings(stored) == {name: value}


def test_every_old_name_leads_to_a_setting() -> None:
    for name in registry.names():
        config = registry.get(name).config
        assert set(config.OLD_NAMES.values()) | set(config.OLD_VALUES) <= set(config.settings())
        assert not set(config.OLD_NAMES) & set(config.settings())

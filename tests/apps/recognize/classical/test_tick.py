"""`tick`: features ticked by hand beside the network's, the same rule as on pages without a server."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pippin
from pippin import cli
from pippin.apps.recognize.classical.tick import list_images
from pippin.apps.recognize.classical.ticked_features import name_by_ticks, read_ticks
from pippin.core.errors import PippinError

STUDIO = Path(__file__).parents[4] / "studio" / "src" / "apps" / "recognize"
CASES = json.loads((STUDIO / "tickCases.json").read_text(encoding="utf-8"))
NAMES = [name for name, _, _ in list_images()]
SEEN = {"apple": "round red stem", "banana": "stem", "basketball": "round", "orange": "round"}
ALL = ", ".join(f"{name}: {SEEN[label]}" for name, label, _ in list_images())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["about"])
def test_images_are_named_as_on_the_pages(case: dict[str, list[str]]) -> None:
    assert name_by_ticks(np.array(case["rows"], float), case["labels"]) == case["named"]


def run(*words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> tuple[int, str, str]:
    monkeypatch.setattr("sys.argv", ["pippin", "recognize", "tick", *words])
    code = 0
    try:
        cli.main()
    except SystemExit as end:
        code = int(end.code or 0)
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_who_cannot_tell_two_things_apart_is_beaten(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = run(ALL, "--minutes", "1.5", "--json", capsys=capsys, monkeypatch=monkeypatch)
    told = json.loads(out)
    assert (code, told["ticked"], told["right"], told["unsure"]) == (0, 12, 6, 6)  # oranges are basketballs
    assert told["network_right"] > told["right"]
    assert told["minutes"] == 1.5
    assert told["seconds"] > 0
    entry = pippin.Workspace().activity.entries()[-1]
    assert (entry.verb, entry.facts["results"], entry.facts["minutes"]) == ("tick", 12, 1.5)
    assert "apple" not in json.dumps(entry.facts)


def test_the_images_are_told_and_given(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    _, out, _ = run("--json", capsys=capsys, monkeypatch=monkeypatch)
    assert [one["image"] for one in json.loads(out)["images"]] == NAMES
    _, out, _ = run("--images", "--json", capsys=capsys, monkeypatch=monkeypatch)
    assert all(one["thumbnail"].startswith("data:image/png;base64,") for one in json.loads(out)["images"])


@pytest.mark.parametrize(
    ("ticks", "words"),
    [
        ("apple 1: round", "banana 1 is missing"),
        (f"{ALL}, apple 1: red", "apple 1 is ticked twice"),
        (f"{ALL}, plum 1: red", "'plum 1: red' names none of the images"),
        (ALL.replace("round", "<b>"), "'<b>' is no feature"),
        (", ".join(f"{name}:" for name in NAMES), "Tick 1 to 10 features, not 0"),
        (f"{ALL} {' '.join('abcdefghijk')}", "Tick 1 to 10 features, not 14"),
        ("../../etc/passwd: red", "names none of the images"),
    ],
)
def test_ticks_that_are_none_are_refused_in_a_sentence(
    ticks: str, words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, err = run(ticks, capsys=capsys, monkeypatch=monkeypatch)
    assert (code, err.count("\n")) == (2, 1)
    assert words in err


@pytest.mark.parametrize("minutes", ["0", "-1", "nan", "inf", "1e9"])
def test_times_that_are_none_are_refused(
    minutes: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, err = run(ALL, "--minutes", minutes, capsys=capsys, monkeypatch=monkeypatch)
    assert (code, "minutes must be above 0" in err) == (2, True)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        ticks, features = read_ticks(text, ["a 1"])
    except PippinError:
        return
    assert features == sorted(ticks["a 1"])


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1), st.sampled_from("ab")), min_size=2, max_size=12))
def test_the_order_of_images_changes_no_name(rows: list[tuple[int, int, str]]) -> None:
    def named(some: list[tuple[int, int, str]]) -> list[str]:
        return name_by_ticks(np.array([row[:2] for row in some], float), [row[2] for row in some])

    assert named(rows[::-1]) == named(rows)[::-1]

"""`tune`: the best settings by the validation part alone, gone on with where it was cut off, from every face."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from miniature import data as words

import pippin
from pippin.cli import top
from pippin.core import registry
from pippin.core.errors import PippinError
from pippin.verbs import measuring

SPACE = ("rate=0.0001,0.5,1.5,2",)


def test_the_test_part_is_never_looked_at(miniature: str, monkeypatch: pytest.MonkeyPatch) -> None:
    app = registry.get(miniature)
    data = app.load_data(None, app.defaults)
    test = {example.key for example in data.test}
    seen: list[set[str]] = []
    real = measuring.execute

    def watched(job: Any) -> Any:
        from pippin.core import execution

        view = execution._validation_view(app, job, data)
        seen.append({example.key for example in view.examples})
        return real(job)

    scored: list[set[str]] = []
    score = words.score

    def scoring(predictions: Any, examples: Any) -> Any:
        scored.append({example.key for example in examples})
        return score(predictions, examples)

    monkeypatch.setattr(measuring, "execute", watched)
    monkeypatch.setattr(words, "score", scoring)
    report = pippin.tune(miniature, space=SPACE)
    assert len(seen) == len(scored) == 4
    assert not any(keys & test for keys in (*seen, *scored))
    assert report.payload["part"] == "validation"
    assert report.payload["data"]["examples"] == len(scored[0])


def test_the_best_settings_come_first_and_train_takes_them(miniature: str) -> None:
    payload = pippin.tune(miniature, space=SPACE, trials=30).payload
    scores = [trial["score"]["value"] for trial in payload["trials"]]
    assert len(scores) == 4
    assert scores == sorted(scores, reverse=True)
    assert payload["best"]["settings"] == payload["trials"][0]["settings"]
    assert payload["best"]["score"] == payload["trials"][0]["score"]
    report = pippin.tune(miniature, space=SPACE)
    found = re.fullmatch(r"pippin miniature train --rate (\S+)", report.next)
    assert found
    assert float(found[1]) == payload["best"]["settings"]["rate"]
    assert "4 results measured before" in report.notes[-1]


def test_every_engine_finds_the_same(miniature: str) -> None:
    def search(**options: Any) -> Any:
        payload = pippin.tune(miniature, space="rate=log:1e-3..3", trials=5, cache=False, **options).payload
        return [(trial["settings"], trial["score"]) for trial in payload["trials"]]

    assert search() == search(workers=2) == search(workers=2, ship=True)
    assert search(seed=1) != search()


def test_a_search_that_was_cut_off_goes_on(miniature: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = pippin.tune(miniature, space=SPACE, cache=False).payload["trials"]
    real, done = measuring.execute, list[Any]()

    def dies(job: Any) -> Any:
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append(job)
        return real(job)

    monkeypatch.setattr(measuring, "execute", dies)
    with pytest.raises(KeyboardInterrupt):
        pippin.tune(miniature, space=SPACE, cache=False)
    monkeypatch.setattr(measuring, "execute", real)
    payload = pippin.tune(miniature, space=SPACE).payload
    assert payload["remembered"] == 3
    assert [trial["score"] for trial in payload["trials"]] == [trial["score"] for trial in whole]


def test_halving_gives_the_best_third_more(miniature: str, tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text(
        "".join(f"{a}{b}{c}\t{('early', 'late')[a > 'm']}\n" for a in "abyz" for b in "abcyz" for c in "abcdxyz")
    )
    payload = pippin.tune(miniature, str(path), space="rate=0.0001..2", trials=9, search="halving").payload
    amounts = [next(iter(one.values())) for one in payload["rounds"]]
    assert amounts == sorted(amounts)
    rounds = [trial["rounds"] for trial in payload["trials"]]
    assert rounds == sorted(rounds, reverse=True)
    assert rounds.count(len(payload["rounds"])) == max(1, 9 // 3 ** (len(payload["rounds"]) - 1))
    assert len(payload["rounds"]) >= 2


def test_a_trial_that_fails_leaves_the_others_standing(miniature: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = measuring.execute

    def failing(job: Any) -> Any:
        return measuring.Result(job, error="Too fast.") if job.config["rate"] == 2 else real(job)

    monkeypatch.setattr(measuring, "execute", failing)
    report = pippin.tune(miniature, space=SPACE)
    assert report.payload["trials"][-1]["error"] == "Too fast."
    assert any("failed: Too fast." in note for note in report.notes)
    monkeypatch.setattr(measuring, "execute", lambda job: measuring.Result(job, error="Too fast."))
    with pytest.raises(PippinError, match=r"No trial could be scored: Too fast\."):
        pippin.tune(miniature, space=SPACE, cache=False)


def test_the_command_line_takes_several_spaces(miniature: str) -> None:
    done = CliRunner().invoke(
        top, [miniature, "tune", "--space", "rate=1,2", "--space", "folds=0,1", "--trials", "3", "--json"]
    )
    assert done.exit_code == 0, done.output
    payload = json.loads(done.output)
    assert len(payload["trials"]) == 3
    assert set(payload["best"]["settings"]) == {"rate", "folds"}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "Say with --space what to search"),
        ({"space": SPACE, "trials": 0}, "--trials must be 1 or more, not 0"),
        ({"space": SPACE, "search": "grid"}, "--search must be random or halving, not 'grid'"),
        ({"space": SPACE, "rate": 1.0}, "rate is searched by --space"),
        ({"space": "size=1,2"}, "has no setting 'size' to search"),
        ({"space": SPACE, "data": "/no/such"}, "Cannot read /no/such"),
    ],
)
def test_bad_options_are_one_sentence(miniature: str, options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(PippinError) as caught:
        pippin.tune(miniature, **options)
    assert sentence in caught.value.message


def test_games_are_tuned_on_seeds_of_their_own() -> None:
    from pippin.core.execution import _validation_view
    from pippin.core.job import Job

    app = registry.get("flappy")
    settings = app.preset("tiny")
    data = app.load_data(None, settings)
    view = _validation_view(app, Job(app.reference, config=settings), data)
    keys = {example.key for example in view.test}
    assert len(keys) == settings["episodes"]
    assert not keys & {example.key for example in (*data.train, *data.test)}
    assert view.experience == data.experience


def test_games_have_no_examples_to_take() -> None:
    with pytest.raises(PippinError, match="--total-frames says how much it plays"):
        pippin.tune("flappy", space="entropy=0.01,0.02", train_size=5)

"""The conformance checks of applications, one function each; the docstring says what passes."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from pippin.conformance.export_checks import exported_formats_answer_the_same, exported_it_answers_the_same
from pippin.conformance.fixture import (
    ApplicationUnderTest,
    ConformanceError,
    Failure,
    failing_after_update,
    refused,
    require,
    require_reason,
)
from pippin.conformance.lifecycle_checks import a_model_moves_to_another_workspace, what_is_taken_back_is_gone
from pippin.core import registry
from pippin.core.artifact import identity, read_artifact
from pippin.core.inputs import KINDS
from pippin.core.learner import load_learner
from pippin.core.loaded_models import forget, predict_each
from pippin.verbs.commands import refuse_clashes

# Modules that looking at an application must not load (numpy stands for everything built on it).
HEAVY = (
    "numpy",
    "sqlalchemy",
    "rich",
    "PIL",
    "torch",
    "matplotlib",
    "tensorflow",
    "onnxruntime",
    "sklearn",
    "skimage",
    "safetensors",
)
ALWAYS = ("train", "evaluate", "predict", "compare")


def looking_at_it_loads_no_framework(s: ApplicationUnderTest) -> str:
    """Require that importing the application, as help and lists do, loads no framework."""
    code = "import sys; from pippin.core.registry import resolve; "
    code += f"resolve({s.app.reference!r}); print([name for name in {HEAVY!r} if name in sys.modules])"
    path = [str(Path(registry.__file__).parents[2]), str(s.app.folder.parent)]
    code = f"import sys; sys.path[:0] = {path!r}; {code}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    require(done.stdout.strip() == "[]", f"importing it loads {done.stdout.strip() or done.stderr.strip()[-200:]}")
    return "a fresh interpreter loaded none"


def its_facts_are_in_order(s: ApplicationUnderTest) -> str:
    """Require a README, a known input kind, a quick baseline among the baselines, and no common verb left out."""
    require((s.app.folder / "README.md").is_file(), "it has no README.md")
    require(s.app.output.kind in ("", *KINDS), f"{s.app.output.kind!r} is no kind of file")
    require(s.app.input in KINDS, f"{s.app.input!r} is not one of {', '.join(KINDS)}")
    require(s.app.methods.quick in s.app.methods.classical, "its quick baseline is not among its baselines")
    require(not set(s.app.unsupported) & set(ALWAYS), f"{', '.join(ALWAYS)} cannot be left out")
    require(set(s.tiny) <= set(s.app.defaults), "its tiny preset has settings that do not exist")
    require(s.app.data.amount in ("examples", "experience"), "its amount is neither examples nor experience")
    require(s.app.data.amount == "examples" or "total_frames" in s.app.defaults, "no setting says how much experience")
    require(
        {*s.app.config.PRESETS.get("demo", {}), *s.app.inference_settings} <= set(s.app.defaults),
        "it measures by settings that do not exist",
    )
    refuse_clashes(s.app)
    return f"{s.app.input} -> {s.app.output.noun}"


def its_parts_share_nothing(s: ApplicationUnderTest) -> str:
    """Require that no example and no group lies in two of train, val and test; each has its own fingerprint."""
    parts = {"train": s.data.train, "val": s.data.val, "test": s.data.test}
    names = {part: {name for e in examples for name in (e.key, e.group) if name} for part, examples in parts.items()}
    shared = (names["train"] & names["test"]) | (names["val"] & names["test"]) | (names["train"] & names["val"])
    require(not shared, f"{len(shared)} examples or groups lie in two parts")
    require(s.data.train and s.data.test, "its sample has nothing to learn from or nothing to score on")
    require(
        s.app.load_data(None, s.app.preset("tiny")).fingerprint() == s.data.fingerprint(),
        "loading the sample twice gives two fingerprints",
    )
    return f"{len(s.data.train)} + {len(s.data.val)} + {len(s.data.test)} examples"


def it_learns_quickly_at_its_tiny_preset(s: ApplicationUnderTest) -> str:
    """Train on the sample: scores come with intervals, and a model is in use."""
    start = time.process_time()
    report = s.call("train", refit=False, **{"threads": 1, **s.tiny})
    spent = time.process_time() - start
    s.model, s.trained = report.payload["artifact"], dict(report.payload)
    score = s.trained["scores"].get(s.app.scoring.metric)
    require(score, f"training reports no {s.app.scoring.metric}")
    require(
        score["low"] <= score["value"] <= score["high"],
        f"the interval of {s.app.scoring.metric} does not hold its value",
    )
    require(spent <= 30, f"the tiny preset took {spent:.0f} CPU seconds")
    return f"{s.app.scoring.metric} {score['value']:.3f} in {spent:.1f} CPU s"


def a_classical_method_stands_beside_it(s: ApplicationUnderTest) -> str:
    """Require that the quick baseline was trained on the same split and scored."""
    baseline = s.trained["baseline"]
    require(baseline["name"] == s.app.methods.quick, f"no baseline: {baseline.get('reason')}")
    return f"{baseline['name']}: {s.app.scoring.metric} {baseline['scores'][s.app.scoring.metric]['value']:.3f}"


def saved_and_loaded_it_answers_the_same(s: ApplicationUnderTest) -> str:
    """Require that the artifact, read again, gives the same answers; it knows what it learned from."""
    artifact = read_artifact(s.space.artifacts / s.model)
    answers = []
    for _ in range(2):
        learner = s.app.make_learner(artifact.facts["config"])
        load_learner(learner, artifact.part("model"))
        answers.append([(p.answer, p.confidence, p.known) for p in learner.predict(s.unseen())])
    scored = s.evaluated.payload["scores"][s.app.scoring.metric]["value"]
    require(answers[0] == answers[1], "two loads answer differently")
    require(
        abs(scored - s.trained["scores"][s.app.scoring.metric]["value"]) < 1e-9,
        "evaluate and train disagree on the same examples",
    )
    require(
        {identity(example.key) for example in s.data.train} <= artifact.learned,
        "the artifact forgot what it learned from",
    )
    return f"{len(answers[0])} answers"


def refit_on_all_rows_it_keeps_its_scores(s: ApplicationUnderTest) -> str:
    """Require that a final model refitted on the test part, too, keeps the scores measured before, and says so."""
    folds = s.app.refit_folds(s.data, s.app.preset("tiny"))
    if not folds or s.data.predefined_split:
        return "its model is the one that was scored"
    trained = s.call("train", use=False, **{"threads": 1, **s.tiny}).payload
    artifact = read_artifact(s.space.artifacts / trained["artifact"])
    require(
        {identity(example.key) for example in s.data.examples} <= artifact.learned, "it did not learn from all rows"
    )
    require(folds > 1 or trained["scores"] == s.trained["scores"], "the last fit changed the scores")
    evaluated = s.call("evaluate", model=artifact.id)
    require(evaluated.payload["scores"] == trained["scores"], "evaluate shows other scores than train")
    require(evaluated.payload["before_refit"], "evaluate does not tell that its scores are from before the last fit")
    require("before the last fit" in (artifact.folder / "README.md").read_text(), "the card does not tell of the fit")
    return f"scored on {artifact.facts['scored_on']}"


def data_are_inspected_before_training(s: ApplicationUnderTest) -> str:
    """Require that `inspect` lists findings on the sample, with counts by kind and by label."""
    if "inspect" in s.app.unsupported:
        return require_reason(s, "inspect")
    found = json.loads(s.call("inspect", **s.tiny).to_json())
    require({"application", "data", "labels", "counts", "findings"} <= set(found), "inspect lacks a key")
    require(sum(found["counts"].values()) == len(found["findings"]), "the counts are not those of the findings")
    return f"{len(found['findings'])} findings"


def predictions_become_a_table(s: ApplicationUnderTest) -> str:
    """Require that `predict --out answers.csv` writes each input's answer, and never over a file that is there."""
    if s.app.output.kind:
        return "its answers are files"
    out, items = s.space.home / "answers.csv", s.unseen()[:3]
    s.call("predict", *items, out=out)
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    named = {"answer", "predicted_answer"} & set(rows[0])
    require(named, "no column holds the answers")
    learner = s.context.load(s.context.artifact(), {}).learner
    texts = [str(one.answer) if one.known and not one.error else "" for one in predict_each(learner, items)]
    answers = [row[max(named)] for row in rows]
    require(answers == texts, f"the table says {answers}, `predict` {texts}")
    with refused("a file that is there"):
        s.call("predict", s.unseen()[0], out=out)
    return f"{len(rows[0])} columns"


def a_file_of_a_user_is_never_replaced(s: ApplicationUnderTest) -> str:
    """Require that a file in the way of an answer stays as it is unless `--overwrite` is given."""
    if not s.app.output.kind:
        return "its answers are no files"
    item, out = s.unseen()[0], s.space.home / "in-the-way"
    path = Path(s.call("predict", item, out=out).payload["results"][0]["files"][0]["path"])
    s.call("predict", item, out=out)  # made by Pippin of this input, so it may be made again
    path.write_bytes(b"a user's")
    with refused("a file in the way"):
        s.call("predict", item, out=out)
    require(path.read_bytes() == b"a user's", "a user's file was replaced")
    s.call("predict", item, out=out, overwrite=True)
    require(path.read_bytes() != b"a user's", "--overwrite did not replace it")
    return "replaced only by --overwrite"


def a_changed_artifact_is_refused(s: ApplicationUnderTest) -> str:
    """Require that one flipped byte in any file is noticed."""
    folder = s.space.artifacts / s.model
    for name in ("artifact.json", *read_artifact(folder).facts["files"]):
        path = folder / name
        good = path.read_bytes()
        path.write_bytes(good[:-2] + bytes([good[-2] ^ 1]) + good[-1:])
        try:
            with refused("a changed file"):
                artifact = read_artifact(folder)
                artifact.part("model"), artifact.learned
                if "baseline" in artifact.facts["parts"]:
                    artifact.part("baseline")
        finally:
            path.write_bytes(good)
    return "every file is covered by a checksum"


def json_is_one_object_with_the_agreed_keys(s: ApplicationUnderTest) -> str:
    """Require that `predict` and `evaluate` round-trip through JSON with the keys documented for all applications."""
    predicted = json.loads(s.call("predict", *s.unseen()[:2]).to_json())
    evaluated = json.loads(s.evaluated.to_json())
    require({"application", "artifact", "results", "skipped", "seconds"} <= set(predicted), "predict lacks a key")
    keys = {"input", "answer", "confidence", "known", "alternatives", "evidence", "files", "error"}
    require(keys <= set(predicted["results"][0]), "a result lacks a key")
    require(
        {"application", "artifact", "data", "scores", "baseline", "seconds"} <= set(evaluated), "evaluate lacks a key"
    )
    require("\n" not in s.call("predict", s.unseen()[0]).to_json(), "JSON takes more than one line")
    return ", ".join(evaluated["scores"])


def teaching_changes_the_answer_and_undo_restores_it(s: ApplicationUnderTest) -> str:
    """Require that one correction counts at once, and that taking it back leaves no trace."""
    if "teach" in s.app.unsupported:
        return require_reason(s, "teach", s.unseen()[0], "x")
    item = s.unseen()[0]
    if s.app.output.kind:
        return _comes_nearer(s)
    before = s.call("predict", item).payload["results"][0]
    is_right = s.app.output.is_right
    others = [e.answer for e in s.data.train if not is_right(before["answer"], e.answer)]
    s.call("teach", item, others[0])
    taught = s.call("predict", item).payload["results"][0]
    corrections, lost = s.context.corrections(read_artifact(s.space.artifacts / s.model))
    require(len(corrections) == 1, "another process cannot read what was taught")
    require(not lost, " ".join(lost))
    s.call("undo")
    after = s.call("predict", item).payload["results"][0]
    require(is_right(taught["answer"], others[0]), f"taught {others[0]!r}, it still answers {taught['answer']!r}")
    require(after == before, "undo left a trace")
    return f"{before['answer']} -> {taught['answer']} -> {after['answer']}"


def _comes_nearer(s: ApplicationUnderTest) -> str:
    """Require that a correction brings a file nearer to the one taught, and that undo gives the old one back."""
    example = s.data.test[0]
    before = s.file(example.input)
    s.call("teach", example.input, example.answer)
    taught = s.file(example.input)
    s.call("undo")
    require(s.file(example.input) == before, "undo left a trace")
    scores = [s.app.scoring.score([found], [example]) for found in (before, taught)]
    old, new = (score[s.app.scoring.metric].value for score in scores)
    require(
        (new < old) if s.app.scoring.lower_is_better else (new > old),
        f"taught, its {s.app.scoring.metric} went from {old} to {new}",
    )
    return f"{s.app.scoring.metric} {old:.3f} -> {new:.3f} -> {old:.3f}"


def a_correction_that_fails_leaves_nothing_behind(s: ApplicationUnderTest) -> str:
    """Require that a correction that fails leaves no row, no copy of the input, and the model as it was."""
    if "teach" in s.app.unsupported:
        return require_reason(s, "teach", s.unseen()[0], "x")
    item, artifact = s.unseen()[0], read_artifact(s.space.artifacts / s.model)
    answer = s.data.test[0].answer if s.app.output.kind else s.data.train[0].answer
    held = s.context.load(artifact)

    def state() -> tuple[object, ...]:
        answers = s.file(item) if s.app.output.kind else next(iter(held.learner.predict([item])))
        rows = s.space.feedback.rows(s.app.name, artifact.id, undone=True)
        copies = s.space.home / "inputs"
        return answers, rows, sorted(path.name for path in copies.iterdir()) if copies.exists() else []

    before = state()
    for step in ("update", "predict"):
        with failing_after_update(held.learner, step), suppress(Failure):
            s.call("teach", item, answer)
            raise ConformanceError(f"a failing {step} is not told")
        require(state() == before, f"a failing {step} left a trace")
        require(s.context.load(artifact) is held, f"a failing {step} costs the model in memory")
        forget(held)
        require(s.call("predict", item).payload, "no other process can answer")
        held = s.context.load(artifact)
    return "no row, no copy, no change"


def it_explains_itself_with_a_figure(s: ApplicationUnderTest) -> str:
    """Require that the whole model and one answer are both explained, each with at least one figure."""
    if "explain" in s.app.unsupported:
        return require_reason(s, "explain")
    for argument in ((), (s.unseen()[0],)):
        report = s.call("explain", *argument)
        require(list(report.all_figures()), "an explanation without a figure")
        require("<img" in report.to_html() or "<svg" in report.to_html(), "its page shows no figure")
    return ", ".join(figure.title for _, figure in report.all_figures())


def it_is_compared_and_drawn_over_growing_data(s: ApplicationUnderTest) -> str:
    """Require `compare` on the sample, and `curve` over three sizes with its cross-overs, forecasts and plots."""
    deep, quick = next(iter(s.app.methods.deep)), s.app.methods.quick
    compared = s.call("compare", methods=f"{deep}, {quick}", **s.tiny).payload
    require({deep, quick} <= set(compared["methods"]), f"compare lacks a method: {compared['failed']}")
    if "curve" in s.app.unsupported:
        return require_reason(s, "curve")
    count = s.app.load_data(None, s.app.preset("tiny")).amount
    sizes = sorted({count // 3, 2 * count // 5, count // 2})  # all of them is what `compare` learned from
    report = s.call("curve", train_sizes=",".join(map(str, sizes)), seeds=1, methods=f"{deep}, {quick}", **s.tiny)
    drawn = report.payload
    require(len(drawn["methods"][deep]) == len(sizes), "a point of the curve is missing")
    require({"metric", "leads", "crossings", "forecasts", "stopped"} <= set(drawn), "curve lacks a key")
    require(list(report.all_figures()) or any("pip install" in note for note in report.notes), "curve draws nothing")
    return f"{drawn['leads'][str(sizes[-1])]} leads at {sizes[-1]}"


def it_is_tuned_on_the_validation_part(s: ApplicationUnderTest) -> str:
    """Require that `tune` tries a setting, scores it with an interval, and offers the command that trains with it."""
    if "tune" in s.app.unsupported:
        return require_reason(s, "tune")
    tiny = dict(s.tiny)
    settings = s.app.config.settings().values()
    named = [one for one in settings if not one.local and (one.type is not str or one.choices)]
    if not named:
        return "it has no settings of numbers or choices"
    name = next((one.name for one in named if one.name in tiny), named[0].name)
    value = tiny.pop(name, s.app.defaults[name])
    report = s.call("tune", space=(f"{name}={value}",), trials=1, **tiny)
    found = report.payload
    require({"trials", "best", "metric", "part", "search"} <= set(found), "tune lacks a key")
    require(found["part"] == "validation", "tune does not say what it scores on")
    require(found["best"]["settings"] == {name: value}, f"tune tried {found['best']['settings']}")
    require(report.next.startswith(f"pippin {s.app.name} train"), "tune does not say how to train with what it found")
    return f"{name}={value}: {found['metric']} {found['best']['score']['value']:.3f}"


def bad_input_is_one_sentence(s: ApplicationUnderTest) -> str:
    """Require that a missing data folder, an unknown setting and a missing model each end in one clear sentence."""
    with refused("missing data"):
        s.call("train", "/no/such/place")
    with refused("an unknown setting"):
        s.call("train", no_such_setting=1)
    with refused("a missing model"):
        s.call("predict", s.unseen()[0], model="no-such-model")
    return "refused clearly"


def its_built_in_model_has_a_card(s: ApplicationUnderTest) -> str:
    """Require that a model that comes with the application tells its data and terms, and answers."""
    for folder in s.app.builtins:
        artifact = read_artifact(folder)
        card = (folder / "README.md").read_text()
        require(
            artifact.facts["data"]["fingerprint"] in card and "Trained on" in card,
            f"the card of {artifact.id} does not say what it was trained on",
        )
        answered = s.call("predict", s.unseen()[0], model=artifact.id).payload["results"][0]
        require(not answered["error"], f"the built-in model {artifact.id} fails: {answered['error']}")
    return ", ".join(read_artifact(folder).id for folder in s.app.builtins) or "none is built in"


CHECKS: tuple[Callable[[ApplicationUnderTest], str | None], ...] = (
    looking_at_it_loads_no_framework,
    its_facts_are_in_order,
    its_parts_share_nothing,
    it_learns_quickly_at_its_tiny_preset,
    a_classical_method_stands_beside_it,
    saved_and_loaded_it_answers_the_same,
    refit_on_all_rows_it_keeps_its_scores,
    data_are_inspected_before_training,
    predictions_become_a_table,
    a_file_of_a_user_is_never_replaced,
    a_changed_artifact_is_refused,
    json_is_one_object_with_the_agreed_keys,
    teaching_changes_the_answer_and_undo_restores_it,
    a_correction_that_fails_leaves_nothing_behind,
    it_explains_itself_with_a_figure,
    it_is_compared_and_drawn_over_growing_data,
    it_is_tuned_on_the_validation_part,
    exported_it_answers_the_same,
    exported_formats_answer_the_same,
    bad_input_is_one_sentence,
    its_built_in_model_has_a_card,
    a_model_moves_to_another_workspace,
    what_is_taken_back_is_gone,
)

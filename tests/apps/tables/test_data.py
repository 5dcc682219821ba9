"""What is to be predicted is found and told; labels stay as written; parts are honest."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pippin.apps.tables import sample
from pippin.apps.tables.config import TablesConfig
from pippin.apps.tables.data import SAMPLE, load, values
from pippin.apps.tables.table_reader import read
from pippin.core.data import Dataset, Metric
from pippin.core.errors import PippinError
from pippin.core.report.report import Report
from pippin.verbs.opening import open_context

Table = Callable[..., Path]
Stall = Callable[..., str]


def notes(data: Dataset) -> str:
    """All notes as one text."""
    return " ".join(data.notes)


def answers(data: Dataset) -> set[object]:
    """The different answers."""
    return {example.answer for example in data.examples}


def test_equal_rows_stay_together(table: Table, stall: Stall) -> None:
    text = stall(60)
    path = str(table(text + "\n" + "\n".join(text.splitlines()[1:21])))
    data = load(path)
    parts = [{e.group for e in part} for part in (data.train, data.val, data.test)]
    assert not parts[0] & parts[2]
    assert not parts[1] & parts[2]
    assert sum(map(len, (data.train, data.val, data.test))) == 80
    assert set(values(data.train[0].input)) == {"weight", "colour"}
    assert data.fingerprint() == load(path).fingerprint()


def test_equal_rows_are_cases_of_their_own_where_most_rows_repeat(table: Table) -> None:
    rng = np.random.default_rng(0)
    lines = ["way,sex,answer", *(f"{w},{s},{'yes' if rng.random() < 0.8 else 'no'}" for w in "abc" for s in "mf" * 30)]
    data = load(str(table("\n".join(lines))))
    assert {len(data.train), len(data.val), len(data.test)} == {126, 18, 36}
    seen = {values(e.input)["way"] + values(e.input)["sex"] for e in data.train}  # type: ignore[operator]
    assert seen == {w + s for w in "abc" for s in "mf"}, "every combination is learned from"
    assert not {e.key for e in data.train} & {e.key for e in data.test}
    assert "100% of the rows are like others" in notes(data)


def test_what_gives_the_label_away_or_names_the_rows_is_left_out_and_told(table: Table, stall: Stall) -> None:
    given = stall(
        number=lambda n: n + 1,
        ticket=lambda n: f"T{n * 7919}",
        twin=lambda n: "AB"[n % 2],
        hollow=lambda n: "",
        shade=lambda n: "about 7" if n == 3 else n % 5,
    )
    data = load(str(table(given)))
    assert set(values(data.train[0].input)) == {"weight", "colour", "shade"}
    told = notes(data)
    for name, why in (("number", "it names the rows"), ("ticket", "it names the rows"), ("hollow", "it is empty")):
        assert f"{name!r} is left out: {why}" in told
    assert "'twin' is left out: it gives the label away" in told
    assert "'shade' has 1 value that is no number, such as 'about 7'" in told
    kept = load(str(table(given)), TablesConfig(types="ticket=category, twin=category"))
    assert {"ticket", "twin"} <= set(values(kept.train[0].input)), "a user has the last word"


def test_a_column_that_alone_tells_the_label_is_told(table: Table, stall: Stall) -> None:
    lines = stall(60, customer_id=lambda n: 1000 + 3 * n + n % 2).splitlines()
    ordered = [line[:-1] + "ab"[place >= 30] for place, line in enumerate(lines[1:])]
    data = load(str(table("\n".join([lines[0], *ordered]))))
    assert "'customer_id' alone tells the label; is it known beforehand?" in notes(data)
    assert "customer_id" not in values(data.train[0].input)


@pytest.mark.parametrize(
    ("labels", "kept"),
    [
        (["1234561", "1234562", "7000001"], {"1234561", "1234562", "7000001"}),
        (["007", "7", "012"], {"007", "7", "012"}),
        (["NA", "ZA"], {"NA", "ZA"}),
        (["None", "null", "-"], {"None", "null", "-"}),
        (["1.50", "2.0"], {"1.50", "2.0"}),
        (["yes", "Yes", "no"], {"yes", "Yes", "no"}),
        (["True", "False"], {"True", "False"}),
        (["Grün  oder blau", "rot"], {"Grün oder blau", "rot"}),
    ],
)
def test_labels_are_kept_as_they_are_written(labels: list[str], kept: set[str], table: Table) -> None:
    lines = ["weight,label", *(f"{n}.25,{labels[n % len(labels)]}" for n in range(60))]
    data = load(str(table("\n".join(lines))))
    assert answers(data) == kept
    assert set(data.labels) == kept
    told = notes(data)
    assert ("differ in case only" in told) == ("Yes" in kept)
    assert ("is taken as a label like others" in told) == bool(kept & {"NA", "None", "null", "-"})


def test_there_may_be_many_labels(table: Table) -> None:
    lines = ["weight,colour,label", *(f"{n}.5,{'rgb'[n % 3]},class {n % 200}" for n in range(2000))]
    assert len(load(str(table("\n".join(lines)))).labels) == 200


@pytest.mark.parametrize(
    ("heading", "label"),
    [
        ("label,category,w", "label"),
        ("category,target,w", "target"),
        ("Class,w,colour", "Class"),
        ("w,species,colour", "species"),
        ("y,colour,w", "y"),
        ("w,shade,colour", "colour"),
        ("w,x,y,z,colour", "colour"),
    ],
)
def test_the_label_is_chosen_by_name_else_it_is_the_last(heading: str, label: str, table: Table) -> None:
    names = heading.split(",")
    lines = [heading]
    for n in range(60):
        lines.append(",".join(f"{n}.5" if name == "w" else "abc"[(n + place) % 3] for place, name in enumerate(names)))
    data = load(str(table("\n".join(lines))))
    assert data.settings["label"] == label
    assert f"The label is the column {label!r}" in notes(data)
    assert "--label names another" in notes(data)


def test_a_number_to_estimate_gives_regression(table: Table, stall: Stall) -> None:
    path = str(table(stall(80, price=lambda n: f"${n * 37 % 101},{n:03d}.50").replace(",label", ",kind")))
    text = stall(80, price=lambda n: f'"${n * 37 % 101},{n:03d}.50"').replace(",label", ",kind")
    path = str(table(text))
    data = load(path, TablesConfig(label="price"))
    assert data.metric == Metric("rmse", lower_is_better=True)
    assert data.settings["task"] == "regression"
    assert 37001.5 in answers(data)
    assert all(isinstance(example.answer, float) for example in data.examples)
    halves = [np.mean([float(e.answer) for e in part]) for part in (data.train, data.test)]
    assert halves[0] == pytest.approx(halves[1], rel=0.2), "every part holds small and large ones"
    assert load(path, TablesConfig(**data.settings)).fingerprint() == data.fingerprint()
    moved = "\n".join(",".join(line.split(",")[::-1]) for line in stall(60).splitlines())
    last = load(str(table(moved.replace("label", "kind"))))
    assert (last.settings["label"], last.settings["task"]) == ("weight", "regression")
    assert "so it is estimated (regression)" in notes(last)


def test_few_numbers_are_labels_unless_told_otherwise(table: Table) -> None:
    lines = ["weight,quality", *(f"{n}.5,{n % 7}" for n in range(70))]
    path = str(table("\n".join(lines)))
    data = load(path)
    assert (data.settings["task"], len(data.labels)) == ("classification", 7)
    assert "--task=regression estimates them" in notes(data)
    assert load(path, TablesConfig(task="regression")).settings["task"] == "regression"
    assert len(load(path, TablesConfig(task="classification", label="quality")).labels) == 7


def test_a_model_reads_other_tables_as_the_one_it_learned(table: Table, stall: Stall) -> None:
    text = stall(60, number=lambda n: n + 1, price=lambda n: f"{n % 9}.{100 + n}")
    learned = load(str(table(text)), TablesConfig(types="price=number comma"))
    some = "\n".join(line if n == 0 else line + ",new" for n, line in enumerate(text.splitlines()[:8]))
    some = some.replace("label", "label,added", 1)
    again = load(str(table(some, name="other.csv")), TablesConfig(**learned.settings))
    assert (
        set(values(again.examples[0].input)) == set(values(learned.examples[0].input)) == {"weight", "colour", "price"}
    )
    assert {e.key for e in again.examples} <= {e.key for e in learned.examples}
    fewer = "\n".join(line.split(",", 1)[1] for line in text.splitlines())
    lacking = load(str(table(fewer)), TablesConfig(**{**learned.settings, "group": "shop", "skip": "id, name"}))
    assert "The table lacks 1 column the model learned from (weight)." in notes(lacking)


def test_groups_are_not_torn_and_no_feature(table: Table, stall: Stall) -> None:
    path = str(table(stall(80, patient=lambda n: f"P{n // 4}")))
    data = load(path, TablesConfig(group="patient"))
    of = {"\n".join(sorted(map(str, values(e.input).values()))): e.group for e in data.examples}
    assert len(set(of.values())) == 20
    parts = [{e.group for e in part} for part in (data.train, data.val, data.test)]
    assert len(set.union(*parts)) == sum(map(len, parts))
    assert "patient" not in values(data.train[0].input)
    asked = load(path, TablesConfig(group="patient", types="patient=category"))
    assert "patient" in values(asked.train[0].input)


def test_the_last_rows_in_time_are_the_test(table: Table, stall: Stall) -> None:
    path = str(table(stall(100, day=lambda n: f"{1 + n * 37 % 100 % 28}.{1 + n * 37 % 100 // 28}.2024")))
    data = load(path, TablesConfig(time="day"))

    def days(part: tuple[object, ...]) -> list[tuple[int, int]]:
        return [tuple(map(int, values(e.input)["day"].split(".")[1::-1])) for e in part]  # type: ignore[attr-defined,union-attr,misc]

    assert max(days(data.train)) < min(days(data.val)) <= max(days(data.val)) < min(days(data.test))
    assert (len(data.train), len(data.val), len(data.test)) == (70, 10, 20)
    for config, sentence in (({"time": "colour"}, "holds no dates"), ({"time": "day", "group": "colour"}, "not both")):
        with pytest.raises(PippinError, match=sentence):
            load(path, TablesConfig(**config))


def test_one_label_nearly_alone_is_told(table: Table, stall: Stall) -> None:
    lines = stall(200).splitlines()
    rare = [line[:-1] + ("b" if n < 2 else "a") for n, line in enumerate(lines[1:])]
    told = notes(load(str(table("\n".join([lines[0], *rare])))))
    assert "99.0% of the rows are 'a'" in told
    assert "balanced_accuracy" in told


def test_rows_that_cannot_be_used_are_skipped_and_counted(table: Table, stall: Stall) -> None:
    data = load(str(table(stall(30) + "\n5,red\n8,green,a")))
    assert [(one.name, one.reason) for one in data.skipped] == [("line 32", "it has 2 cells, not 3")]
    assert len(data.examples) == 31
    data = load(str(table(stall(30) + "\n7,red,\n8,green,a")))
    assert [(one.name, one.reason) for one in data.skipped] == [("row 31", "its label is missing")]


@pytest.mark.parametrize(
    ("text", "config", "sentence"),
    [
        ("", {}, "has no columns"),
        ("a,b\n", {}, "has no rows"),
        ("just text\nand more\n", {}, "has no columns"),
        ("STALL", {"label": "price"}, "There is no column 'price' for the label; there are: weight, colour, label."),
        ("STALL", {"label": "colour", "task": "regression"}, "does not hold numbers to estimate"),
        ("STALL", {"label": "weight", "task": "classification"}, "has 40 different values in 40 rows"),
        ("STALL", {"skip": "no such"}, "There is no column 'no such' to leave out"),
        ("STALL", {"group": "no such"}, "There is no column 'no such' for group"),
        ("STALL", {"skip": "weight, colour"}, "No column is left to learn 'label' from ('weight' is left out: told so"),
        ("STALL", {"label": "same"}, "is 'x' in every row"),
        ("w,colour,label\n" + "1,a,x\n2,b,x\n" * 9, {}, "All rows have the same 'label'"),
        ("w,colour,target\n" + "1,a,\n2,b,\n" * 9, {}, "it is empty"),
        ("w,colour,kind\n" + "1,a,x\n1,a,x\n" * 9, {}, "No column can be a label"),
    ],
)
def test_bad_tables_are_refused_in_a_sentence(
    text: str, config: dict[str, str], sentence: str, table: Table, stall: Stall
) -> None:
    path = table(stall(same=lambda n: "x") if "same" in config.values() else stall() if text == "STALL" else text)
    with pytest.raises(PippinError, match=r"\S") as refused:
        load(str(path), TablesConfig(**config))
    assert sentence in refused.value.message
    assert "\n" not in refused.value.message


def test_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PippinError, match="is a folder"):
        load(str(tmp_path))
    with pytest.raises(PippinError, match="Cannot read"):
        load(str(tmp_path / "none.csv"))


def columns(path: Path, **config: object) -> Report:
    """What `tables columns` says of a table."""
    from pippin.apps.tables.commands import columns as command

    return command(open_context("tables"), str(path), **config)  # type: ignore[arg-type]


def test_columns_are_shown_with_why_and_the_table_written(table: Table, stall: Stall, tmp_path: Path) -> None:
    path = table(stall(30, number=lambda n: n + 1, note=lambda n: '"a, b"' if n else "") + "\n5,red\n")
    found = columns(path, out=tmp_path / "out.csv").payload
    assert [(c["name"], c["type"], c["role"]) for c in found["columns"]] == [
        ("weight", "number", "feature"),
        ("colour", "category", "feature"),
        ("number", "id", "left out"),
        ("note", "category", "feature"),
        ("label", "category", "label"),
    ]
    assert all(column["why"] for column in found["columns"])
    assert (found["task"], found["classes"], found["rows"]) == ("classification", ["a", "b"], 30)
    assert found["skipped"] == [{"line": 32, "why": "it has 2 cells, not 5"}]
    json.dumps(found)
    again = read(tmp_path / "out.csv")
    assert [row for _, row in again.rows] == [row for _, row in read(path).rows]
    with pytest.raises(PippinError, match="exists already"):
        columns(path, out=tmp_path / "out.csv")
    told = columns(path, label="colour", skip="note", types="number=number").payload["columns"]
    assert [column["role"] for column in told] == ["feature", "label", "feature", "left out", "feature"]


def test_columns_of_tables_nothing_can_be_learned_from(table: Table, tmp_path: Path) -> None:
    found = columns(table("a,b\n"), out=tmp_path / "none.csv").payload
    assert (found["rows"], found["label"], [c["type"] for c in found["columns"]]) == (0, "", ["empty", "empty"])
    assert (tmp_path / "none.csv").read_text() == "a,b\n"
    assert columns(table("1,2\n3,4\n", name="b.csv"), out=tmp_path / "bare.csv").payload["rows"] == 2
    assert (tmp_path / "bare.csv").read_text() == "1,2\n3,4\n", "a heading that was none is not written"


def test_the_sample_is_what_its_code_writes() -> None:
    assert SAMPLE.read_bytes() == sample.written()
    assert any("simulated" in note for note in load(None).notes)

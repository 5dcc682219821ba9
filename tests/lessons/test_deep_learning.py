"""The built-in lesson: its points, the numbers it cites, and a walk through it in the terminal."""

from __future__ import annotations

import ast
import base64
import hashlib
import json
import re
from html import escape
from pathlib import Path

import pytest

import pippin
from pippin import cli
from pippin.apps.recognize.classical.tick import list_images
from pippin.core import registry
from pippin.core.workspace import Workspace
from pippin.lessons.command import learn
from pippin.lessons.lesson import Lesson, Page
from pippin.lessons.reading import read_lesson
from pippin.lessons.sheet import read_sheet

ROOT = Path(__file__).parents[2]
POINTS = [4, 4, 4, 4, 5, 3, 4, 3, 3, 3, 3, 3, 3, 3, 1]
SAMPLE = Path(pippin.__file__).parent / "apps/recognize/sample"
STATIC = Path(pippin.__file__).parent / "web" / "static"
PAGES = [page.number for page in read_lesson().pages]


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    return read_lesson()


def test_fifty_points_and_a_path_that_fits_a_lesson(lesson: Lesson) -> None:
    assert [page.xp for page in lesson.pages] == POINTS
    assert lesson.xp == 50
    assert [page.number for page in lesson.path] == [1, 2, 3, 4, 5, 7, 14, 15]
    assert sum(page.xp for page in lesson.path) == 29
    assert sum(page.minutes for page in lesson.path) <= 45
    assert all(3 <= page.minutes <= 5 for page in lesson.pages)


def test_every_task_names_what_there_is() -> None:
    told = learn("check").payload
    assert told["problems"] == []
    grey = {one["why"] for one in told["grey"]}
    assert grey <= {f"`{name}` is not installed" for name in ("assistant", "raredisease")}


@pytest.mark.parametrize("number", PAGES)
def test_figures_are_those_that_were_measured(lesson: Lesson, number: int) -> None:
    page = lesson.pages[number - 1]
    text = page_text(page)
    for figure in page.figures:
        result = json.loads((ROOT / "benchmarks" / "results" / f"{figure.result}.json").read_text())
        (row,) = (row for row in result["rows"] if row["what"] == figure.row)
        assert figure.shown == shown(row[figure.field], figure.shown)
        assert figure.shown in text, "a figure that the page does not cite"
    for curve in [quiz.curve for quiz in page.quizzes if quiz.curve]:
        measured = json.loads((ROOT / "benchmarks" / "results" / f"{curve.result}.json").read_text())["curve"]
        assert list(curve.examples) == measured["sizes"]
        for line in curve.lines:
            scores = [point["score"]["value"] for point in measured["methods"][line.method]]
            assert line.scores == tuple(round(score, 3) for score in scores)


def shown(value: float, form: str) -> str:
    """Return a value with as many digits, and in the unit, of a form."""
    number, _, unit = form.partition(" ")
    digits = len(number.partition(".")[2])
    return f"{value * 100 if unit == '%' else value:.{digits}f}{f' {unit}' if unit else ''}"


def page_text(page: Page) -> str:
    return " ".join(" ".join(block.lines) for block in page.blocks)


@pytest.mark.parametrize("number", PAGES)
def test_decimal_numbers_are_measured_or_commands(lesson: Lesson, number: int) -> None:
    """A page's prose holds no share or score that names no result."""
    page = lesson.pages[number - 1]
    cited = {figure.shown.partition(" ")[0] for figure in page.figures}
    prose = [line for block in page.blocks if block.kind in ("text", "list") for line in block.lines]
    prose += [quiz.explanation for quiz in page.quizzes]
    found = set(re.findall(r"\b\d+\.\d+\b", " ".join(prose)))
    assert found - cited <= {"1.28", "0.7"}  # million photographs of ImageNet; the gravity of a changed game


def test_every_page_has_a_slide_and_something_in_python(lesson: Lesson) -> None:
    for page in lesson.pages:
        kinds = [block.kind for block in page.blocks]
        assert "slide" in kinds
        for block in page.blocks:
            if block.kind == "python":
                lines = [line for line in block.lines if line.strip()]
                assert 2 <= len(lines) <= 10
                ast.parse(block.text)
    assert all("python" in [block.kind for block in page.blocks] for page in lesson.pages)


def test_slides_stand_alone_and_tell_this_machines_points(tmp_path: Path) -> None:
    told = learn("slides", out=tmp_path).payload
    html = (tmp_path / "slides.html").read_text(encoding="utf-8")
    assert told["slides"] == html.count("<section>") == 16
    assert "0 of 50 XP" in html
    assert html.count("<script") == ((STATIC / "slides" / "reveal.js").exists())
    for script in re.findall(r"<script>(.*?)</script>", html, re.DOTALL):
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"script-src 'sha256-{digest}'" in html  # no other script may run
    rest = re.sub(r"<(script|style)>.*?</\1>", "", html, flags=re.DOTALL)
    assert not re.search(r"<link|<img|@import|url\(|https?://", rest)
    pippin.teach("recognize", SAMPLE / "apple", "apple")
    accuracy = pippin.evaluate("tables").payload["scores"]["accuracy"]["value"]
    learn("slides", out=tmp_path)
    html = (tmp_path / "slides.html").read_text(encoding="utf-8")
    assert "Examples you showed it that still stand: 5." in html
    assert f"accuracy {accuracy:.3g}" in html


def test_the_certificate_tells_what_was_done_and_not_who_did_it(tmp_path: Path) -> None:
    for _ in range(4):
        pippin.teach("recognize", SAMPLE / "apple", "apple")
    learn("2", answer="ball-apple=b")
    told = learn("certificate", out=tmp_path).payload
    values = json.loads((tmp_path / "certificate.json").read_text(encoding="utf-8"))
    assert told["xp"] == values["xp"] == learn().payload["xp"] > 0
    assert values["pages"][0]["tasks"][0]["id"] == "twenty-apples"
    assert values["pages"][1]["answered"] == ["ball-apple"]
    assert values["counts"]["recognize teach"] == 20
    html = (tmp_path / "certificate.html").read_text(encoding="utf-8")
    assert "Show it twenty apples." in html
    assert not re.search(r"<script|<link|<img|@import|url\(|https?://", html)
    assert str(Path.home()) not in html + json.dumps(values)


def test_the_teachers_sheet_cites_what_was_measured(tmp_path: Path, lesson: Lesson) -> None:
    page = read_sheet(lesson)
    for figure in page.figures:
        result = json.loads((ROOT / "benchmarks" / "results" / f"{figure.result}.json").read_text())
        (row,) = (row for row in result["rows"] if row["what"] == figure.row)
        assert figure.shown == shown(row[figure.field], figure.shown)
        assert figure.shown in page_text(page)
    found = set(re.findall(r"\b\d+\.\d+\b", page_text(page)))
    assert found == {"0.999", "10.1", "0.0"}  # the last is an address
    learn("sheet", out=tmp_path)
    html = (tmp_path / "teacher.html").read_text(encoding="utf-8")
    assert "29 XP" in html
    assert "For parents" in html


def test_the_site_without_its_program_stands_alone_and_its_links_lead_somewhere(
    tmp_path: Path, lesson: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pippin.lessons.site_program.is_built", lambda: False)
    learn("site", out=tmp_path)
    assert len(list(tmp_path.glob("*.html"))) == 17
    for file in set(tmp_path.glob("*.html")) - {tmp_path / "slides.html"}:
        html = file.read_text(encoding="utf-8")
        assert not re.search(r"<script|<link|<img|<iframe|@import|url\(|https?://|\\bon[a-z]+=", html)
        assert "default-src 'none'" in html
        for link in re.findall(r'href="([^"#]+)"', html):
            assert (tmp_path / link).is_file(), link
    page = (tmp_path / "05-plateau-or-not.html").read_text(encoding="utf-8")
    assert all(escape(quiz.question, quote=True) in page for quiz in lesson.pages[4].quizzes)


def test_notebooks_are_valid_and_their_code_runs(
    tmp_path: Path, lesson: Lesson, capsys: pytest.CaptureFixture[str]
) -> None:
    told = learn("notebook", tmp_path).payload
    assert len(told["files"]) == 15
    for file in told["files"]:
        notebook = json.loads(Path(file).read_text(encoding="utf-8"))
        if validate := pytest.importorskip("nbformat").validate:
            validate(notebook)
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                source = cell["source"].replace("epochs=4", "epochs=1")  # a training is the same, only shorter
                exec(compile(source, file, "exec"), {})
    assert "Traceback" not in capsys.readouterr().err
    done = {page["page"]: page["xp"] for page in learn().payload["pages"]}
    assert done[4] >= 1  # Python's calls count as those of the terminal do
    assert done[13] >= 1


def test_a_small_lesson_in_another_language_is_sound() -> None:
    own = str(ROOT / "docs" / "examples" / "lesson-de")
    told = learn("check", lesson=own).payload
    assert (told["passed"], told["grey"], told["xp"]) == (True, [], 5)
    pippin.teach("recognize", SAMPLE / "apple", "Apfel")
    learn("2", lesson=own, answer="nur-ein-wort=b")
    assert learn(lesson=own).payload["xp"] == 5


def test_folders_to_write_to_must_be_named() -> None:
    for what in ("slides", "notebook", "site"):
        with pytest.raises(pippin.PippinError, match="--out DIR"):
            learn(what)


def test_the_lesson_is_walked_to_fifty_points_in_the_terminal(
    lesson: Lesson, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: object) -> str:
        monkeypatch.setattr("sys.argv", ["pippin", *map(str, words)])
        cli.main()
        return capsys.readouterr().out

    def points() -> int:
        return int(json.loads(run("learn", "--json"))["xp"])

    assert points() == 0
    for _ in range(4):
        run("recognize", "teach", SAMPLE / "apple", "apple")
    run("recognize", "teach", SAMPLE / "orange", "mandarin")  # five at once, each called something else before
    run("recognize", "tick")  # lists the images, and pays nothing yet
    assert points() == 8 - 1  # page 2's question is open
    run(
        "recognize",
        "tick",
        ", ".join(f"{name}: {'red' if label == 'apple' else ''}" for name, label, _ in list_images()),
    )
    run("recognize", "explain", SAMPLE / "apple" / "rendered_1.png")
    run("tables", "evaluate")
    run("flappy", "predict", "7", "--max-pipes", "1")
    run("flappy", "winnable", "--gravity", "0.7", "--games", "1", "--pipes", "1")
    run("upscale", SAMPLE / "apple" / "rendered_1.png", "--out", tmp_path / "larger")
    run("upscale", "explain", SAMPLE / "apple" / "rendered_1.png")
    run("recognize", "export", tmp_path / "exported")
    run("recognize", "save-as", "my-things")
    before = points()
    assert before == 4 + 3 + 2 + 1 + 1 + 3 + 2 + 1 + 2  # pages 1, 2, 3, 4, 5, 7, 8, 13, 14, without questions
    for page in lesson.pages:
        answers = ",".join(f"{quiz.id}={quiz.answer or 'd'}" for quiz in page.quizzes)
        run("learn", page.number, *(["--answer", answers] if answers else []))
    # What takes a training, a camera or an album is put into the log as its commands do.
    log = Workspace().activity
    for application, verb in TOO_LONG:
        if application in registry.names():
            log.add(verb, application, {"added": 1} if verb == "new-skill" else {})
    shown = run("learn")
    assert points() == 50, shown
    assert "50 of 50 XP" in shown
    run("recognize", "undo")  # the five mandarins
    assert points() == 50 - 3  # page 2; the apple it did not know at first remains a correction


TOO_LONG = (
    ("recognize", "eras"),
    ("recognize", "frameworks"),
    ("lipread", "quiz"),
    ("faces", "name"),
    ("faces", "confirm"),
    ("faces", "reject"),
    ("faces", "forget"),
    ("assistant", "ask"),
    ("assistant", "new-skill"),
    ("raredisease", "rank"),
    ("raredisease", "evaluate"),
)

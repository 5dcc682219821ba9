"""The lesson in the studio: over HTTP, and in a real browser to its last point.

With PIPPIN_SCREENSHOTS=1 screenshots are written to studio/screenshots, to be looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browser_fixtures import CHROMIUM, served, settled, visited
from starlette.testclient import TestClient

import pippin
from pippin.core import registry
from pippin.core.workspace import Workspace
from pippin.lessons.conditions import Condition
from pippin.lessons.lesson import Lesson
from pippin.lessons.reading import read_lesson
from pippin.web.static_pages import STATIC

SAMPLE = Path(pippin.__file__).parent / "apps/recognize/sample"


def test_pages_and_points_come_over_http(client: TestClient) -> None:
    lesson = client.get("/v1/learn").json()
    assert (lesson["xp"], lesson["max_xp"], len(lesson["pages"])) == (0, 50, 15)
    page = client.get("/v1/learn/2").json()
    quiz = next(block for block in page["blocks"] if block["kind"] == "quiz")
    assert (quiz["choice"], quiz["answer"], quiz["explanation"]) == (None, None, [])  # nothing told beforehand
    answered = client.post("/v1/learn/2", json={"quiz": quiz["id"], "choice": "b"}).json()
    assert answered["xp"] == 1
    assert [one["curve"] for one in curves(client.get("/v1/learn/5").json())] == [None, None]
    (first, second) = curves(client.post("/v1/learn/5", json={"quiz": "plateau-cifar", "choice": "a"}).json())
    assert (first["curve"]["examples"][0], len(first["curve"]["lines"]), second["curve"]) == (100, 2, None)
    assert client.get("/v1/learn").json()["xp"] == 3


def curves(page: Any) -> Any:
    return [block for block in page["blocks"] if block["kind"] == "quiz"]


@pytest.mark.parametrize("page", ["0", "16", "-1", "x", "%2e%2e", "1'"])
def test_pages_that_are_not_there(client: TestClient, page: str) -> None:
    assert client.get(f"/v1/learn/{page}").status_code in (400, 404)


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'{"quiz": "ball-apple"}', b'{"quiz": "ball-apple", "choice": 2}', b'{"quiz": 1, "choice": "b"}',
     b'{"quiz": "ball-apple", "choice": "z"}', b'{"quiz": "other", "choice": "a"}', b'{"a": "' + b"x" * 9000 + b'"}',
     b'{"quiz": "ball-apple", "choice": "b", "lesson": "/etc"}'],
)  # fmt: skip
def test_answers_that_are_none_are_refused(client: TestClient, body: bytes) -> None:
    answer = client.post("/v1/learn/2", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert len(answer.json()["error"]["message"]) < 300
    assert client.get("/v1/learn").json()["xp"] == 0


def test_visitors_have_points_of_their_own(studio: Callable[..., TestClient]) -> None:
    room = studio(token="a-long-secret", shared=True, rate=1e6, burst=1e6)
    room.get("/v1/queue?token=a-long-secret")  # brings the cookies of a visitor
    body = {"quiz": "ball-apple", "choice": "b"}
    assert room.post("/v1/learn/2", json=body).json()["total"] == 1
    assert room.get("/v1/learn").json()["xp"] == 1
    friends = room.get("/v1/learn/10").json()  # faces are closed to a class
    assert {block["state"] for block in friends["blocks"] if block["kind"] == "task"} == {"unavailable"}
    room.cookies.clear()
    room.get("/v1/queue?token=a-long-secret")
    assert room.get("/v1/learn").json()["xp"] == 0


def act(space: Workspace, lesson: Lesson, folder: Path) -> None:
    """Do some of the tasks as Python does, and put the rest into the log, as their commands do."""
    for _ in range(4):
        pippin.teach("recognize", SAMPLE / "apple", "apple", workspace=space)
    pippin.teach("recognize", SAMPLE / "orange", "mandarin", workspace=space)
    pippin.export("recognize", folder, workspace=space)
    pippin.save_as("recognize", "my-things", workspace=space)
    for page in lesson.pages:
        for task in page.tasks:
            for condition in task.conditions[:1]:
                note(space, condition)


def note(space: Workspace, condition: Condition) -> None:
    for part in condition.parts():
        application = part.application or "recognize"
        if part.verb not in ("teach", "export", "save-as") and application in registry.names():
            space.activity.add(part.verb, application, {test.fact: test.value for test in part.tests})


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="the pages' tests need the extra dev")
    if not CHROMIUM or not (STATIC / "index.html").exists():
        pytest.skip("there is no chromium, or the pages are not built")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


def test_the_lesson_is_walked_to_fifty_points(browser: Any, tmp_path: Path) -> None:
    lesson, home = read_lesson(), tmp_path / "studio"
    with served(home) as address, visited(browser, address, "desk") as page:
        page.goto(address)
        page.get_by_role("link", name="Begin with the lesson").click()
        assert points(page) == 0
        settled(page, "learn-desk")
        page.get_by_role("link", name="Begin: What is it?").click()
        page.locator("[data-task=twenty-apples][data-state=open]").wait_for()
        act(Workspace(home), lesson, tmp_path / "exported")
        page.reload()
        page.locator("[data-task=twenty-apples][data-state=done]").wait_for()
        settled(page, "learn-page-desk")
        walk(page, lesson)
        page.goto(f"{address}learn")
        assert points(page) == 50
        pippin.undo("recognize", workspace=Workspace(home))
        page.reload()
        assert points(page) == 47


def test_german_pages_fit_a_phone(browser: Any, address: str) -> None:
    lesson = read_lesson(language="de")
    with visited(browser, address, "phone") as page:
        page.goto(f"{address}learn")
        page.get_by_label("Language").select_option("de")
        settled(page, "learn-german-phone")
        for one in lesson.pages:
            page.goto(f"{address}learn/{one.number}")
            page.get_by_role("heading", level=1, name=one.title).wait_for()
            settled(page, f"learn-german-{one.number}-phone")


def test_features_are_ticked_on_the_page_and_a_strip_leads_back(browser: Any, address: str) -> None:
    with visited(browser, address, "desk") as page:
        page.goto(f"{address}learn/3")
        page.locator("[data-desk=tick] fieldset").nth(11).wait_for()
        for number in (0, 4, 8):
            page.locator("[data-desk=tick] fieldset").nth(number).get_by_label("red").check()
        page.get_by_role("button", name="Set them side by side").click()
        page.get_by_text("You are beaten.").wait_for()
        page.locator("[data-task=hand-made-beside][data-state=done]").wait_for()
        page.get_by_text("This is: orange. By your ticks: cannot tell. By the network: orange.").first.wait_for()
        settled(page, "learn-ticked-desk")
        page.goto(f"{address}learn/4")
        page.locator("[data-desk=layers] button").first.click()
        page.locator("[data-layers='3']").wait_for()
        page.locator("[data-task=look-inside][data-state=done]").wait_for()
        settled(page, "learn-layers-desk")
        page.goto(f"{address}learn/1")
        page.locator("[data-task=twenty-apples]").get_by_role("link", name="Open Recognize").click()
        page.get_by_text("All of one kind").click()
        page.get_by_role("button", name="apple (5)").click()
        page.get_by_label("These 5 images are all").fill("apple")
        for count in range(5, 25, 5):
            page.get_by_role("button", name="Teach all").click()
            page.get_by_text(f"{count} corrections in all.").wait_for()
        page.locator("[data-strip] .done", has_text="Show it twenty apples.").wait_for()
        settled(page, "learn-strip-desk")
        page.get_by_role("link", name="Back to page 1 of the lesson").click()
        page.locator("[data-task=twenty-apples][data-state=done]").wait_for()
        page.goto(f"{address}learn/5")
        page.get_by_role("link", name="On the path: 7. The bird").click()
        page.locator("[data-task=change-gravity]").get_by_role("link", name="Open Flappy").click()
        page.get_by_role("heading", name="Can these games be won?").wait_for()


def points(page: Any) -> int:
    page.locator("[data-xp]").wait_for()
    return int(page.locator("[data-xp]").get_attribute("data-xp"))


def walk(page: Any, lesson: Lesson) -> None:
    """Answer all questions by the keyboard, page after page."""
    for one in lesson.pages:
        page.get_by_role("heading", level=1, name=one.title).wait_for()
        for quiz in one.quizzes:
            field = page.locator(f"[data-quiz={quiz.id}]")
            field.get_by_role("radio").nth("abcdef".index(quiz.answer)).focus()
            page.keyboard.press("Space")
            field.get_by_text("Right." if quiz.answer else "Noted.").wait_for()
        assert page.locator("[data-curve] polyline").count() == (4 if one.number == 5 else 0)
        if one.number in (2, 5, 14):  # in German each page is looked at
            settled(page, f"learn-page-{one.number}-desk")
        if one.number < len(lesson.pages):
            page.get_by_role("link", name="Next page", exact=True).click()


def test_a_lesson_of_ones_own_is_served_and_its_notebook_is_private(studio: Callable[..., TestClient]) -> None:
    own = str(Path(__file__).parents[2] / "docs" / "examples" / "lesson-de")
    alone = studio(rate=1e6, burst=1e6, lesson=own)
    assert alone.get("/v1/learn").json()["title"] == "Der Apfel und der Ball"
    assert alone.get("/v1/learn/words").json()["next"] == "Nächste Seite"
    asked = alone.post("/v1/learn/2/queries", json={"action": "ask", "text": "Warum?"}).json()
    assert (asked["private"], [one["state"] for one in asked["queries"]]) == (True, ["shown"])
    assert alone.post("/v1/learn/2/queries", json={"action": "solve", "id": 1}).json()["queries"][0]["solved"]
    assert alone.post("/v1/learn/2/queries", json={"action": "remove", "id": 1}).json()["queries"] == []
    assert alone.get("/v1/queue").json()["lesson"] is None
    assert alone.get("/v1/learn?language=fr").status_code == 400
    assert alone.get("/v1/teacher/board").status_code == 404


def test_the_language_is_chosen_on_the_page_and_stays(browser: Any, address: str) -> None:
    with visited(browser, address, "desk") as page:
        page.goto(f"{address}learn")
        page.get_by_label("Language").select_option("de")
        page.get_by_role("link", name="1. Was ist das?").click()
        page.get_by_role("heading", level=1, name="Was ist das?").wait_for()
        page.reload()
        page.get_by_role("heading", name="Deine Fragen").wait_for()
        field = page.get_by_label("Deine Frage", exact=True)
        field.fill("Warum ist ein Ball ein Apfel?")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Das ist gelöst").click()
        page.get_by_text("✓ Gelöst").wait_for()
        settled(page, "learn-german-desk")
        assert page.locator("[lang=de] h1").inner_text() == "Was ist das?"
        page.goto(f"{address}learn/4")
        page.get_by_role("heading", level=1, name="Kanten, Teile, Dinge").wait_for()
        page.get_by_role("link", name="Nächste Seite").wait_for()

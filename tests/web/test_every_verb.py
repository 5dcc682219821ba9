"""Every verb that an application declares has its control on the application's pages, which speak no terminal."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from browser_fixtures import CHROMIUM, TERMINAL, served, settled, visited

import pippin
from pippin.core import registry
from pippin.core.artifact import write_artifact
from pippin.core.context import Context
from pippin.core.locks import lock
from pippin.core.run_record import ALIVE, Request, RunRecord
from pippin.core.workspace import Workspace
from pippin.web.static_pages import STATIC

pytest.importorskip("playwright.sync_api", reason="the pages' tests need the extra dev")
SHOWN = "recognize"  # whose pages are looked at by axe-core, too
TABS = ("", "/train", "/measure", "/runs", "/inside", "/models", "/more")

pytestmark = pytest.mark.skipif(not CHROMIUM or not (STATIC / "index.html").exists(), reason="no chromium, or no pages")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A studio in which every application has models, one in use, a training that runs and a run that ended."""
    home = tmp_path_factory.mktemp("home")
    with ExitStack() as held:
        for app in registry.all_applications():
            run = home / "runs" / f"{app.name}-20200101-000000-000000"
            run.mkdir(parents=True)
            Request(app.name, "train", begun=time.time()).write(run)
            held.enter_context(lock(run / ALIVE))
            ended = home / "runs" / f"{app.name}-20200101-000000-000001"
            ended.mkdir()
            RunRecord(ended).update(state="finished", verb="evaluate")
            give_models(app, Workspace(home))
        yield held.enter_context(served(home))


def give_models(app: Any, space: Workspace) -> None:
    """A model that is in use, and a copy of it that is another by its seed."""
    if not app.builtins:
        pippin.train(app, epochs=1, threads=1, progress=False, workspace=space, **app.config.PRESETS.get("tiny", {}))
    made = Context(app, space).artifact()
    parts = {name: made.part(name) for name in made.facts["parts"]}
    write_artifact(space.artifacts, {**made.facts, "seed": 4711}, parts, made.learned)


def test_every_page_has_its_controls_and_speaks_no_terminal(browser: Any, address: str) -> None:
    with urllib.request.urlopen(f"{address}v1") as answer:
        names = [app["name"] for app in json.load(answer)["applications"]]
    assert len(names) >= 4
    with visited(browser, address, "desk") as page:
        missing = {name: lacking(page, address, name) for name in names}
    assert not any(missing.values()), missing


def lacking(page: Any, address: str, name: str) -> list[str]:
    """The declared commands that none of the application's pages offers; looks at what each page says, too."""
    with urllib.request.urlopen(f"{address}v1/{name}") as answer:
        facts = json.load(answer)
    declared = {command["name"] for command in facts["commands"] if not command["page"]}
    found: set[str] = set()
    page.goto(f"{address}{name}")
    for tab in TABS:
        link = page.locator(f"nav a[href='/{name}{tab}']")
        page.locator("nav a").first.wait_for()
        if tab == "/more" and not link.count():  # it has nothing more
            continue
        link.click()
        link.and_(page.locator("[aria-current]")).wait_for()
        if not tab:
            page.locator("[data-verb=predict], details").first.wait_for(state="attached")
            open_details(page)
            page.locator("[data-verb=predict]").first.wait_for(state="attached")
            if facts["teach"]:  # it needs an answer to correct
                give = ".images button" if facts["kind"] == "file" else "button.main"
                give = ".chip" if facts["input"] == "text" else give
                page.locator(f"[data-verb=predict] {give}").first.click()
                page.locator("[data-verb=teach]").first.wait_for(state="attached")
        if tab == "/train":
            page.locator("[data-verb=stop]").first.wait_for()
        if tab == "/runs":
            page.locator("[data-verb=delete-run]").first.wait_for()
        if tab == "/models":
            page.locator("[data-verb=rm]").first.wait_for()
        found |= set(page.locator("[data-verb]").evaluate_all("all => all.map(one => one.dataset.verb)"))
        page.locator("main .card, main section").first.wait_for()
        if name == SHOWN:
            settled(page, f"desk{tab.replace('/', '-')}")
        if tab != "/models":  # the card there tells by which command a model was made
            open_details(page)
        text = page.locator("main").inner_text()
        said = TERMINAL.search(text)
        assert said is None, (name, tab, text[said.start() - 60 : said.end() + 40])
    for command in facts["commands"]:  # on the last page, named More
        if command["own"]:
            heading = page.get_by_role("heading", name=command["label"], exact=True)
            assert heading.count() == (not command["page"]), command
    return sorted(declared - found)


def open_details(page: Any) -> None:
    """Open all that is folded."""
    page.evaluate("document.querySelectorAll('details').forEach(one => (one.open = true))")

"""What the requests of a server share, and in which workspace each is carried out."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from pippin.core import registry
from pippin.core.application import Application
from pippin.core.errors import PippinError
from pippin.core.paths import default_home, use_home
from pippin.core.workspace import Workspace
from pippin.lessons.lesson import Lesson
from pippin.lessons.shelf import open_lesson
from pippin.verbs import describe
from pippin.web import quotas
from pippin.web.classroom import Classroom
from pippin.web.downloads import DownloadStore
from pippin.web.lesson.lesson_class import LessonClass
from pippin.web.server_settings import ServerSettings
from pippin.web.visitor_workspaces import Visitors
from pippin.web.work_queue import WorkQueue


@dataclass
class ServerState:
    """What the requests share: where files are `kept` for visitors, who works on what, and that few do heavy work."""

    folder: Path
    rules: ServerSettings
    visitors: Visitors
    classroom: Classroom
    queue: WorkQueue
    kept: DownloadStore
    sampling: dict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    beginning: dict[Path, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    def __post_init__(self) -> None:
        self.quotas = quotas.Quotas(self.rules, self.visitors)
        self.room: LessonClass | None = None
        if self.rules.shared and self.rules.lesson:
            self.room = LessonClass(default_home() / "studio", self.visitors, self.classroom, self.lesson, self.closed)

    def lesson(self, language: str | None = None) -> Lesson:
        """Return the lesson of this studio."""
        return open_lesson(self.rules.lesson or None, language)

    def closed(self) -> list[str]:
        """Return the applications that visitors do not get."""
        return [app.name for app in registry.all_applications() if self.rules.refusal(app)]

    def application(self, name: str) -> Application:
        """Return the application of that name, if it is open to visitors."""
        try:
            found = registry.get(name)
        except PippinError as problem:
            raise HTTPException(404, problem.message[:200]) from problem
        if refused := self.rules.refusal(found):
            raise HTTPException(403, refused)
        return found

    def is_private(self, app: Application) -> bool:
        """Return whether results of a visitor's data must be neither logged nor stored."""
        return self.rules.shared and bool(app.data.sensitive)

    def applications(self) -> dict[str, Any]:
        """Return all applications in a line each; those that are closed to visitors with the reason."""
        told = describe.everything(Workspace())
        for line in told["applications"]:
            line["closed"] = self.rules.refusal(registry.get(line["name"]))
        return told

    def home(self, request: Request) -> Path:
        """Return the workspace of the visitor who sent the request."""
        visitor = request.scope.get("visitor", "")
        return self.visitors.home(visitor) if visitor else default_home()

    def hidden(self, home: Path, *folders: Path) -> dict[str, str]:
        """Return paths of this machine that an answer may name, and what they are called instead."""
        return {**{str(folder): "" for folder in folders}, str(self.folder): "", str(home): "PIPPIN_HOME"}

    async def within(self, request: Request, work: Callable[..., Any], *given: Any) -> Any:
        """Run work in a thread, in the visitor's workspace."""
        home = self.home(request)

        def there() -> Any:
            with use_home(home):
                return work(*given)

        return await run_in_threadpool(there)

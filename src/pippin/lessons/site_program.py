"""What makes a lesson's pages live: the built program, applications' files, and what a browser keeps of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from pippin.core import registry
from pippin.core.errors import PippinError
from pippin.core.files import write_bytes
from pippin.lessons.lesson import Lesson, all_conditions

STATIC = Path(__file__).parents[1] / "web" / "static"
PROGRAM = ("site.js", "site.css", "worker.js")
RUNTIME = "files/onnx-runtime.gz"
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="12" fill="#fafbf6"/>'
    '<path fill="#4f8a1f" d="M32 24c-7-6-19-4-19 11 0 13 9 19 19 19s19-6 19-19c0-15-12-17-19-11z"/>'
    '<path fill="#4f8a1f" d="M33 21c0-7 5-12 13-12 0 8-5 12-13 12z"/></svg>'
)
SERVICE_WORKER = """// Keeps these pages in the browser, so that they open without a network.
const NAME = 'pippin-lesson-%(version)s'
const FILES = %(files)s

addEventListener('install', (event) => {
  const asked = FILES.map((file) => new Request(file, { cache: 'no-cache' }))
  const kept = caches.open(NAME).then((cache) => cache.addAll(asked))
  event.waitUntil(kept.then(() => skipWaiting()))
})

addEventListener('activate', (event) => {
  const isOld = (name) => name.startsWith('pippin-lesson-') && name !== NAME
  const old = caches.keys().then((names) => names.filter(isOld))
  const gone = old.then((names) => Promise.all(names.map((name) => caches.delete(name))))
  event.waitUntil(gone.then(() => clients.claim()))
})

addEventListener('fetch', (event) => {
  const address = new URL(event.request.url)
  if (event.request.method !== 'GET' || address.origin !== location.origin) return
  const page = address.pathname.endsWith('/') ? new URL('index.html', address).href : event.request
  const kept = caches.open(NAME).then((cache) => cache.match(page, { ignoreSearch: true }))
  event.respondWith(kept.then((found) => found ?? fetch(event.request)))
})
"""


def is_built() -> bool:
    """Return whether the pages' program is there."""
    return all((STATIC / "site" / name).is_file() for name in PROGRAM) and bool(_runtime())


def write_applications(
    lesson: Lesson, folder: Path, only: Collection[str] | None = None
) -> tuple[dict[str, list[str]], list[str]]:
    """Write the files of the lesson's applications; return what pages can do with each, and notes on those left out."""
    verbs: dict[str, list[str]] = {}
    notes: list[str] = []
    if not is_built():
        return verbs, notes
    for name in _applications(lesson):
        if only is not None and name not in only:
            continue
        try:
            write = registry.get(name).page.browser_files
            if write is not None:
                verbs[name] = list(write(folder / "files" / name))
        except (PippinError, ImportError) as problem:
            notes.append(f"What `{name}` does is left to read: {problem}")
    return verbs, notes


def _applications(lesson: Lesson) -> list[str]:
    named = {one.application for page in lesson.pages for _, one in all_conditions(page)}
    return sorted(name for name in registry.names() if name in named)


def write_program(lesson: Lesson, folder: Path, pages: Sequence[str]) -> list[str]:
    """Write the program, the web app's manifest and the service worker beside the pages; return their paths."""
    files = {name: (STATIC / "site" / name).read_bytes() for name in PROGRAM}
    files |= {RUNTIME: _runtime()[0].read_bytes(), "icon.svg": ICON.encode(), "licences.txt": _licences()}
    files["manifest.webmanifest"] = _manifest(lesson).encode()
    for name, content in files.items():
        write_bytes(folder / name, content)
    own = sorted(path.relative_to(folder).as_posix() for path in (folder / "files").rglob("*") if path.is_file())
    names = [*pages, *files, *(name for name in own if name not in files)]
    write_bytes(folder / "service-worker.js", _service_worker(folder, names).encode())
    return [str(folder / name) for name in (*files, *(name for name in own if name not in files), "service-worker.js")]


def read_program(name: str) -> bytes:
    """Return a file of the built program by its name on the pages."""
    return _runtime()[0].read_bytes() if name == RUNTIME else (STATIC / "site" / name).read_bytes()


def _runtime() -> list[Path]:
    return sorted((STATIC / "assets").glob("onnx-runtime*.gz"))


def _licences() -> bytes:
    path = STATIC / "licences.txt"
    return path.read_bytes() if path.is_file() else b""


def _manifest(lesson: Lesson) -> str:
    facts = {
        "name": lesson.title,
        "short_name": "Pippin",
        "lang": lesson.language,
        "start_url": "index.html",
        "scope": "./",
        "display": "standalone",
        "background_color": "#fafbf6",
        "theme_color": "#3c7413",
        "icons": [{"src": "icon.svg", "sizes": "any", "type": "image/svg+xml"}],
    }
    return json.dumps(facts, ensure_ascii=False, indent=1)


def _service_worker(folder: Path, names: Iterable[str]) -> str:
    listed = list(names)
    digest = hashlib.sha256()
    for name in listed:
        digest.update(name.encode() + (folder / name).read_bytes())
    return SERVICE_WORKER % {"version": digest.hexdigest()[:16], "files": json.dumps(listed)}

"""A stand-in for a hub: the six addresses that sending and fetching a model use, and what may go wrong there."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "hf_of_a_test"


@dataclass
class Hub:
    """Repositories as commits, each with the files it has; `asked` lists the requests by address."""

    address: str = ""
    repositories: dict[str, dict[str, dict[str, bytes]]] = field(default_factory=dict)
    branches: dict[tuple[str, str], str] = field(default_factory=dict)
    private: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    def files(self, repository: str, revision: str) -> tuple[str, dict[str, bytes]] | None:
        """Return the commit and files of a revision."""
        commits = self.repositories.get(repository, {})
        commit = self.branches.get((repository, revision), revision)
        return (commit, commits[commit]) if commit in commits else None

    def commit(self, repository: str, added: dict[str, bytes], branch: str = "main") -> str:
        """Add files to a branch and return the new commit."""
        found = self.files(repository, branch)
        files = {**(found[1] if found else {}), **added}
        name = hashlib.sha1(repr(sorted(files.items())).encode()).hexdigest()
        self.repositories[repository][name] = files
        self.branches[repository, branch] = name
        return name


class Handler(BaseHTTPRequestHandler):
    """Answers requests from the hub of the server."""

    protocol_version = "HTTP/1.1"

    @property
    def hub(self) -> Hub:
        return self.server.hub  # type: ignore[attr-defined, no-any-return]

    def log_message(self, *arguments: Any) -> None:
        """Print nothing."""

    def do_POST(self) -> None:
        """Create a repository, say how files are to be sent, or take a commit."""
        body = self.rfile.read(int(self.headers["content-length"]))
        self.hub.asked.append(f"POST {self.path}")
        if self.headers.get("authorization") != f"Bearer {TOKEN}":
            return self.answer(401, {"error": "Invalid token"})
        if self.path == "/api/repos/create":
            return self.create(json.loads(body))
        found = re.fullmatch(
            r"/api/models/([^/]+/[^/]+)/(preupload|commit|branch)/([^/]+)", self.path.partition("?")[0]
        )
        if not found or found[1] not in self.hub.repositories:
            return self.answer(404, {"error": "not found"}, {"X-Error-Code": "RepoNotFound"})
        if found[2] == "branch":
            return self.branch(found[1], found[3])
        if found[3] != "main" and (found[1], found[3]) not in self.hub.branches:
            return self.answer(404, {"error": "no branch"}, {"X-Error-Code": "RevisionNotFound"})
        if found[2] == "preupload":
            files = json.loads(body)["files"]
            modes = [{"path": one["path"], "uploadMode": "regular", "shouldIgnore": False} for one in files]
            return self.answer(200, {"files": modes})
        lines = [json.loads(line) for line in body.splitlines()]
        added = {
            line["value"]["path"]: base64.b64decode(line["value"]["content"]) for line in lines if line["key"] == "file"
        }
        name = self.hub.commit(found[1], added, found[3])
        return self.answer(
            200,
            {"commitUrl": f"{self.hub.address}/{found[1]}/commit/{name}", "commitOid": name, "pullRequestUrl": None},
        )

    def branch(self, repository: str, name: str) -> None:
        if (repository, name) in self.hub.branches:
            return self.answer(409, {"error": "exists"})
        self.hub.branches[repository, name] = self.hub.branches.get((repository, "main"), "")
        return self.answer(200, {})

    def create(self, wanted: dict[str, Any]) -> None:
        name = f"{wanted['organization']}/{wanted['name']}" if wanted.get("organization") else wanted["name"]
        if name in self.hub.repositories:
            return self.answer(409, {"error": "exists", "url": f"{self.hub.address}/{name}"})
        self.hub.repositories[name] = {}
        if wanted.get("private") or wanted.get("visibility") == "private":
            self.hub.private.add(name)
        return self.answer(200, {"url": f"{self.hub.address}/{name}", "name": name})

    def do_HEAD(self) -> None:
        """Describe a file."""
        self.do_GET()

    def do_GET(self) -> None:
        """List a repository's files, or give one."""
        self.hub.asked.append(f"{self.command} {self.path}")
        path = self.path.partition("?")[0]
        if found := re.fullmatch(r"/api/models/([^/]+/[^/]+)/tree/([^/]+)/?", path):
            return self.tree(found[1], found[2])
        if found := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            return self.resolve(*found.groups())
        return self.answer(404, {"error": "not found"})

    def tree(self, repository: str, revision: str) -> None:
        found = self.hub.files(repository, revision)
        if found is None:
            return self.answer(404, {"error": "no"}, {"X-Error-Code": "RevisionNotFound"})
        return self.answer(
            200, [{"type": "file", "path": p, "size": len(c), "oid": _oid(c)} for p, c in sorted(found[1].items())]
        )

    def resolve(self, repository: str, revision: str, name: str) -> None:
        found = self.hub.files(repository, revision)
        if found is None or name not in found[1]:
            return self.answer(404, {"error": "no"}, {"X-Error-Code": "EntryNotFound" if found else "RepoNotFound"})
        commit, files = found
        return self.answer(200, files[name], {"X-Repo-Commit": commit, "ETag": f'"{_oid(files[name])}"'})

    def answer(self, status: int, content: Any, headers: dict[str, str] | None = None) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/octet-stream" if content is body else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _oid(content: bytes) -> str:
    return hashlib.sha1(content).hexdigest()


@contextmanager
def serve_hub() -> Iterator[Hub]:
    """Answer at a free port of this machine while the block runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hub = server.hub = Hub(f"http://127.0.0.1:{server.server_port}")  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()

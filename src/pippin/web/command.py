"""`pippin studio`: every application in the browser of this machine, or of a class that was given the token."""

from __future__ import annotations

import ipaddress
import os
import secrets
import socket
import sys
import threading
import webbrowser
from typing import TYPE_CHECKING, Annotated

from pippin.core import registry
from pippin.core.errors import PippinError, missing_extra
from pippin.core.report.report import Report
from pippin.core.run import Budget
from pippin.web.addresses import in_address, is_local, own_names, reachable

if TYPE_CHECKING:
    from pippin.web.server_settings import ServerSettings

FOR_EVER = "ever"
MIN_SECRET_LETTERS = 8
NOT_ENDED = (
    "The class was not ended: its names, pictures and models stay. Open the studio again and press "
    '"End the class"; a studio that is open a day later erases them by itself.'
)


def studio(
    *,
    host: Annotated[str, "the address to listen at; another than this machine's own needs --token"] = "127.0.0.1",
    port: Annotated[int, "the port to listen at; 0 takes a free one"] = 8017,
    token: Annotated[str | None, "a secret all visitors must bring; `new` makes one"] = None,
    teacher: Annotated[str | None, "the secret of a class's teacher's page (default: a new one)"] = None,
    proxy: Annotated[str | None, "addresses of reverse proxies to believe, with commas between"] = None,
    https: Annotated[bool, "encrypt, with a certificate made here (cameras work in a class only so)"] = False,
    allow: Annotated[str | None, "open to a class: faces, voices, health, or applications by name"] = None,
    keep_days: Annotated[str, "days to keep what a visitor made; 0: until the studio ends; ever: always"] = "1",
    lesson: Annotated[
        str | None, "the lesson at /learn, as deep-learning, or a folder; a class joins by nicknames"
    ] = None,
    max_training: Annotated[str, "the longest training of a visitor: 90s, 5m, 1h"] = "1h",
    browser: Annotated[bool, "open the browser"] = True,
) -> Report:
    """Open every application in the browser.

    Ctrl-C ends it; trainings go on. With --host and --token a class can join, each visitor with models of their own.
    """
    shared = not is_local(host) or proxy is not None
    if shared and not token:
        option = f"--host {host}" if proxy is None else f"--proxy {proxy}"
        raise PippinError(f"{option} lets others in; give them a secret: --token new makes one.", input=host)
    token, teacher = read_secret(token, "token"), read_secret(teacher or "new", "teacher") if shared else None
    if token is not None and token == teacher:
        raise PippinError("--teacher must not be the --token, which all visitors have.")
    if lesson is not None:
        from pippin.lessons.reading import find_folder, read_lesson

        read_lesson(lesson)
        lesson = str(find_folder(lesson).absolute())
    days, training, proxies = _days(keep_days), Budget.of(max_training), _proxies(proxy)
    _require_server()
    from pippin.web.server_settings import MEBIBYTE, ServerSettings, allowed

    rules = ServerSettings(
        token=token or "",
        teacher=teacher or "",
        names=own_names(host) if shared else frozenset({"localhost"}),
        proxies=proxies,
        shared=shared,
        secure=https,
        largest=(32 if shared else 512) * MEBIBYTE,
        days=days,
        allowed=allowed((allow or "").split(",")),
        training_seconds=training.seconds or 3600.0,
        lesson=lesson or "",
    )
    listening = bound_socket(host, port)
    here = f"{'https' if https else 'http'}://{in_address(reachable(host))}:{listening.getsockname()[1]}"
    with listening:
        serve(listening, rules, here, host=host, browser=browser)
    address = f"{here}/" + (f"?token={token}" if token else "")
    return Report("The studio is closed", payload={"address": address}, next="pippin studio")


def read_secret(given: str | None, option: str) -> str | None:
    """Return the secret of an option, a new one for `new`; PippinError where it is soon guessed."""
    if given == "new":
        return secrets.token_urlsafe(12)
    if given is not None and len(given) < MIN_SECRET_LETTERS:
        raise PippinError(f"A --{option} of fewer than 8 letters is soon guessed; --{option} new makes one.")
    return given


def _days(text: str) -> int | None:
    if text == FOR_EVER:
        return None
    if not (text.isascii() and text.isdigit() and int(text) <= 36500):
        raise PippinError(
            f"--keep-days must be a number of days, 0 (until the studio ends) or `{FOR_EVER}`, not {text}.", input=text
        )
    return int(text)


def _proxies(text: str | None) -> tuple[str, ...]:
    found = tuple(part.strip() for part in (text or "").split(",") if part.strip())
    for part in found:
        try:
            ipaddress.ip_address(part)
        except ValueError as problem:
            raise PippinError(f"--proxy must be the IP address of a proxy, not {part!r}.", input=part) from problem
    return found


def _require_server() -> None:
    try:
        import fastapi  # noqa: F401
        import python_multipart  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as problem:
        raise missing_extra(problem.name or "fastapi", "studio", "The studio") from problem


def bound_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens before the browser is opened."""
    if not 0 <= port <= 65535:
        raise PippinError(f"{port} is no port; give 0 to 65535.", input=port)
    listening = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
        if os.name == "posix":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(1024)  # who comes before the server is up waits, and is not turned away
    except OSError as problem:
        if listening is not None:
            listening.close()
        advice = "is another one open? --port takes another"
        raise PippinError(
            f"Cannot listen at {host}, port {port}: {problem.strerror}; {advice}.", input=host
        ) from problem
    return listening


def _show_code(address: str) -> None:
    """Show the address as a code for cameras, where a terminal can show it."""
    if not (sys.stderr and sys.stderr.isatty()):
        return
    try:
        import segno
    except ImportError as problem:
        raise missing_extra("segno", "studio", "A code to join by") from problem
    segno.make(address, micro=False).terminal(out=sys.stderr, compact=True)


def serve(
    listening: socket.socket, rules: ServerSettings, address: str, *, host: str = "127.0.0.1", browser: bool
) -> None:
    """Print the addresses and answer until Ctrl-C; `address` is the studio's without path and token."""
    from pippin.core.paths import default_home
    from pippin.web.lesson.names import CLASS_FILE
    from pippin.web.server import server

    running = server(rules, host)
    place = "learn" if rules.lesson else ""
    visitors = f"{address}/{place}" + (f"?token={rules.token}" if rules.token else "")
    sys.stdin = open(os.devnull)  # noqa: SIM115 - a command that reads the terminal gets an end of file
    print(f"Pippin is at {visitors}  (Ctrl-C ends it)", file=sys.stderr, flush=True)
    if rules.teacher:
        print(f"The teacher's page is at {address}/teacher?token={rules.teacher}", file=sys.stderr, flush=True)
    closed = [app.name for app in registry.all_applications() if rules.refusal(app)]
    if closed:
        print(f"Closed to visitors: {', '.join(closed)}; --allow {closed[0]} opens it.", file=sys.stderr, flush=True)
    if rules.token:
        _show_code(visitors)
    if browser:
        threading.Timer(0.3, webbrowser.open, [visitors]).start()
    try:
        running.run([listening])
    finally:  # Ctrl-C is raised again when the server has ended
        if rules.shared and rules.lesson and (default_home() / "studio" / CLASS_FILE).exists():
            print(NOT_ENDED, file=sys.stderr, flush=True)

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

from pippin.core.errors import PippinError, missing_extra
from pippin.core.report import Report

if TYPE_CHECKING:
    from pippin.web.guard import Rules


def studio(
    *,
    host: Annotated[str, "the address to listen at; another than this machine's own needs --token"] = "127.0.0.1",
    port: Annotated[int, "the port to listen at; 0 takes a free one"] = 8017,
    token: Annotated[str | None, "a secret all visitors must bring; `new` makes one"] = None,
    https: Annotated[bool, "encrypt, with a certificate made here (cameras work in a class only so)"] = False,
    keep_days: Annotated[int, "remove what a visitor of a class made this long after the last visit; 0: never"] = 30,
    browser: Annotated[bool, "open the browser"] = True,
) -> Report:
    """Open every application in the browser; Ctrl-C ends it, trainings that were begun go on.

    With --host and --token a class can join, each visitor with models of their own.
    """
    shared = not _local(host)
    if shared and not token:
        raise PippinError(f"--host {host} lets others in; give them a secret: --token new makes one.", input=host)
    if shared and os.environ.get("PIPPIN_DATABASE"):
        raise PippinError("Visitors keep apart what they teach; unset PIPPIN_DATABASE for --host.")
    if token == "new":
        token = secrets.token_urlsafe(12)
    if token is not None and len(token) < 8:
        raise PippinError("A --token of fewer than 8 letters is soon guessed; --token new makes one.")
    if keep_days < 0:
        raise PippinError(f"--keep-days {keep_days} is no time; give days, or 0 to keep all.", input=keep_days)
    _require_server()
    from pippin.web.guard import MEBIBYTE, Rules, own_names

    names = own_names(host) if shared else frozenset({"localhost"})
    largest = (32 if shared else 512) * MEBIBYTE
    rules = Rules(token=token or "", names=names, shared=shared, secure=https, largest=largest, days=keep_days)
    listening = _bound(host, port)
    scheme, here = "https" if https else "http", listening.getsockname()[1]
    address = f"{scheme}://{_reachable(host)}:{here}/" + (f"?token={token}" if token else "")
    with listening:
        _serve(listening, rules, address, browser=browser)
    return Report("The studio is closed", payload={"address": address}, next="pippin studio")


def _local(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _require_server() -> None:
    try:
        import fastapi  # noqa: F401
        import python_multipart  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as problem:
        raise missing_extra(problem.name or "fastapi", "studio", "The studio") from problem


def _bound(host: str, port: int) -> socket.socket:
    """A socket that listens before the browser is opened."""
    if not 0 <= port <= 65535:
        raise PippinError(f"{port} is no port; give 0 to 65535.", input=port)
    listening = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
        if os.name == "posix":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(128)  # who comes before the server is up waits, and is not turned away
    except OSError as problem:
        if listening is not None:
            listening.close()
        advice = "is another studio open? --port takes another"
        raise PippinError(
            f"Cannot listen at {host}, port {port}: {problem.strerror}; {advice}.", input=host
        ) from problem
    return listening


def _reachable(host: str) -> str:
    """An address others can type: of all of ours, the one that leads outward."""
    if host not in ("0.0.0.0", "::"):
        return f"[{host}]" if ":" in host else host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address for documentation: nothing is sent
            return str(probe.getsockname()[0])
        except OSError:
            return socket.gethostname()


def _show_code(address: str) -> None:
    """The address as a code for cameras, where a terminal shows it."""
    if not (sys.stderr and sys.stderr.isatty()):
        return
    try:
        import segno
    except ImportError as problem:
        raise missing_extra("segno", "studio", "A code to join by") from problem
    segno.make(address, micro=False).terminal(out=sys.stderr, compact=True)


def _serve(listening: socket.socket, rules: Rules, address: str, *, browser: bool) -> None:
    import uvicorn

    from pippin.web.service import service

    public = private = None
    if rules.secure:
        from pippin.web.certificate import certificate

        public, private = certificate()
    config = uvicorn.Config(
        service(rules),
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        ws="none",
        limit_concurrency=400,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=2,
        ssl_certfile=public,
        ssl_keyfile=private,
    )
    sys.stdin = open(os.devnull)  # noqa: SIM115 - a command that asks at the terminal learns that nobody answers there
    print(f"Pippin is at {address}  (Ctrl-C ends it)", file=sys.stderr, flush=True)
    if rules.token:
        _show_code(address)
    if browser:
        threading.Timer(0.3, webbrowser.open, [address]).start()
    uvicorn.Server(config).run([listening])

"""ASGI middleware: checks host, origin, token, visitor, rate and body size; turns exceptions into refusals."""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
import traceback

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pippin.web.addresses import is_local
from pippin.web.classroom import Classroom
from pippin.web.identity import COOKIE, TEACHER, VISITOR, Signer, equal, in_address, offered, without_token
from pippin.web.rate_limits import TokenBucket
from pippin.web.responses import SafeJSONResponse, refusal
from pippin.web.server_settings import ServerSettings
from pippin.web.terminal import tell_terminal

ADMIT, PROXIED = "pippin.admit", "pippin.proxied"  # keys of the scope, see `connections`
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self'; font-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=()",
}
STRANGER_RATE, STRANGER_BURST = 30.0, 150.0  # requests of an address without the right token
HEALTH = "/v2/health/"
DELAY_SECONDS = 1.0  # before a guess is answered by a caller who guesses too often


class BodyTooLarge(Exception):
    """A body is larger than allowed."""


class SecurityMiddleware:
    """The outermost layer: only what is allowed comes through.

    A right token is looked for before any limit, so that no stranger can use up what visitors need.
    """

    def __init__(self, app: ASGIApp, rules: ServerSettings, classroom: Classroom, signer: Signer) -> None:
        self.app, self.rules, self.classroom, self.signer = app, rules, classroom, signer
        self.each = TokenBucket(rules.rate, rules.burst)
        self.strangers = TokenBucket(min(rules.rate, STRANGER_RATE), min(rules.burst, STRANGER_BURST))
        self.attempts = TokenBucket(0.2, 10)
        self.newcomers = TokenBucket(1.0, 200)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; websockets are closed."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        request, began, ended = Request(scope), False, False
        scope["visitor"], scope["teacher"] = "", False

        async def sending(message: Message) -> None:
            nonlocal began, ended
            if message["type"] == "http.response.start":
                began = True
                message = {**message, "headers": [*message["headers"], *self._headers(scope, message["headers"])]}
            await send(message)
            ended = message["type"] == "http.response.body" and not message.get("more_body", False)

        try:
            refused = await self._refused(request)
            await (refused or self.app)(scope, _limited(request, receive, self.rules.largest), sending)
        except Exception as problem:
            if began and not ended:  # the answer is under way; it can only be cut off
                failure(problem, quiet=getattr(request.state, "quiet", False))
                raise
            if not began:
                await failure(problem)(scope, receive, sending)

    async def _refused(self, request: Request) -> Response | None:
        host = request.headers.get("host", "")
        if not (request.scope.get(PROXIED) or self._is_ours(host)):
            return refusal(421, "Pippin does not answer to this address.", request=request)
        if request.method not in ("GET", "HEAD"):
            if not _same_origin(request, host, programs=self.rules.programs):
                return refusal(403, "This request comes from another site; a program sends the header X-Pippin: 1.")
        elif request.headers.get("sec-fetch-site") == "cross-site" and request.url.path.startswith(("/v1", "/v2")):
            return refusal(403, "This request comes from another site.")
        caller = request.client.host if request.client else ""
        is_asked = bool(self.rules.token) and not self._asks_for_health(request, caller)
        if is_asked and (refused := await self._without_token(request, caller)):
            return refused
        if self.rules.shared and (refused := self._unknown_visitor(request, caller)):
            return refused
        admit = request.scope.get(ADMIT)
        named = request.scope["visitor"] or caller
        if not self.each.take(named) or (admit and not admit(named)):
            return refusal(429, "Too many requests at once; wait a moment.", {"Retry-After": "1"}, request)
        return None

    def _asks_for_health(self, request: Request, caller: str) -> bool:
        """Return whether this very machine asks if its server is well, as a container's health check does."""
        return self.rules.programs and request.url.path.startswith(HEALTH) and is_local(caller)

    def _is_ours(self, host: str) -> bool:
        """Return whether it is a name we were given, or a bare address: a rebound name is neither.

        A program's secret is in no cookie, so that a page under a rebound name cannot bring it.
        """
        if self.rules.programs and self.rules.token:
            return True
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        name = name.strip("[]").lower()
        if name in self.rules.names:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return address.is_loopback or bool(self.rules.token)

    async def _without_token(self, request: Request, caller: str) -> Response | None:
        """Refuse a request without the right token; one that has it in its address is sent on with a cookie."""
        given = offered(request)
        teacher = bool(self.rules.teacher) and any(equal(token, self.rules.teacher) for token in given)
        request.scope["teacher"] = teacher
        if teacher or any(equal(token, self.rules.token) for token in given):
            is_page = in_address(request) and request.method == "GET" and not self.rules.programs
            return self._cookies(request) if is_page else None
        place = "/" + request.url.path.lstrip("/\\")
        if not self.strangers.take(caller):
            return refusal(429, "Too many requests at once; wait a moment.", {"Retry-After": "1"}, request)
        if not given:
            message = (
                "It is part of the address that Pippin printed when it was started; its code to scan holds it, too."
            )
            if not request.headers.get("accept", "").startswith("text/html"):
                message = "Pippin asks for its token here: open the address that it printed, or scan its code."
                if self.rules.programs:
                    message = "Pippin asks for its token here: send the header Authorization: Bearer TOKEN."
            return refusal(401, message, request=request, ask_at=place)
        if not self.attempts.take(caller):
            await asyncio.sleep(DELAY_SECONDS)
            message = "Too many wrong tokens; wait a minute."
            return refusal(429, message, {"Retry-After": "60", "Connection": "close"}, request, ask_at=place)
        return refusal(401, "This token is not the one that Pippin printed.", request=request, ask_at=place)

    def _cookies(self, request: Request) -> Response | None:
        token = in_address(request)
        teacher = bool(self.rules.teacher) and equal(token, self.rules.teacher)
        if not (teacher or equal(token, self.rules.token)):
            return None
        answer = RedirectResponse(without_token(request), 303)
        secrets_by_name = {COOKIE: self.rules.token, **({TEACHER: self.rules.teacher} if teacher else {})}
        for name, value in secrets_by_name.items():
            answer.set_cookie(name, value, httponly=True, samesite="lax", secure=self._is_secure(request.scope))
        return answer

    def _unknown_visitor(self, request: Request, caller: str) -> Response | None:
        """Find out who asks, or give a name; refuse newcomers while the door is closed or too many come."""
        name = self.signer.read(request.cookies.get(VISITOR, ""))
        if name is None and "authorization" in request.headers:  # a program, which keeps no cookies
            name = self.signer.of_address(caller)
            fresh = not self.classroom.knows(name)
        else:
            fresh = name is None
        if self.classroom.ended and not request.scope["teacher"]:
            return refusal(403, "The class has ended; what was made in it is erased.", request=request)
        if fresh and not self.classroom.open and not request.scope["teacher"]:
            return refusal(403, "The class has begun and is closed to new visitors.", request=request)
        if name is None:
            if request.method not in ("GET", "HEAD"):
                return refusal(403, "Pippin does not know this visit; load the page again.")
            if not self.newcomers.take(caller):
                message = "Too many visitors come at once; wait a moment."
                return refusal(429, message, {"Retry-After": "2"}, request)
            name = self.signer.issue()
        request.scope["visitor"] = name
        request.scope["pippin.cookie"] = "authorization" not in request.headers
        self.classroom.note(name, caller, teacher=request.scope["teacher"])
        return None

    def _is_secure(self, scope: Scope) -> bool:
        return self.rules.secure or scope.get("scheme") == "https"

    def _headers(self, scope: Scope, there: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        names = {name.lower() for name, _ in there}
        lower = {name.lower().encode(): value.encode() for name, value in HEADERS.items()}
        added = [(name, value) for name, value in lower.items() if name not in names]
        if scope["visitor"] and scope.get("pippin.cookie"):
            secure = "; Secure" if self._is_secure(scope) else ""
            days = 400 if self.rules.days is None else self.rules.days  # no browser keeps one for longer
            lasts = f" Max-Age={86400 * days};" if days else ""
            cookie = f"{VISITOR}={self.signer.sign(scope['visitor'])}; Path=/;{lasts} HttpOnly; SameSite=Lax{secure}"
            added.append((b"set-cookie", cookie.encode()))
        return added


def _same_origin(request: Request, host: str, *, programs: bool = False) -> bool:
    """Return whether it is from our own page or a program: another site can send neither our origin nor our header.

    With `programs` our header is not asked for: browsers tell the origin of every POST, programs none.
    """
    origin = request.headers.get("origin")
    if origin is not None:
        return origin in (f"http://{host}", f"https://{host}")
    if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        return False
    return programs or request.headers.get("x-pippin") == "1" or "authorization" in request.headers


def _limited(request: Request, receive: Receive, largest: int) -> Receive:
    """Return a `receive` that ends a body above the limit, also where its header claims less."""
    said = Headers(scope=request.scope).get("content-length", "0")
    got = 0

    async def receiving() -> Message:
        nonlocal got
        if said.isdigit() and int(said) > largest:
            raise BodyTooLarge
        message = await receive()
        got += len(message.get("body", b""))
        if got > largest:
            raise BodyTooLarge
        return message

    return receiving


def too_large() -> Response:
    """Return the response to a body above the limit."""
    return refusal(413, "That is more than Pippin takes at once.", {"Connection": "close"})


async def refuse_large_body(request: Request, problem: Exception) -> Response:
    """Answer who sends a body above the limit."""
    return too_large()


def failure(problem: Exception, *, quiet: bool = False) -> Response:
    """Return the response to an unforeseen error: a number, under which the terminal tells the rest.

    `quiet` tells the terminal where it happened, and none of the values.
    """
    if isinstance(problem, BodyTooLarge):
        return too_large()
    name = secrets.token_hex(4)
    lines = traceback.format_tb(problem.__traceback__) if quiet else traceback.format_exception(problem)
    tell_terminal("\n".join([f"Problem {name}:", "".join(lines), type(problem).__name__ if quiet else ""]))
    message = f"Something went wrong inside Pippin; its terminal tells more under {name}."
    return SafeJSONResponse({"error": {"message": message, "id": name}}, 500)

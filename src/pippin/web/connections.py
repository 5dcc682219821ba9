"""Connections: how many, from where and for how long; those that proved nothing make room for those that did.

uvicorn limits neither the time until a request's header is complete nor the pace of its body, and counts silent
connections like working ones; `Connection` adds both to its protocol, `Pool` decides which connection has to go.
A visitor's connection is closed between two requests only when it was idle for longer than browsers keep one, or when
the answer before announced it (`Connection: close`).
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from pippin.web.middleware import ADMIT, PROXIED

SWEEP_SECONDS = 1.0
PASSES = 5  # of the event loop, from the arrival of a request until its token was checked (3), and to spare


@dataclass(frozen=True)
class Limits:
    """What connections may take: seconds, bytes a second, and numbers of connections.

    A stranger is a connection over which no request with the right token has come yet.
    """

    silent_seconds: float = 75.0  # browsers open connections before they need them; Chromium keeps such for 60 s
    header_seconds: float = 10.0
    idle_seconds: float = 30.0
    visitor_idle_seconds: float = 400.0  # Chromium keeps a connection for 300 s, Firefox for 115 s
    pace_seconds: float = 10.0
    min_bytes_per_second: float = 1024.0
    unread_seconds: float = 60.0
    grace_seconds: float = 1.0  # in which a new connection may prove itself before it has to make room
    max_connections: int = 2048
    max_strangers: int = 1024
    max_per_visitor: int = 64


@dataclass
class Held:
    """One connection as the pool sees it; `visitor` is None for a stranger, `closes` after its next answer."""

    address: str
    transport: asyncio.Transport
    visitor: str | None = None
    since: float = field(default_factory=time.monotonic)
    protocol: Connection | None = None
    was_late: bool = False
    closes: bool = False

    @property
    def idle(self) -> bool:
        """Whether no request is being answered."""
        return self.protocol is None or not self.protocol.busy

    @property
    def silent(self) -> bool:
        """Whether not one byte of a request has come yet."""
        return self.protocol is None or self.protocol.silent

    @property
    def last_use(self) -> float:
        """When something happened here last, on the monotonic clock."""
        return self.since if self.protocol is None else self.protocol.changed


class Pool:
    """All connections of a server; `exempt` are addresses of proxies, which speak for many."""

    def __init__(self, limits: Limits, exempt: Iterable[str] = ()) -> None:
        self.limits, self.exempt = limits, frozenset(exempt)
        self._held: dict[int, Held] = {}
        self._strangers: dict[int, Held] = {}  # the oldest first; never those of proxies
        self._by_visitor: defaultdict[str, dict[int, Held]] = defaultdict(dict)
        self._sweeping: asyncio.TimerHandle | None = None
        self._trimming: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._held)

    def add(self, held: Held) -> None:
        """Add a connection; close one at once only where no more fit."""
        self._held[id(held)] = held
        if held.address not in self.exempt:
            self._strangers[id(held)] = held
        if len(self._held) > self.limits.max_connections:
            self._make_room(held)
        if self._trimming is None and len(self._strangers) > self.limits.max_strangers:
            self._trimming = asyncio.get_running_loop().create_task(self._trim())
        if self._sweeping is None:
            self._sweeping = asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._sweep)

    def remove(self, held: Held) -> None:
        """Forget a connection that has ended."""
        self._held.pop(id(held), None)
        self._strangers.pop(id(held), None)
        self._leave_visitor(held)

    def admit(self, held: Held, visitor: str) -> bool:
        """Count a request with the right token; False where its visitor has too many connections at work.

        Where there are many connections, this one closes after its answer, which says so: an idle one may be about to
        be used.
        """
        if held.address in self.exempt or id(held) not in self._held:
            return True
        if held.visitor != visitor:
            self._leave_visitor(held)
            held.visitor = visitor
            self._strangers.pop(id(held), None)
            self._by_visitor[visitor][id(held)] = held
        limits, same = self.limits, self._by_visitor[visitor]
        visitors = len(self._held) - len(self._strangers)
        held.closes = len(same) > limits.max_per_visitor or visitors > limits.max_connections - limits.max_strangers
        if len(same) <= limits.max_per_visitor:
            return True
        return sum(not one.idle for one in same.values()) <= limits.max_per_visitor

    def close_late(self, now: float) -> None:
        """Close what was silent, sent or read too slowly for too long.

        Only what is late twice in a row: a busy loop looks at what has arrived between the two.
        """
        for held in list(self._held.values()):
            if held.protocol is None:
                late = now - held.since > self.limits.header_seconds
            else:
                late = held.protocol.is_late(now)
            if late and held.was_late:
                self._close(held)
            held.was_late = late

    def _leave_visitor(self, held: Held) -> None:
        if held.visitor is not None and (same := self._by_visitor.get(held.visitor)) is not None:
            same.pop(id(held), None)
            if not same:
                del self._by_visitor[held.visitor]

    async def _trim(self) -> None:
        """Close strangers until no more than allowed are left.

        A new connection has time to send its request, and a request that has arrived is read before its connection is
        judged: who reconnects beside a thousand silent ones is no stranger a moment later.
        """
        try:
            while (surplus := len(self._strangers) - self.limits.max_strangers) > 0:
                ripe = time.monotonic() - self.limits.grace_seconds
                judged = [held for held in self._strangers.values() if held.since <= ripe]
                for _ in range(PASSES):
                    await asyncio.sleep(0)
                left = [held for held in judged if id(held) in self._strangers and held.idle]
                for held in _least_worthy_first(left)[:surplus]:
                    self._close(held)
                await asyncio.sleep(self.limits.grace_seconds / 10)
        finally:
            self._trimming = None

    def _make_room(self, newest: Held) -> None:
        """Close one because no more fit: a silent stranger, a stranger, what was idle for longest, or the newest."""
        strangers = [held for held in self._strangers.values() if held is not newest and held.idle]
        idle = strangers or [held for held in self._held.values() if held is not newest and held.idle]
        self._close(min(idle, key=lambda held: (not held.silent, held.last_use), default=newest))

    def _close(self, held: Held) -> None:
        self.remove(held)
        held.transport.abort()

    def _sweep(self) -> None:
        self._sweeping = None
        self.close_late(time.monotonic())
        if self._held:
            self._sweeping = asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._sweep)


def _least_worthy_first(strangers: list[Held]) -> list[Held]:
    """Order them such that addresses with many lose first; within one address silent before slow, old before new."""
    by_address: defaultdict[str, list[Held]] = defaultdict(list)
    for held in sorted(strangers, key=lambda held: (held.silent, -held.since)):
        by_address[held.address].append(held)
    ranks = [(rank, held) for group in by_address.values() for rank, held in enumerate(group)]
    return [held for _, held in sorted(ranks, key=lambda ranked: -ranked[0])]


class Connection(H11Protocol):
    """HTTP/1.1 over one connection, with limits of time; below TLS, `held` was made before the handshake."""

    def __init__(self, pool: Pool, config: Config, state: ServerState, app_state: dict[str, Any], held: Held | None):
        super().__init__(config=config, server_state=state, app_state=app_state)
        self.pool, self.held = pool, held
        self.app = self._answer
        self.changed = time.monotonic()  # when the state that is waited in began
        self._arrived = 0  # bytes since then
        self._unsent = 0
        self._read_last = time.monotonic()  # when its reader last took something, or had nothing to take
        self._early = b""  # what came with the end of the TLS handshake

    @property
    def busy(self) -> bool:
        """Whether a request is being answered."""
        return self.cycle is not None and not self.cycle.response_complete

    @property
    def silent(self) -> bool:
        """Whether not one byte of a request has come yet."""
        return self.cycle is None and self._arrived == 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Join the pool."""
        super().connection_made(transport)
        self.changed = time.monotonic()
        if self.held is None:
            self.held = Held(self.client[0] if self.client else "", transport)
            self.pool.add(self.held)
        self.held.protocol = self
        if self._early:
            self.data_received(self._early)

    def connection_lost(self, exc: Exception | None) -> None:
        """Remove the connection from the pool."""
        if self.held is not None:
            self.pool.remove(self.held)
        if self.transport is not None:
            super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what arrives; the first byte of a request starts its time."""
        if self.transport is None:
            self._early += data
            return
        if self._arrived == 0:
            self.changed = time.monotonic()
        self._arrived += len(data)
        super().data_received(data)

    def on_response_complete(self) -> None:
        """Begin to wait for the next request."""
        self.changed, self._arrived = time.monotonic(), 0
        super().on_response_complete()

    def is_late(self, now: float) -> bool:
        """Return whether this connection made the server wait for too long."""
        limits, waited = self.pool.limits, now - self.changed
        if self._reads_too_slowly(now):
            return True
        if self.busy and not self.cycle.more_body:
            return False
        if self.busy:
            return self._sends_too_slowly(now)
        if self.conn.their_state is h11.SEND_BODY:  # answered before its body came: the rest is not awaited
            return waited > limits.header_seconds
        if self._arrived > 0:
            return waited > limits.header_seconds
        if self.silent:
            return waited > limits.silent_seconds
        return waited > (limits.visitor_idle_seconds if self._is_visitors() else limits.idle_seconds)

    def _is_visitors(self) -> bool:
        return self.held is not None and (self.held.visitor is not None or self.held.address in self.pool.exempt)

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        self.changed, self._arrived = time.monotonic(), 0
        scope[ADMIT] = self._admit
        scope[PROXIED] = self.client is not None and self.client[0] in self.pool.exempt

        async def announce(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *self._announced(message["headers"])]}
            await send(message)

        await self.config.loaded_app(scope, receive, announce)

    def _announced(self, there: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """Return the header that tells how long this connection stays; a little less than is true."""
        if any(name.lower() == b"connection" for name, _ in there):
            return []
        if self.held is not None and self.held.closes:
            return [(b"connection", b"close")]
        limits = self.pool.limits
        seconds = limits.visitor_idle_seconds if self._is_visitors() else limits.idle_seconds
        return [(b"keep-alive", b"timeout=%d" % max(1, int(seconds * 0.9)))]

    def _admit(self, visitor: str) -> bool:
        return self.held is None or self.pool.admit(self.held, visitor)

    def _sends_too_slowly(self, now: float) -> bool:
        """Return whether a body comes more slowly than allowed; what we do not read does not count."""
        limits = self.pool.limits
        if self.flow.read_paused:
            self.changed, self._arrived = now, 0
            return False
        if now - self.changed < limits.pace_seconds:
            return False
        if self._arrived < limits.min_bytes_per_second * limits.pace_seconds:
            return True
        self.changed, self._arrived = now, 0
        return False

    def _reads_too_slowly(self, now: float) -> bool:
        """Return whether an answer has waited for its reader, and not one byte of it was taken."""
        unsent = self.transport.get_write_buffer_size()
        if unsent == 0 or unsent != self._unsent:
            self._read_last = now
        self._unsent = unsent
        return unsent > 0 and now - self._read_last > self.pool.limits.unread_seconds


class TlsConnection(asyncio.Protocol):
    """A connection before TLS: it counts from its first moment, and its handshake has little time."""

    def __init__(self, pool: Pool, context: ssl.SSLContext, make: Any) -> None:
        self.pool, self.context, self.make = pool, context, make
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Join the pool and shake hands."""
        assert isinstance(transport, asyncio.Transport)
        transport.pause_reading()  # until the handshake reads
        peer = transport.get_extra_info("peername")
        self.held = Held(peer[0] if peer else "", transport)
        self.pool.add(self.held)
        self._task = asyncio.get_running_loop().create_task(self._shake_hands(transport))

    async def _shake_hands(self, transport: asyncio.Transport) -> None:
        loop, seconds = asyncio.get_running_loop(), self.pool.limits.header_seconds
        protocol: Connection = self.make(self.held)
        try:
            secured = await loop.start_tls(
                transport, protocol, self.context, server_side=True, ssl_handshake_timeout=seconds
            )
        except (OSError, ConnectionError):  # TLS errors are OSErrors
            self.pool.remove(self.held)
            transport.abort()
            return
        if secured is None:  # the connection ended meanwhile
            self.pool.remove(self.held)
            return
        if not secured.is_closing():
            protocol.connection_made(secured)


def protocol_factory(pool: Pool, context: ssl.SSLContext | None) -> Any:
    """Return the protocol factory that uvicorn calls for each connection, for `Config(http=...)`."""

    def factory(
        config: Config, server_state: ServerState, app_state: dict[str, Any], _loop: Any = None
    ) -> asyncio.Protocol:
        def make(held: Held | None = None) -> Connection:
            return Connection(pool, config, server_state, app_state, held)

        return make() if context is None else TlsConnection(pool, context, make)

    return factory


def raise_file_limit(wanted: int) -> int:
    """Raise this process's limit of open files as far as the system admits; return how many connections fit."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return wanted
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    target = wanted + 512 if hard == resource.RLIM_INFINITY else min(hard, wanted + 512)
    if soft != resource.RLIM_INFINITY and soft < target:
        resource.setrlimit(resource.RLIMIT_NOFILE, (target, hard))
        soft = target
    return wanted if soft == resource.RLIM_INFINITY else min(wanted, max(64, soft - 256))

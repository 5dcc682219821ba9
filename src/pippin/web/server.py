"""The HTTP server: uvicorn with connections that are limited in number and time."""

from __future__ import annotations

import os
import ssl
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import uvicorn

from pippin.web.app import service
from pippin.web.connections import Limits, Pool, protocol_factory, raise_file_limit
from pippin.web.self_signed_cert import certificate

if TYPE_CHECKING:
    from pippin.web.server_settings import ServerSettings

LIMITS = Limits()

SWITCH_SECONDS = 0.001  # between threads, so that those at work keep the one that serves from answering less


def server(rules: ServerSettings, host: str, limits: Limits = LIMITS) -> uvicorn.Server:
    """Return a server that is ready to run."""
    fitting = raise_file_limit(limits.max_connections)
    limits = replace(
        limits,
        max_connections=fitting,
        max_strangers=limits.max_strangers * fitting // limits.max_connections,
        max_per_visitor=limits.max_per_visitor if rules.shared else fitting // 2,
    )
    if rules.shared:  # trainings leave the processor to those who wait for an answer
        os.environ.setdefault("PIPPIN_NICENESS", "10")
        sys.setswitchinterval(SWITCH_SECONDS)
    context = None
    if rules.secure:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate(host))
    config = uvicorn.Config(
        service(rules),
        http=protocol_factory(Pool(limits, rules.proxies), context),
        log_level="critical",  # errors are told by the guard, which never waits for the terminal
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=bool(rules.proxies),
        forwarded_allow_ips=list(rules.proxies) or None,
        ws="none",
        timeout_keep_alive=86400,  # the pool closes what is idle
        timeout_graceful_shutdown=2,
        backlog=1024,
    )
    return uvicorn.Server(config)

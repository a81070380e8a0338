"""The dashboard's HTTP server on the program's own event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from fastapi import FastAPI

from call_logs.storage import Check, Checks, Loop, Severity
from hotline.config.config import Config
from hotline.web_limits import HEAD_LIMIT_BYTES, Gate, TimedProtocol

logger = logging.getLogger(__name__)

GOODBYE_S = 3  # event streams never end by themselves
AGAIN_S = 10.0  # how soon an address that could not be had is tried again
IDLE_S = 15  # between two requests of a connection


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: the program has its own shutdown."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Pages:
    """Serves `app` as `[dashboard]` says. An address that cannot be had keeps nobody from
    calling: it is told, and tried again until it can."""

    def __init__(self, app: FastAPI, config: Config, checks: Checks) -> None:
        self._section = config.dashboard
        self._checks = checks
        self._loop = Loop(
            "dashboard",
            self._serve,
            checks=checks,
            every_s=AGAIN_S,
            again_s=(AGAIN_S, AGAIN_S),
            hangs_after_s=None,
            severity=Severity.DEGRADED,
        )
        self._settings = uvicorn.Config(
            app,
            http=TimedProtocol,
            ws="none",
            ssl_certfile=self._section.tls_certificate,
            ssl_keyfile=self._section.tls_key,
            log_config=None,
            timeout_keep_alive=IDLE_S,
            h11_max_incomplete_event_size=HEAD_LIMIT_BYTES,
            timeout_graceful_shutdown=GOODBYE_S,
            server_header=False,
            # Whose X-Forwarded-For is believed: nobody's, unless the configuration names them.
            proxy_headers=bool(self._section.proxies),
            forwarded_allow_ips=[str(network) for network in self._section.proxies],
        )
        self._server: _Server | None = None
        self._gate: Gate | None = None
        self._problem = ""

    @property
    def url(self) -> str:
        scheme = "https" if self._section.tls_certificate else "http"
        listen = self._section.listen
        port = self._gate.getsockname()[1] if self._gate is not None else listen.port
        return f"{scheme}://{listen.host}:{port}"

    def start(self) -> None:
        """Take the address now, when it can be had, and serve in the background."""
        self._listen()
        self._checks.register("dashboard", self._check)
        self._loop.start()

    async def close(self) -> None:
        if self._server is not None:
            self._server.should_exit = True
        try:
            async with asyncio.timeout(GOODBYE_S + 1):
                await self._loop.finish()
        except TimeoutError:
            await self._loop.close()
        if self._gate is not None:
            self._gate.close()

    def _listen(self) -> bool:
        listen = self._section.listen
        try:
            gate = Gate.listening(listen.host, listen.port)
        except OSError as error:
            problem = (
                f"[dashboard] listen = {listen} cannot be used ({error.strerror}): end the program "
                "that holds it or take another port; it is tried again"
            )
            if problem != self._problem:
                logger.error("the dashboard's address cannot be had", extra={"reason": problem})
            self._problem = problem
            return False
        gate.most = self._section.max_connections
        gate.most_of_one = max(1, self._section.max_connections * 3 // 10)
        gate.proxies = self._section.proxies
        self._gate, self._problem = gate, ""
        return True

    async def _serve(self) -> None:
        if self._gate is None and not self._listen():
            return
        gate = self._gate
        assert gate is not None
        self._server = _Server(self._settings)
        try:
            await self._server.serve(sockets=[gate])
        finally:
            gate.close()
            self._gate = None

    def _check(self) -> Check:
        return Check(
            "dashboard", not self._problem, self._problem or f"at {self.url}", Severity.DEGRADED
        )


@asynccontextmanager
async def serving(app: FastAPI, config: Config, checks: Checks) -> AsyncIterator[str]:
    """Serve `app` while the context lasts; yields its address."""
    pages = Pages(app, config, checks)
    pages.start()
    try:
        yield pages.url
    finally:
        await pages.close()

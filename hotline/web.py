"""The dashboard's HTTP server on the program's own event loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from fastapi import FastAPI

from hotline.config import Config, ConfigError, Mistake

GOODBYE_S = 3  # event streams never end by themselves


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: the program has its own shutdown."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(app: FastAPI, config: Config) -> AsyncIterator[str]:
    """Serve `app` as `[dashboard]` says; yields its address.

    Raises:
        ConfigError: the address cannot be bound.
    """
    section = config.dashboard
    address = (section.listen.host, section.listen.port)
    try:
        listening = socket.create_server(address, backlog=128)
    except OSError as error:
        raise ConfigError(
            "[dashboard]",
            (
                Mistake(
                    0,
                    f"[dashboard] listen = {address[0]}:{address[1]} cannot be used "
                    f"({error.strerror}): end the program that holds it or take another port",
                ),
            ),
        ) from error
    server = _Server(
        uvicorn.Config(
            app,
            ssl_certfile=section.tls_certificate,
            ssl_keyfile=section.tls_key,
            log_config=None,
            timeout_graceful_shutdown=GOODBYE_S,
        )
    )
    task = asyncio.create_task(server.serve(sockets=[listening]), name="dashboard")
    try:
        scheme = "https" if section.tls_certificate else "http"
        yield f"{scheme}://{address[0]}:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await asyncio.wait({task}, timeout=GOODBYE_S + 1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        listening.close()

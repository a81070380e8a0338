"""`hotline serve`, but SIGUSR1 makes the part named on the command line hang for good."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import text

from hotline import app
from hotline.config.reading import load_config
from ivr.media import MediaClock

FOREVER_S = 3600.0


def hang_the_loop(_hotline: app.Hotline) -> None:
    time.sleep(FOREVER_S)


def hang_the_sip_thread(hotline: app.Hotline) -> None:
    thread = hotline.endpoint._native._thread  # type: ignore[attr-defined]
    keep(thread.run(lambda: time.sleep(FOREVER_S)))


def hang_the_clock(hotline: app.Hotline) -> None:
    class Stuck:
        bridged = True

        class call:
            id = "stuck"

        def tick(self) -> None:
            task = asyncio.current_task()
            assert task is not None
            task.cancel()

        due_s = 0.0

    CLOCKS[0]._calls["stuck"] = Stuck()
    CLOCKS[0]._wake.set()


def hang_the_store(hotline: app.Hotline) -> None:
    async def hang() -> None:
        async with hotline.store.database.reading() as session:
            connection = await session.connection()
            raw = (await connection.get_raw_connection()).driver_connection
            assert raw is not None
            await raw.create_function("hang", 0, lambda: time.sleep(FOREVER_S))
            with suppress(asyncio.CancelledError):
                await session.execute(text("SELECT hang()"))

    for _ in range(50):  # as many as there may be connections
        keep(hang())


HANGS = {
    "loop": hang_the_loop,
    "sip": hang_the_sip_thread,
    "media": hang_the_clock,
    "store": hang_the_store,
}
CLOCKS: list[Any] = []
_tasks: set[asyncio.Task[Any]] = set()


def keep(coroutine: Any) -> None:
    task = asyncio.get_running_loop().create_task(coroutine)
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


def main(part: str, config: Path) -> None:
    import signal

    original = app.running
    start = MediaClock.start

    def remember(clock: MediaClock) -> None:
        CLOCKS.append(clock)
        start(clock)

    @asynccontextmanager
    async def running(settings: Any) -> AsyncIterator[app.Hotline]:
        async with original(settings) as hotline:
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGUSR1, HANGS[part], hotline)
            yield hotline

    setattr(MediaClock, "start", remember)  # noqa: B010 - mypy knows the class
    setattr(app, "running", running)  # noqa: B010
    asyncio.run(app.run(load_config(config)))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))

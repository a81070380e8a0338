"""A real store for tests of the flow."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from call_logs import Store
from call_logs.recordings import RecordingFiles
from call_logs.storage import Clock, Keys
from tests.ivr.caller import LIMIT_S
from tests.virtual_time import LoopClock, VirtualTimeLoop

REAL_TIME = Path(__file__).parent / "endpoint"  # sockets, and peers in other processes


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    real = item.path.is_relative_to(REAL_TIME)
    return {"real": asyncio.new_event_loop} if real else {"virtual": VirtualTimeLoop}


@asynccontextmanager
async def opened_store(
    folder: Path, keys: Keys | None = None, clock: Clock | None = None, **options: Any
) -> AsyncIterator[Store]:
    """An empty store, or with the same `keys` the one before; a module of many small tests has
    one for all."""
    opened = await Store.open(
        f"sqlite:///{folder / 'hotline.db'}",
        keys=keys or Keys.generate(),
        recordings=RecordingFiles(folder / "recordings"),
        spool=folder / "spool",
        clock=clock or LoopClock(),
        **options,
    )
    opened.roster.ring_together(lambda: ("lift_entrapment", "fire", "gas_leak", "injury"))
    yield opened
    await opened.close()


@pytest.fixture(autouse=True)
def _heard_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person on call may press their key with the first sound that they hear."""
    monkeypatch.setattr("ivr.dispatch.ring.HEARD_S", 0.0)


@pytest.fixture(autouse=True)
def _roster_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine must not ring by the roster of before a test's last change."""
    monkeypatch.setattr("call_logs.roster.reading.CURRENT_WAIT_S", LIMIT_S)


@pytest.fixture
async def store(tmp_path: Path, migrated: Path) -> AsyncIterator[Store]:
    shutil.copy(migrated, tmp_path / "hotline.db")
    async with opened_store(tmp_path) as opened:
        yield opened

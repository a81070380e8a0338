"""A real store for tests of the flow."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from call_logs import Keys, RecordingFiles, Store


@asynccontextmanager
async def opened_store(folder: Path) -> AsyncIterator[Store]:
    """An empty store; a module of many small tests has one for all."""
    opened = await Store.open(
        f"sqlite:///{folder / 'hotline.db'}",
        keys=Keys.generate(),
        recordings=RecordingFiles(folder / "recordings"),
        spool=folder / "spool",
    )
    yield opened
    await opened.close()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened_store(tmp_path) as opened:
        yield opened

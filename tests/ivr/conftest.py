"""A real store for tests of the flow."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from call_logs import Keys, RecordingFiles, Store


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(
        f"sqlite:///{tmp_path / 'hotline.db'}",
        keys=Keys.generate(),
        recordings=RecordingFiles(tmp_path / "recordings"),
        spool=tmp_path / "spool",
    )
    yield opened
    await opened.close()

"""What stands in the clear is gone afterwards, also after a crash."""

from __future__ import annotations

import multiprocessing
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from call_logs.storage import Scratch, StoreError
from call_logs.storage.scratch import KEEP_FREE_BYTES


async def test_nobody_else_may_enter_and_nothing_is_left(tmp_path: Path) -> None:
    home = tmp_path / "exports"
    async with Scratch(home).folder() as folder:
        (folder / "ledger").write_text("13812345678")
        assert folder.stat().st_mode & 0o077 == 0
        assert home.stat().st_mode & 0o077 == 0
    assert list(home.iterdir()) == []


async def test_nothing_is_left_after_an_error(tmp_path: Path) -> None:
    async def write() -> None:
        async with Scratch(tmp_path).folder() as folder:
            (folder / "ledger").write_text("13812345678")
            raise ValueError("half")

    with pytest.raises(ValueError, match="half"):
        await write()
    assert list(tmp_path.iterdir()) == []


def _killed(home: Path) -> None:
    import asyncio
    import os
    import signal

    async def write() -> None:
        async with Scratch(home).folder() as folder:
            (folder / "ledger").write_text("13812345678")
            os.kill(os.getpid(), signal.SIGKILL)

    asyncio.run(write())


async def test_what_a_killed_program_left_goes_and_what_another_makes_stays(
    tmp_path: Path,
) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_killed, args=(tmp_path,))
    process.start()
    process.join(60)
    assert len(list(tmp_path.rglob("ledger"))) == 1

    async with Scratch(tmp_path).folder() as mine:
        await Scratch(tmp_path).sweep()
        assert list(tmp_path.iterdir()) == [mine]


async def test_without_space_for_recordings_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage(NamedTuple):
        free: int

    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(KEEP_FREE_BYTES - 1))
    with pytest.raises(StoreError, match="make space"):
        async with Scratch(tmp_path).folder():
            pass
    assert list(tmp_path.iterdir()) == []


async def test_a_sweep_that_cannot_be_made_keeps_nobody_from_a_start(tmp_path: Path) -> None:
    (tmp_path / "exports").write_text("a file where a folder should be")

    await Scratch(tmp_path / "exports").sweep()

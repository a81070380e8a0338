"""A disk that fills up in the middle of a call: the call goes on, what was keyed is kept, an
orderly stop ends, and the next start has it all."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.program import Program, asked, ended_call
from tests.wire.phone import BaresipPhone

SIZE_MB = 300  # a program with less than 200 MB free calls itself unwell
STOP_S = 40.0
NUMBER = "13600000021"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, which a test may fill."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", str(folder)], check=True
    )
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """A file that leaves not a byte."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    return filler


async def test_a_stop_on_a_full_disk_ends_and_the_ticket_of_the_call_is_there_at_the_next_start(
    small_disk: Path,
) -> None:
    async with Program(small_disk) as program:
        async with program.store() as store, BaresipPhone(user=NUMBER) as phone:
            await phone.dial(program.uri)
            await phone.established()
            await phone.press("2")
            await asked(store, NUMBER, "ask_building")
            filler = fill(small_disk)
            await phone.press("8#")
            await asyncio.sleep(6)  # longer than all short limits of the store
            os.kill(program.pid, signal.SIGTERM)
            assert await program.ended(STOP_S) == 0, program.output()
        filler.unlink()
        await program.start()
        async with program.store() as store:
            record = await ended_call(store, NUMBER)
            ticket = await store.tickets.for_call(record.id)
            assert ticket is not None
            assert ticket.building == "8"


async def test_a_start_on_a_full_disk_answers_calls(small_disk: Path, tmp_path: Path) -> None:
    async with Program(small_disk) as program:
        os.kill(program.pid, signal.SIGTERM)
        assert await program.ended(STOP_S) == 0, program.output()
        fill(small_disk)
        await program.start(well=False, output=tmp_path)
        async with BaresipPhone(user=NUMBER) as phone:
            await phone.dial(program.uri)
            await phone.established()

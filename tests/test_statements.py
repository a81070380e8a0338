"""What databases share in tests is the SQL, not the keys."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from call_logs import Store
from call_logs.recordings import RecordingFiles
from call_logs.storage import KeyProblem, Keys
from call_logs.tickets import NewTicket
from tests import statements


async def opened(folder: Path, migrated: Path, keys: Keys) -> Store:
    folder.mkdir(exist_ok=True)
    if not (folder / "hotline.db").exists():
        shutil.copy(migrated, folder / "hotline.db")
    return await Store.open(
        f"sqlite:///{folder / 'hotline.db'}",
        keys=keys,
        recordings=RecordingFiles(folder / "recordings"),
        spool=folder / "spool",
    )


async def test_a_statement_that_another_store_compiled_seals_with_ones_own_keys(
    tmp_path: Path, migrated: Path
) -> None:
    ours, theirs = Keys.generate(), Keys.generate()
    first = await opened(tmp_path / "first", migrated, theirs)
    await first.tickets.open(NewTicket(text="theirs"))
    second = await opened(tmp_path / "second", migrated, ours)
    compiled = len(statements.shared())
    ticket = await second.tickets.open(NewTicket(text="ours"))
    assert len(statements.shared()) == compiled  # nothing was compiled anew
    await first.close()
    await second.close()

    again = await opened(tmp_path / "second", migrated, ours)
    assert (await again.tickets.get(ticket.id)).text == "ours"
    await again.close()
    with pytest.raises(KeyProblem):
        await opened(tmp_path / "second", migrated, theirs)

"""The first password is found by whoever installs the program, and by nobody after that."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from call_logs import Store
from call_logs.recordings import RecordingFiles
from call_logs.storage import Keys
from call_logs.users import HOTLINE, Role
from hotline.first_login import FirstLogin


async def open_store(folder: Path) -> Store:
    return await Store.open(
        f"sqlite:///{folder / 'hotline.db'}",
        keys=Keys.generate(),
        recordings=RecordingFiles(folder / "recordings"),
        spool=folder / "spool",
    )


async def test_it_is_told_at_once_and_kept_until_an_administrator_signs_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = await open_store(tmp_path)
    try:
        await FirstLogin(store, tmp_path).tell()
        told = capsys.readouterr()
        file = tmp_path / "first-login.txt"
        kept = dict(line.split(": ") for line in file.read_text().splitlines())
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert kept["password"] in told.err
        assert str(file) in told.err
        assert told.out == ""
        await FirstLogin(store, tmp_path).tell()  # a start later
        assert capsys.readouterr().err == ""
        assert file.exists()
        await store.users.add("li", "a long password 1", Role.OPERATOR, HOTLINE)
        await store.users.login("li", "a long password 1")
        assert file.exists()
        await store.users.login(kept["user"], kept["password"])
        assert not file.exists()
    finally:
        await store.close()

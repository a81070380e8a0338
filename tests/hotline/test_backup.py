"""A backup is whole, whatever goes on meanwhile, and brings everything back."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from call_logs import Store
from call_logs.calls import NewCall
from call_logs.storage import Deferred
from call_logs.tickets import NewTicket, TicketFilter, TicketKind
from call_logs.users import HOTLINE
from hotline.backup import Backup, BackupError, backups, make_backup, newest, restore
from hotline.backup_loop import nightly_backup
from hotline.config.config import Config
from hotline.config.sections import BackupSection, HotlineSection
from hotline.storage import open_store
from tests.call_logs.conftest import call_id
from tests.call_logs.recordings.test_writer import RATE_HZ, line
from tests.pictures import PDF, in_pieces

COMMAND = Path(sys.executable).with_name("hotline")


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(
        hotline=HotlineSection(home=tmp_path / "home"),
        backup=BackupSection(folder=tmp_path / "backup"),
    )


def folder_of(config: Config) -> Path:
    assert config.backup.folder is not None
    return config.backup.folder


async def one_call(store: Store, text: str) -> str:
    call = call_id()
    store.calls.begin(NewCall(id=call, caller="13800138000"))
    recording = await store.recordings.create(call, RATE_HZ)
    recording.write(line(1.0), line(1.0))
    await recording.close()
    store.calls.end(call, "remote")
    await store.tickets.open(NewTicket(TicketKind.REPAIR, call_id=call, text=text))
    await store.calls.flush()
    return recording.id


async def test_everything_comes_back_after_the_home_is_lost(config: Config) -> None:
    async with open_store(config) as store:
        recording = await one_call(store, "水管漏水")
    words = config.packs_dir / "zh-CN" / "lexicon.toml"
    words.parent.mkdir(parents=True)
    words.write_text("# a company's own")
    made = await asyncio.to_thread(make_backup, config, folder_of(config))
    assert not list(folder_of(config).rglob("hotline.key"))
    key = config.key_file.read_bytes()
    shutil.rmtree(config.home)
    config.home.mkdir()
    await asyncio.to_thread(restore, config, made.folder)
    config.key_file.write_bytes(key)
    config.key_file.chmod(0o600)
    async with open_store(config) as store:
        (ticket,) = (await store.tickets.list(TicketFilter())).items
        assert ticket.text == "水管漏水"
        with await store.recordings.open(recording) as reader:
            assert reader.pcm() == line(1.0)
    assert words.read_text() == "# a company's own"


async def test_what_was_there_is_kept_beside_it(config: Config) -> None:
    async with open_store(config) as store:
        await one_call(store, "old")
    made = await asyncio.to_thread(make_backup, config, folder_of(config))
    async with open_store(config) as store:
        await one_call(store, "new")
    aside = await asyncio.to_thread(restore, config, made.folder)
    async with open_store(config) as store:
        assert [each.text for each in (await store.tickets.list(TicketFilter())).items] == ["old"]
    with closing(sqlite3.connect(aside / "hotline.db")) as database:
        assert database.execute("SELECT count(*) FROM tickets").fetchone() == (2,)


async def test_a_copy_made_while_calls_are_written_is_of_one_moment(config: Config) -> None:
    async with open_store(config) as store:
        written = 0

        async def write() -> None:
            nonlocal written
            while True:
                call = call_id()
                store.calls.begin(NewCall(id=call))
                with suppress(Deferred):  # a slow disk: it follows
                    await store.tickets.open(NewTicket(TicketKind.REPAIR, call_id=call))
                written += 1

        writing = asyncio.create_task(write())
        copies: list[Backup] = []
        while len(copies) < 3 or written < 4:  # some of them beside a write, however slow the disk
            folder = folder_of(config) / str(len(copies))
            copies.append(await asyncio.to_thread(make_backup, config, folder))
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
    for made in copies:
        with closing(sqlite3.connect(made.folder / "hotline.db")) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            orphans = "SELECT count(*) FROM tickets WHERE call_id NOT IN (SELECT id FROM calls)"
            assert database.execute(orphans).fetchone() == (0,)


async def test_recordings_are_copied_once_and_what_was_purged_goes_there_too(
    config: Config,
) -> None:
    shared = folder_of(config) / "recordings"
    async with open_store(config) as store:
        await one_call(store, "")
        await asyncio.to_thread(make_backup, config, folder_of(config))
        (copy,) = shared.rglob("*.hrec")
        before = copy.stat().st_ino
        await asyncio.to_thread(make_backup, config, folder_of(config))
        assert copy.stat().st_ino == before
        for file in (config.home / "recordings" / "finished").rglob("*.hrec"):
            file.unlink()
        await asyncio.to_thread(make_backup, config, folder_of(config))
    assert list(shared.rglob("*.hrec")) == []


async def test_evidence_is_in_a_backup_and_comes_back(config: Config) -> None:
    async with open_store(config) as store:
        ticket = await store.tickets.open(NewTicket())
        await store.evidence.add(ticket.id, HOTLINE, in_pieces(PDF))
        made = await asyncio.to_thread(make_backup, config, folder_of(config))
    for file in (config.home / "evidence").rglob("*.hevd"):
        file.unlink()
    await asyncio.to_thread(restore, config, made.folder)
    async with open_store(config) as store:
        (evidence,) = await store.evidence.of_ticket(ticket.id, HOTLINE)
        _, reader = await store.evidence.open(ticket.id, evidence.id, HOTLINE)
        assert reader.read(0, 1000) == PDF
        reader.close()


async def test_a_changed_backup_is_refused_and_nothing_is_touched(config: Config) -> None:
    async with open_store(config):
        pass
    made = await asyncio.to_thread(make_backup, config, folder_of(config))
    copy = made.folder / "hotline.db"
    copy.write_bytes(copy.read_bytes()[:-100])
    before = config.database_file.read_bytes()  # type: ignore[union-attr]
    with pytest.raises(BackupError, match="take an older backup"):
        restore(config, made.folder)
    assert config.database_file.read_bytes() == before  # type: ignore[union-attr]
    (made.folder / "backup.json").unlink()
    with pytest.raises(BackupError, match="no whole backup"):
        restore(config, made.folder)


async def test_a_backup_that_was_killed_or_had_no_space_is_none(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_store(config) as store:
        await one_call(store, "")
    folder = folder_of(config)
    part = folder / ".2026-01-01T000000Z.part"
    part.mkdir(parents=True)
    assert newest(folder) is None

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("hotline.backup.shutil.copyfile", full)
        with pytest.raises(BackupError, match="disk has space"):
            make_backup(config, folder)
    assert backups(folder) == ()
    made = make_backup(config, folder)
    assert newest(folder) == made
    assert not part.exists()


async def test_as_many_are_kept_as_asked_for(config: Config) -> None:
    async with open_store(config):
        pass
    folder = folder_of(config)
    made = make_backup(config, folder)
    for days in range(1, 5):
        name = (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H%M%SZ")
        shutil.copytree(made.folder, folder / name)
    shutil.rmtree(made.folder)
    make_backup(config, folder, keep=3)
    assert len(backups(folder)) == 3


async def test_the_nightly_one_is_made_and_its_age_is_told(config: Config) -> None:
    async with open_store(config) as store:
        loop = nightly_backup(store, config)
        found = {check.name: check for check in await store.checks.look()}
        assert not found["backup"].ok
        await loop._work()
        found = {check.name: check for check in await store.checks.look()}
        assert found["backup"].ok
        (made,) = backups(folder_of(config))
        await loop._work()
        assert backups(folder_of(config)) == (made,)
        old = made.made_at - timedelta(hours=40)
        made.folder.rename(made.folder.with_name(old.strftime("%Y-%m-%dT%H%M%SZ")))
        found = {check.name: check for check in await store.checks.look()}
        assert not found["backup"].ok
        assert "40 hours old" in found["backup"].detail


async def test_the_commands_back_up_list_and_restore_while_nobody_runs(tmp_path: Path) -> None:
    file = tmp_path / "hotline.conf"
    file.write_text(f"[hotline]\nlanguages = zh-CN\n[backup]\nfolder = {tmp_path / 'b'}\n")

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [COMMAND, *words, "--config", str(file)],
            env={"PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            input="a long password 1\n",
        )

    assert "nothing to back up" in run("backup").stderr
    assert run("user", "add", "li", "--password-stdin").returncode == 0
    made = run("backup")
    assert made.returncode == 0, made.stderr
    listed = json.loads(run("backups", "--json").stdout)
    assert [row["folder"] for row in listed] == [made.stdout.strip()]
    database = tmp_path / "home" / "hotline.db"
    database.write_bytes(b"damaged" * 1000)
    told = run("tickets")
    assert f"hotline restore {made.stdout.strip()}" in told.stderr
    restored = run("restore", made.stdout.strip())
    assert restored.returncode == 0, restored.stderr
    assert run("tickets").returncode == 0
    assert "already a user li" in run("user", "add", "li", "--password-stdin").stderr


async def test_a_database_on_a_server_is_told_to_be_backed_up_there(config: Config) -> None:
    elsewhere = replace(
        config, database=replace(config.database, url="postgresql+psycopg://h@db/hotline")
    )
    with pytest.raises(BackupError, match="pg_dump"):
        make_backup(elsewhere, folder_of(config))

"""Copies of what the program keeps, made while it runs, and put back in its place.

A backup is a folder of its own: the databases as of one moment, the writes that waited, own
prompts and packs, and a list of what it holds with a digest of each. Recordings are sealed files
that never change, so all backups share one folder of them, which loses what was purged. The key is
not in it: whoever holds both can read everything (docs/data.md).
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from call_logs.storage import SYSTEM_CLOCK
from hotline.config.config import Config
from hotline.version import version

__all__ = ["OLD", "Backup", "BackupError", "backups", "make_backup", "newest", "restore"]

logger = logging.getLogger(__name__)

OLD = timedelta(hours=36)  # a day's backup that failed once is told before the next night
LIST = "backup.json"
RECORDINGS = "recordings"
EVIDENCE = "evidence"
_SEALED = ((RECORDINGS, "*.hrec"), (EVIDENCE, "*.hevd"))  # copied once, beside the backups
_COPIED = ("spool", "prompts", "packs")  # small folders, copied whole
_NAME = "%Y-%m-%dT%H%M%SZ"


class BackupError(Exception):
    """It could not be made or put back; the message says what to do."""


@dataclass(frozen=True)
class Backup:
    """A whole one."""

    folder: Path
    made_at: datetime


def backups(folder: Path) -> tuple[Backup, ...]:
    """The whole ones, newest first."""
    found = []
    for entry in folder.iterdir() if folder.is_dir() else ():
        with suppress(ValueError):
            made_at = datetime.strptime(entry.name, _NAME).replace(tzinfo=UTC)
            if (entry / LIST).is_file():
                found.append(Backup(entry, made_at))
    return tuple(sorted(found, key=lambda each: each.made_at, reverse=True))


def newest(folder: Path) -> Backup | None:
    return next(iter(backups(folder)), None)


def make_backup(config: Config, folder: Path, *, keep: int = 0) -> Backup:
    """Copy everything but the key and the models; blocking, beside a running service or not.

    `keep`: how many stay, the new one included; 0: all.

    Raises:
        BackupError: the disk is full, nothing may be written there, or a copy is not whole.
    """
    file = config.database_file
    if file is None:
        raise BackupError(
            "the database is on a server: back it up there (pg_dump, of the schema `dbos` too), "
            "and copy the recordings' folder"
        )
    if not file.exists():
        raise BackupError(f"there is no database {file} yet: nothing to back up")
    now = SYSTEM_CLOCK.now().replace(microsecond=0)  # as its name says
    while (target := folder / now.strftime(_NAME)).exists():
        now += timedelta(seconds=1)
    part = folder / f".{target.name}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _forget_parts(folder)
        part.mkdir(mode=0o700)
        for database in _databases(file):
            _copy_database(database, part / database.name)
        for name in _COPIED:
            source = config.home / name
            if source.is_dir():
                shutil.copytree(source, part / name, ignore=shutil.ignore_patterns("*.reserve"))
        for name, pattern in _SEALED:
            _copy_sealed(_finished(config, name), folder / name, pattern)
        _write_list(part)
        part.rename(target)
    except (OSError, sqlite3.Error, shutil.Error) as error:
        shutil.rmtree(part, ignore_errors=True)
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise BackupError(
            f"no backup could be made in {folder} ({reason or type(error).__name__}): see that the "
            "disk has space and that this user may write there"
        ) from error
    for old in backups(folder)[keep:] if keep else ():
        shutil.rmtree(old.folder, ignore_errors=True)
    return Backup(target, now)


def restore(config: Config, folder: Path) -> Path:
    """Put a backup in the place of what is there, which is kept beside it; where. Blocking, and
    only while no program has the home.

    Raises:
        BackupError: it is not whole, or something cannot be written.
    """
    file = config.database_file
    if file is None:
        raise BackupError("the database is on a server: restore it there (psql, pg_restore)")
    listed = _read_list(folder)
    for name, digest in listed.items():
        if _digest(folder / name) != digest:
            raise BackupError(f"{folder / name} is not what was backed up: take an older backup")
    aside = config.home / f"before-restore-{SYSTEM_CLOCK.now():{_NAME}}"
    try:
        aside.mkdir(parents=True, mode=0o700)
        for path in _in_the_way(config, file):
            path.rename(aside / path.name)
        for name in listed:
            inside = Path(name)
            target = file.parent / name if inside.parent == Path() else config.home / name
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            shutil.copyfile(folder / name, target)
            target.chmod(0o600)
        for name, pattern in _SEALED:
            _put_back_sealed(folder.parent / name, _finished(config, name), pattern)
    except OSError as error:
        raise BackupError(
            f"the backup could not be put back ({error.strerror}); what was there is in {aside}"
        ) from error
    return aside


def _databases(file: Path) -> Iterator[Path]:
    """Ours, and that of the durable jobs beside it."""
    yield file
    jobs = file.with_name(f"{file.stem}-jobs{file.suffix}")
    if jobs.exists():
        yield jobs


def _copy_database(source: Path, target: Path) -> None:
    """As of one moment, writers or not (https://www.sqlite.org/backup.html); then looked over."""
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=30)) as here,
        closing(sqlite3.connect(target)) as there,
    ):
        target.chmod(0o600)
        here.backup(there)
        (verdict,) = there.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(f"the copy of {source.name} is not whole: {verdict}")
        there.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it


def _copy_sealed(source: Path | None, target: Path, pattern: str) -> None:
    """What is finished and not there yet; and what was purged goes there too. A store elsewhere
    (S3) keeps its own."""
    if source is None:
        return
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    there = {path.relative_to(target) for path in target.rglob(pattern)}
    here = {path.relative_to(source) for path in source.rglob(pattern)}
    for gone in there - here:
        (target / gone).unlink(missing_ok=True)
    # A rotation of the key has sealed what is there anew.
    renewed = {each for each in here & there if _is_newer(source / each, target / each)}
    for new in (here - there) | renewed:
        copy = target / new
        copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = copy.with_suffix(".part")
        with suppress(FileNotFoundError):  # purged in this moment
            shutil.copyfile(source / new, beside)
            beside.replace(copy)


def _is_newer(source: Path, copy: Path) -> bool:
    try:
        return source.stat().st_mtime_ns > copy.stat().st_mtime_ns
    except FileNotFoundError:  # purged in this moment
        return False


def _put_back_sealed(source: Path, target: Path | None, pattern: str) -> None:
    if target is None:
        return
    for path in source.rglob(pattern):
        there = target / path.relative_to(source)
        if not there.exists():
            there.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            shutil.copyfile(path, there)


def _finished(config: Config, name: str) -> Path | None:
    """Where the sealed files of a kind are; None: in a store elsewhere."""
    store = config.recordings_store
    if store is None:
        return config.home / name / "finished"
    if "://" in store:
        return None
    return Path(store) if name == RECORDINGS else Path(store) / name


def _in_the_way(config: Config, file: Path) -> Iterator[Path]:
    for database in _databases(file):
        for path in (database, *(database.with_name(database.name + end) for end in _LOGS)):
            if path.exists():
                yield path
    for name in _COPIED:
        if (config.home / name).exists():
            yield config.home / name


_LOGS = ("-wal", "-shm")


def _write_list(folder: Path) -> None:
    files = {
        str(path.relative_to(folder)): _digest(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    text = json.dumps({"program": version(), "files": files}, indent=1)
    file = folder / LIST
    with file.open("w", encoding="utf-8") as written:
        written.write(text)
        written.flush()
        os.fsync(written.fileno())


def _read_list(folder: Path) -> dict[str, str]:
    try:
        listed = json.loads((folder / LIST).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, LookupError, TypeError):
        raise BackupError(
            f"{folder} is no whole backup: name one of the folders that `hotline backups` shows"
        ) from None
    return dict(listed)


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return ""


def _forget_parts(folder: Path) -> None:
    """What a kill in the middle of a backup has left."""
    for part in folder.glob(".*.part"):
        shutil.rmtree(part, ignore_errors=True)

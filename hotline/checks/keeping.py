"""Whether what is said and written can be kept: disk, key, recordings, database."""

from __future__ import annotations

import asyncio
import shutil
import stat
import tempfile

from hotline.checks.line import on_call
from hotline.checks.probes import existing_parent, folder_problem
from hotline.checks.result import Result, State
from hotline.config.config import Config

# An hour of two-channel mu-law sound is 58 MB: below the first the night's calls may not
# fit, below the second not even the current ones.
DISK_LOW_BYTES = 2_000_000_000
DISK_FULL_BYTES = 200_000_000
STORE_LIMIT_S = 15.0


async def disk(config: Config) -> list[Result]:
    """Whether the home folder can be written and has room."""
    return await asyncio.to_thread(_disk_now, config)


def _disk_now(config: Config) -> list[Result]:
    problem = folder_problem(config.home)
    if problem:
        return [Result("home folder", State.FAIL, problem, "correct home in [hotline]")]
    parent = existing_parent(config.home)
    free = shutil.disk_usage(parent).free
    fact = f"{config.home} has {free / 1e9:.1f} GB free"
    if free < DISK_FULL_BYTES:
        return [Result("home folder", State.FAIL, fact, "make room: recordings no longer fit")]
    if free < DISK_LOW_BYTES:
        mend = "make room, or keep recordings for fewer days ([keep] recordings)"
        return [Result("home folder", State.WARN, fact, mend)]
    try:
        with tempfile.NamedTemporaryFile(dir=parent) as trial:
            trial.write(b"\0" * 4096)
            trial.flush()
    except OSError as error:
        fact = f"{parent} cannot be written: {error.strerror}"
        return [Result("home folder", State.FAIL, fact, "check the disk and its owner")]
    return [Result("home folder", State.OK, f"{fact} and can be written")]


async def key_file(config: Config) -> list[Result]:
    """Whether the master key is there, or will be made."""
    return [await asyncio.to_thread(_key_file_now, config)]


def _key_file_now(config: Config) -> Result:
    from call_logs.storage import KeyProblem, Keys

    path = config.key_file
    database = config.database_file
    if not path.exists() and not (database and database.exists()):
        return Result("key file", State.OK, f"{path} will be made at the first start")
    try:
        Keys.load(path, create=False)
    except KeyProblem as error:
        return Result("key file", State.FAIL, str(error), "see docs/install.md, Backup")
    if not path.exists():
        return Result("key file", State.OK, "the key comes from the environment")
    mode = stat.S_IMODE(path.stat().st_mode)
    return Result("key file", State.OK, f"{path} has mode {mode:o}; keep a copy in a safe place")


async def recordings_store(config: Config) -> list[Result]:
    """Where finished recordings go, when that is not the home folder: a file is tried."""
    if config.recordings_store is None:
        return []
    from call_logs.recordings import RecordingFiles

    files = RecordingFiles(config.home / "recordings", config.recordings_store)
    mend = (
        "recordings stay in the home folder until it can be used: correct store in [recordings], "
        "and its address and secrets in the environment"
    )
    try:
        async with asyncio.timeout(STORE_LIMIT_S):
            await asyncio.to_thread(files.try_store)
    except TimeoutError:
        fact = f"no answer within {STORE_LIMIT_S:.0f} s"
    except Exception as error:
        # Each kind of store has errors of its own, and some of them repeat secrets.
        fact = f"a file cannot be written there ({type(error).__name__})"
    else:
        return [Result("recordings' store", State.OK, "a file was written, read and removed")]
    return [Result("recordings' store", State.FAIL, fact, mend)]


async def database(config: Config) -> list[Result]:
    """Only a database that is there is opened; the first start makes a new one."""
    file = config.database_file
    if file is not None and not file.exists():
        problem = folder_problem(file.parent)
        if problem:
            return [Result("database", State.FAIL, problem, "correct url in [database]")]
        return [Result("database", State.OK, f"{file} will be made at the first start")]
    from call_logs.storage import StoreError
    from hotline.storage import open_store

    try:
        async with open_store(config, node="doctor") as store:
            health = await store.health()
            roster = await store.roster.current()
    except StoreError as error:
        return [Result("database", State.FAIL, str(error), "see docs/install.md, Database")]
    except OSError as error:
        fact = f"not reachable: {error.strerror or type(error).__name__}"
        return [Result("database", State.FAIL, fact, "start the database server; check url")]
    results = [
        Result(f"store: {item.name}", State.OK if item.ok else State.FAIL, item.detail)
        for item in health.checks
    ]
    return [*results, on_call(roster, config)]

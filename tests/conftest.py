"""What every test has: an environment of its own, and whether it needs the machine to itself."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator, Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import settings
from pwdlib.hashers.argon2 import Argon2Hasher

from tests import statements
from tests.migrated import make_migrated

# The same examples in every run, so that a run tells of the change and not of the dice. Look
# farther with HYPOTHESIS_PROFILE=default now and then. No example is timed: machines are shared.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

# Tests that place calls or drive a browser keep pace with real time: side by side with others
# they would measure the machine and not the program.
REAL_TIME = (
    "tests/system/",
    "tests/urgent/",
    "tests/ivr/endpoint/",
    "tests/dashboard/test_browser.py",
    "tests/dashboard/test_sending.py",
    "tests/hotline/test_serve.py",
    "tests/hotline/test_systemd.py",
)


# They keep a core busy (speech, a browser, a measured leak): with more than two at once on two
# cores the program would fall behind its callers.
BUSY = (
    "tests/dashboard/test_sending.py",
    "tests/system/test_speech.py",
    "tests/urgent/test_leaks.py",
    "tests/urgent/test_spoken.py",
)

# Minutes of downloads, and no call: it runs beside the others.
NOT_REAL_TIME = ("tests/system/test_install_page.py",)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        path = item.path.relative_to(config.rootpath).as_posix()
        if path.startswith(REAL_TIME) and not path.startswith(NOT_REAL_TIME):
            item.add_marker(pytest.mark.wire)
        if path.startswith(BUSY):
            item.add_marker(pytest.mark.busy)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Modules and tests stay: to look for garbage among them takes a second each time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.collect()
        gc.freeze()
        # Each test builds a program and drops it: at Python's own 700 a fifth of the time goes
        # into looking for garbage.
        gc.set_threshold(20_000)


@pytest.fixture(autouse=True, scope="session")
def _statements_are_compiled_once() -> Iterator[None]:
    """For every test its database, but the same statements: see `tests/statements.py`."""
    with pytest.MonkeyPatch.context() as patch:
        statements.share(patch)
        yield


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's HOTLINE_CONFIG or HOTLINE_KEY must not steer a test."""
    for name in [name for name in os.environ if name.startswith("HOTLINE_")]:
        monkeypatch.delenv(name)


# What a caller or a commit waits at most for a slow database. These tests are not about it, and
# must not fail where the machine is busy.
PATIENT = ("tests/dashboard/", "tests/call_logs/")
NOT_PATIENT = ("tests/call_logs/storage/",)
PATIENCE_S = 30.0


@pytest.fixture(autouse=True, scope="module")  # what a module's own fixtures write is meant too
def _a_busy_machine_defers_nothing(request: pytest.FixtureRequest) -> Iterator[None]:
    path = request.path.relative_to(request.config.rootpath).as_posix()
    with pytest.MonkeyPatch.context() as patch:
        if path.startswith(PATIENT) and not path.startswith(NOT_PATIENT):
            patch.setattr("call_logs.storage.database.WRITE_WAIT_S", PATIENCE_S)
            patch.setattr("call_logs.storage.journal.COMMIT_WAIT_S", PATIENCE_S)
            patch.setattr("call_logs.tickets.store.OPEN_WAIT_S", PATIENCE_S)
        yield


@pytest.fixture(autouse=True, scope="session")
def _passwords_are_quick() -> Iterator[None]:
    """On purpose they are slow: a fifth of a second of processor time, and 64 MB. That they are
    stands in `tests/call_logs/users/test_passwords.py`."""
    quick = partial(Argon2Hasher, time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("call_logs.users.passwords.Argon2Hasher", quick)
        yield


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database to copy: migrating one for every test would take minutes."""
    database = tmp_path_factory.mktemp("migrated") / "hotline.db"
    make_migrated(f"sqlite:///{database}")
    return database

"""A real store in a temporary folder, on SQLite and, where a server is installed, PostgreSQL."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from call_logs import Rules, Store
from call_logs.recordings import RecordingFiles
from call_logs.roster import Dialling
from call_logs.storage import Keys
from tests.migrated import make_migrated

OpenStore = Callable[..., Awaitable[Store]]
DIALLING = Dialling("CN", extensions=(r"[1-9]\d{0,3}",))
OUR_RULES = Rules()


def _postgresql_programs() -> Path | None:
    """The newest server that Debian installed, or what is on the path."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = versions[-1] if versions else shutil.which("initdb")
    return Path(found).parent if found else None


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of our own on a Unix socket; gives its URL without the database's name."""
    programs = _postgresql_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed (apt-get install postgresql)")
    # A short path: a socket's may not have more than 107 characters.
    folder = Path(f"/tmp/hotline-pg-{secrets.token_hex(4)}")
    folder.mkdir(mode=0o700)
    user = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root
    if user:
        shutil.chown(folder, user, user)
    data = folder / "data"

    def run(*command: str) -> None:
        subprocess.run(command, user=user, check=True, cwd=folder, capture_output=True, timeout=60)

    run(str(programs / "initdb"), "-D", str(data), "-A", "trust", "-U", "hotline", "-E", "UTF8")
    control = str(programs / "pg_ctl")
    options = f"-k {folder} -c listen_addresses='' -c fsync=off"
    log = str(folder / "log")
    run(control, "-D", str(data), "-o", options, "-l", log, "-w", "start")
    try:
        yield f"postgresql://hotline@/{{name}}?host={folder}"
    finally:
        run(control, "-D", str(data), "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> str:
    """The name of a database there to copy, with all tables."""
    url = new_database(postgresql_server)
    make_migrated(url)
    return url.removeprefix("postgresql://hotline@/").partition("?")[0]


def new_database(server: str, template: str = "template1") -> str:
    name = f"test_{secrets.token_hex(6)}"
    engine = create_engine(
        server.format(name="postgres").replace("postgresql", "postgresql+psycopg", 1),
        isolation_level="AUTOCOMMIT",
    )
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    engine.dispose()
    return server.format(name=name)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, sqlite_url: str) -> str:
    """A database of each kind without a table."""
    if request.param == "sqlite":
        return sqlite_url
    return new_database(request.getfixturevalue("postgresql_server"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A database of each kind, with all tables and nothing in them."""
    if request.param == "sqlite":
        return str(request.getfixturevalue("migrated_sqlite_url"))
    server = request.getfixturevalue("postgresql_server")
    return new_database(server, request.getfixturevalue("postgresql_template"))


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Where no database is yet."""
    return f"sqlite:///{tmp_path}/hotline.db"


@pytest.fixture
def migrated_sqlite_url(tmp_path: Path, sqlite_url: str, migrated: Path) -> str:
    shutil.copy(migrated, tmp_path / "hotline.db")
    return sqlite_url


@pytest.fixture
def keys() -> Keys:
    return Keys.generate()


@asynccontextmanager
async def opener(tmp_path: Path, keys: Keys, url: str) -> AsyncIterator[OpenStore]:
    """Opens stores over one folder; all are closed at the end."""
    async with AsyncExitStack() as stack:

        async def open_store(
            node: str = "main", *, rules: Rules = OUR_RULES, **options: object
        ) -> Store:
            store = await Store.open(
                url,
                keys=keys,
                recordings=RecordingFiles(tmp_path / "recordings"),
                spool=tmp_path / "spool",
                node=node,
                rules=replace(rules, dialling=rules.dialling or DIALLING),
                **options,  # type: ignore[arg-type]
            )
            stack.push_async_callback(store.close)
            return store

        yield open_store


@pytest.fixture
async def open_store(tmp_path: Path, keys: Keys, database_url: str) -> AsyncIterator[OpenStore]:
    async with opener(tmp_path, keys, database_url) as open_it:
        yield open_it


@pytest.fixture
async def open_sqlite_store(
    tmp_path: Path, keys: Keys, migrated_sqlite_url: str
) -> AsyncIterator[OpenStore]:
    async with opener(tmp_path, keys, migrated_sqlite_url) as open_it:
        yield open_it


@pytest.fixture
async def store(open_store: OpenStore) -> Store:
    """An open store, on each kind of database."""
    return await open_store()


@pytest.fixture
async def sqlite_store(open_sqlite_store: OpenStore) -> Store:
    return await open_sqlite_store()


def call_id() -> str:
    return secrets.token_hex(16)

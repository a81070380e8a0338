"""Opening the store as the configuration says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING

from call_logs import Rules, Store
from call_logs.recordings import RecordingFiles
from call_logs.storage import Holder, HomeLock, Keys, StoreDamaged
from call_logs.users import COMMAND_LINE
from call_logs.viewing import PROGRAM, Viewer, looking
from call_logs.webhooks import Egress
from hotline.backup import newest
from hotline.config.config import Config

if TYPE_CHECKING:
    from hotline.categories import SiteCategories

COMMAND_NODE = "command-line"
# Whoever types a command on the machine is in no circle; with a reason the program shows all.
MACHINE = Viewer(COMMAND_LINE)

__all__ = ["as_program", "open_held_store", "open_store", "with_reason"]


@asynccontextmanager
async def with_reason(
    store: Store, reason: str, subject: str, key: object = ""
) -> AsyncIterator[None]:
    """Whoever types a command sees what is confidential inside, when they say why: the access
    log has it before anything is read."""
    if not reason.strip():
        yield
        return
    await store.access.add(COMMAND_LINE.name, "opened", subject, key, reason=reason.strip())
    with looking(PROGRAM):
        yield


@asynccontextmanager
async def as_program() -> AsyncIterator[None]:
    """Inside nothing is kept back from a command, which shows nothing of what was said."""
    with looking(PROGRAM):
        yield


@asynccontextmanager
async def open_held_store(config: Config) -> AsyncIterator[Store]:
    """The store for the service: nobody else has its home or is its node meanwhile.

    Raises:
        Taken: another program has the home, or is the node.
        StoreError: see `open_store`.
    """
    node = config.hotline.node
    home = HomeLock(config.home)
    await home.acquire(Holder(node))  # before anything in it is opened, or migrated
    try:
        async with open_store(config, node=node) as store:
            await store.lease.acquire(home)
            yield store
    finally:
        home.release()


@asynccontextmanager
async def open_store(config: Config, *, node: str = "main") -> AsyncIterator[Store]:
    """The store, migrated to the newest schema; closed at the end.

    A command line beside a running service takes a `node` of its own: it then
    carries out no requests that are meant for the service.

    Raises:
        StoreError: no database, no key, or data of a newer version.
    """
    config.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    keys = Keys.load(config.key_file, create=not _holds_data(config))
    files = RecordingFiles(config.home / "recordings", store_url=config.recordings_store)
    try:
        store = await Store.open(
            config.database_url,
            keys=keys,
            recordings=files,
            spool=config.home / "spool",
            node=node,
            region=config.hotline.region,
            timezone=config.hotline.timezone.key,
            rules=_rules(config),
        )
    except StoreDamaged as error:
        raise StoreDamaged(f"{error}{_way_back(config)}") from error
    store.roster.ring_together(lambda: _categories(config).ring_at_once)
    store.faults.of_categories(lambda: _categories(config).known)
    try:
        # After it was opened: what goes on in it by itself is the program's.
        with looking(MACHINE) if node == COMMAND_NODE else nullcontext():
            yield store
    finally:
        await store.close()


def _rules(config: Config) -> Rules:
    return Rules(
        deadlines=config.deadline_rules,
        reminders=config.reminder_rules,
        groups=config.group_rules,
        reviews=config.review_rules,
        risks=config.risk_rules,
        news=config.news_rules,
        dialling=config.dialling,
        evidence=config.evidence_rules,
        approve_above=config.casework.approve_above,
        keep=config.keep_rules,
        egress=Egress(config.webhooks.allow, config.webhooks.ca_file),
        privacy=config.privacy_rules,
    )


def _categories(config: Config) -> SiteCategories:
    """Read when they are wanted: most commands have no need of words."""
    from hotline.categories import categories_of

    return categories_of(config)


def _way_back(config: Config) -> str:
    """Which backup to put back, when this program has made one."""
    folder = config.backup.folder
    last = newest(folder) if folder is not None else None
    if last is None:
        return ""
    return f"; the newest backup: hotline restore {last.folder}"


def _holds_data(config: Config) -> bool:
    """A new key beside an old database would open nothing of it and hide the loss."""
    return config.database_file is not None and config.database_file.exists()

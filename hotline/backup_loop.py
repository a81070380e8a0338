"""A backup every night, and what health says of it."""

from __future__ import annotations

import asyncio
import logging

from call_logs import Store
from call_logs.storage import Check, Loop, Severity, in_background
from hotline.backup import OLD, make_backup, newest
from hotline.config.config import Config

__all__ = ["nightly_backup"]

logger = logging.getLogger(__name__)

HOUR = 3  # of the site's clock: the fewest calls
LOOK_EVERY_S = 600.0


def nightly_backup(store: Store, config: Config) -> Loop:
    """Makes one after three at night, or as soon as the program runs again after that."""
    section = config.backup
    assert section.folder is not None
    folder = section.folder
    zone = config.hotline.timezone

    async def work() -> None:
        local = store.clock.now().astimezone(zone)
        due = local.replace(hour=HOUR, minute=0, second=0, microsecond=0)
        last = await asyncio.to_thread(newest, folder)
        if last is not None and (local < due or last.made_at >= due):
            return
        made = await in_background(make_backup, config, folder, keep=section.keep)
        logger.info("a backup was made", extra={"folder": str(made.folder)})

    async def check() -> Check:
        last = await asyncio.to_thread(newest, folder)
        if last is None:
            fact = f"there is none in {folder} yet"
        else:
            age = store.clock.now() - last.made_at
            fact = f"the newest, {last.folder.name}, is {age.total_seconds() / 3600:.0f} hours old"
        ok = last is not None and store.clock.now() - last.made_at < OLD
        mend = "" if ok else ": see the log, and try `hotline backup`"
        return Check("backup", ok, fact + mend, Severity.DEGRADED)

    store.checks.register("backup", check)
    return Loop(
        "backup",
        work,
        checks=store.checks,
        every_s=LOOK_EVERY_S,
        first_s=60.0,  # the start has better things to do
        again_s=(LOOK_EVERY_S, LOOK_EVERY_S),
        hangs_after_s=6 * 3600.0,
        severity=Severity.DEGRADED,
    )

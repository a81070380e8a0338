"""What is done now and then besides telephoning."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

from call_logs import Store
from call_logs.storage import Loop, Severity
from hotline.backup_loop import nightly_backup
from hotline.config.config import Config
from hotline.drills import monthly_drill
from hotline.mail_in.loop import mail_loop
from hotline.written_words import WrittenWords
from ivr.dispatch import Drills

REVIEWS_EVERY_S = 3600.0  # a month's calls are drawn so soon after its end
RISKS_EVERY_S = 60.0  # a new risk is on the page so soon
JOIN_EVERY_S = 60.0  # tickets of one case are joined so soon
PURGE_EVERY_S = 3600.0
PURGE_AGAIN_S = (60.0, PURGE_EVERY_S)


def upkeep(config: Config, store: Store, drills: Drills, told: WrittenWords) -> Iterator[Loop]:
    """The loops of it, not yet started."""
    if config.oncall.keep_drills_days:
        forget = store.dispatches.purge_drills
        yield _purge("drills", store, forget, config.oncall.keep_drills_days)
    if config.backup.folder is not None and config.database_file is not None:
        yield nightly_backup(store, config)
    yield Loop(
        "call reviews",
        store.reviews.draw,
        checks=store.checks,
        every_s=REVIEWS_EVERY_S,
        hangs_after_s=PURGE_EVERY_S,
        severity=Severity.DEGRADED,
    )
    yield Loop(
        "risks",
        store.risks.look,
        checks=store.checks,
        every_s=RISKS_EVERY_S,
        hangs_after_s=PURGE_EVERY_S,
        severity=Severity.DEGRADED,
    )
    if config.groups.join_at:
        yield Loop(
            "cases of several owners",
            store.groups.join_alike,
            checks=store.checks,
            every_s=JOIN_EVERY_S,
            severity=Severity.DEGRADED,
        )
    if (mails := mail_loop(store, config, told)) is not None:
        yield mails
    if config.oncall.drill == "monthly":
        yield monthly_drill(store, drills, config.hotline.timezone, config.hotline.region)


def _purge(what: str, store: Store, purge: Callable[[int], Awaitable[int]], keep_days: int) -> Loop:
    """Destroys what is older than the configuration keeps it."""
    return Loop(
        f"purge of {what}",
        lambda: purge(keep_days),
        checks=store.checks,
        every_s=PURGE_EVERY_S,
        again_s=PURGE_AGAIN_S,
        hangs_after_s=PURGE_EVERY_S,
        severity=Severity.DEGRADED,
    )

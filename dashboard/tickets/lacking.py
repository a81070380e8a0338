"""What a hotline cannot do without: people to ring, a trunk to be called by, a speech model.
Each that lacks is one sentence on the first page, with what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from call_logs.storage import StoreBusy
from call_logs.users import Permission
from dashboard.web.signin import Login
from dashboard.web.site import Site
from dashboard.web.texts import N_

__all__ = ["Lack", "lacking"]


@dataclass(frozen=True)
class Lack:
    """Message ids of what lacks and of what to do; `link` leads there.
    `languages`: their codes, for the messages that name them."""

    fact: str
    mend: str
    link: str = ""
    languages: tuple[str, ...] = ()


async def lacking(site: Site, login: Login) -> tuple[Lack, ...]:
    """What lacks, the worst first; empty when all is there."""
    return (*_trunks(site), *await _roster(site, login), *_models(site))


def _trunks(site: Site) -> Iterator[Lack]:
    if site.trunks is None:
        return
    trunks = site.trunks()
    if not trunks:
        yield Lack(
            N_("No trunk is configured: nobody can call the hotline."),
            N_("Write one into the configuration ([trunk NAME]) and start the program again."),
        )
    elif not any(trunks.values()):
        yield Lack(
            N_("No trunk can be reached: nobody can call the hotline now."),
            N_("Check network, server and password of the trunk; “hotline doctor” tells why."),
        )


async def _roster(site: Site, login: Login) -> tuple[Lack, ...]:
    try:
        roster = await site.store.roster.current()
    except StoreBusy:
        return ()  # the page says elsewhere that the store is away
    if any(person.active and person.contacts for person in roster.people):
        return ()
    fact = N_("The roster is empty: in an emergency nobody is rung.")
    if login.may(Permission.MANAGE_ROSTER):
        return (Lack(fact, N_("Enter people with their numbers, or import a file."), "/roster"),)
    return (Lack(fact, N_("Ask a manager to enter people with their numbers."), "/oncall"),)


def _models(site: Site) -> Iterator[Lack]:
    if site.speech is None:
        return
    loaded = {status.language for status in site.speech()}
    missing = tuple(each for each in site.settings.languages if each not in loaded)
    if missing:
        yield Lack(
            N_("No speech model for %(languages)s: callers are recorded, but not understood."),
            N_("Have “hotline models install” run for %(codes)s; keys work all the same."),
            languages=missing,
        )

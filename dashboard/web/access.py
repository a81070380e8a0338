"""The access log: who looked at, or listened to, what."""

from __future__ import annotations

from dashboard.web.signin import Login
from dashboard.web.site import Site


async def note_access(
    site: Site,
    login: Login,
    action: str,
    subject: str,
    key: object = "",
    *,
    again: bool = False,
) -> None:
    """Write down that somebody did `action` (looked, listened, listed) with a `subject`.

    `again` is for what a page or a program asks for over and over (a refreshed part, a piece
    of a recording): within `site.ACCESS_S` that is one line.
    """
    first = site.accesses.first(login.user.name, login.source, action, subject, str(key))
    if first or not again:
        await site.store.access.add(login.user.name, action, subject, key, source=login.source)

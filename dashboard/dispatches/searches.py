"""The searches for a person of one ticket, and the urgent tickets that nobody has taken."""

from __future__ import annotations

from collections.abc import Mapping

from call_logs.calls import ANY_NODE, RequestAction
from call_logs.dispatches import AcknowledgedVia, Acknowledgement, Dispatch
from call_logs.storage import NotFound, StoreBusy
from dashboard.dispatches.timeline import DispatchView
from dashboard.web.signin import Login
from dashboard.web.site import Site

__all__ = [
    "DispatchView",
    "names_of",
    "search_of",
    "searches",
    "take",
]


async def names_of(site: Site) -> Mapping[str, str]:
    """Names of people by their ids; empty when the roster cannot be read now: ids are
    shown then, and the page still comes."""
    try:
        roster = await site.store.roster.current()
    except StoreBusy:
        return {}
    return {person.id: person.name for person in roster.people}


async def searches(site: Site, ticket_id: int) -> tuple[DispatchView, ...]:
    """Every search of a ticket, newest first."""
    dispatches = await site.store.dispatches.for_ticket(ticket_id)
    if not dispatches:
        return ()
    names = await names_of(site)
    return tuple([await _search(site, each, names) for each in reversed(dispatches)])


async def search_of(site: Site, dispatch_id: str, ticket_id: int | None = None) -> DispatchView:
    """One search, of `ticket_id` when it is given.

    Raises:
        NotFound: there is none, or it is another ticket's.
    """
    dispatch = await site.store.dispatches.get(dispatch_id)
    if ticket_id is not None and dispatch.ticket_id != ticket_id:
        raise NotFound("this ticket has no such dispatch")
    return await _search(site, dispatch, await names_of(site))


async def _search(site: Site, dispatch: Dispatch, names: Mapping[str, str]) -> DispatchView:
    return DispatchView(
        dispatch,
        await site.store.dispatches.attempts(dispatch.id),
        await site.store.dispatches.timeline(dispatch.id),
        names,
    )


async def take(site: Site, login: Login, dispatch_id: str) -> Acknowledgement:
    """`login`'s user says that they have it, and the running program hears of it once."""
    me = login.actor
    answer = await site.store.dispatches.acknowledge(dispatch_id, me, AcknowledgedVia.DASHBOARD)
    taken = answer.dispatch
    if taken.acknowledged_by == me.name:
        await site.store.requests.add(
            RequestAction.END_SEARCH,
            ANY_NODE,
            {"dispatch": taken.id},
            actor=me,
            ticket_id=taken.ticket_id,
            key=f"end {taken.id} {taken.acknowledged_at}",
        )
    return answer

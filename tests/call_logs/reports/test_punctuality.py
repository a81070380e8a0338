"""Whether a deadline was kept, at every order of moments."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from call_logs import Store
from call_logs.reports import Deadline, Outcome, outcome
from call_logs.tickets import NewTicket, Ticket, TicketKind


@pytest.fixture
async def ticket(sqlite_store: Store) -> Ticket:
    return await sqlite_store.tickets.open(NewTicket(TicketKind.REPAIR))


@pytest.mark.parametrize(
    ("deadline", "moment", "due"),
    [
        (Deadline.ACKNOWLEDGE, "acknowledged_at", "acknowledge_due_at"),
        (Deadline.ON_SITE, "on_site_at", "on_site_due_at"),
        (Deadline.ON_SITE, "resolved_at", "on_site_due_at"),
        (Deadline.FEEDBACK, "feedback_at", "feedback_due_at"),
        (Deadline.FEEDBACK, "closed_at", "feedback_due_at"),
    ],
)
def test_it_is_kept_up_to_its_last_moment(
    ticket: Ticket, deadline: Deadline, moment: str, due: str
) -> None:
    last = getattr(ticket, due)
    later = last + timedelta(days=30)

    assert outcome(replace(ticket, **{moment: last}), deadline, later) is Outcome.KEPT
    late = replace(ticket, **{moment: last + timedelta(seconds=1)})
    assert outcome(late, deadline, later) is Outcome.MISSED


@pytest.mark.parametrize("deadline", Deadline)
def test_what_is_not_met_is_pending_until_its_time_is_over(
    ticket: Ticket, deadline: Deadline
) -> None:
    due = getattr(ticket, f"{deadline}_due_at")

    assert outcome(ticket, deadline, due) is Outcome.PENDING
    assert outcome(ticket, deadline, due + timedelta(seconds=1)) is Outcome.MISSED

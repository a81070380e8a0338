"""Without anybody to be rung a caller in danger hears what is true, and nothing is lost."""

from __future__ import annotations

import pytest

from call_logs import Store
from call_logs.dispatches import DispatchStatus
from tests.ivr.exchange import site, until

UNTRUE = {"emergency_calling", "dispatch_nobody", "dispatch_still_trying", "dispatch_trying"}


@pytest.mark.parametrize("spoken", [True, False])
async def test_he_hears_that_nobody_can_be_called_and_what_to_do(
    store: Store, spoken: bool
) -> None:
    async with site(store) as at:
        if spoken:
            at.caller.hit("fire", 0.95)
        else:
            at.caller.press("1")
        await until(lambda: "ask_building" in at.caller.heard)
        heard = at.caller.heard
        assert "dispatch_no_people" in heard
        assert not UNTRUE & set(heard)
        if spoken:
            assert heard.index("advice_fire") < heard.index("call_119")
        ticket = await at.caller.ticket()
        assert ticket is not None
        (dispatch,) = await store.dispatches.for_ticket(ticket.id)
        assert dispatch.status is DispatchStatus.UNANSWERED
        assert at.followed_up == [dispatch.id]  # which rings as soon as there is a roster
        assert at.exchange.rung == []

"""Every legal and illegal move of a call."""

from __future__ import annotations

from itertools import product

import pytest

from ivr.endpoint import (
    TRANSITIONS,
    Call,
    CallEvent,
    CallState,
    CloseReason,
    DialFailed,
    Direction,
    KeyPressed,
    StateChanged,
)
from ivr.endpoint.call_base import CallBase, IllegalTransition
from ivr.endpoint.status import reason_of_status

PATHS = {
    CallState.INCOMING: (Direction.INBOUND, ()),
    CallState.OUTGOING: (Direction.OUTBOUND, ()),
    CallState.RINGING: (Direction.OUTBOUND, (CallState.RINGING,)),
    CallState.ESTABLISHED: (Direction.INBOUND, (CallState.ESTABLISHED,)),
    CallState.CLOSED: (Direction.INBOUND, (CallState.CLOSED,)),
}


class PlainCall(CallBase):
    """A call of no stack."""

    async def answer(self) -> None: ...
    async def hangup(self) -> None: ...
    async def transfer(self, target: str) -> None: ...
    async def attended_transfer(self, other: Call) -> None: ...
    async def _refuse(self, code: int) -> None: ...
    async def _send_keys(self, keys: str) -> None: ...
    def _end_as(self, reason: CloseReason) -> None: ...
    def _put_question(self) -> None: ...

    def _offers_events(self) -> bool:
        return True

    def _reported_at(self) -> float:
        return 0.0


def call_in(state: CallState) -> CallBase:
    direction, path = PATHS[state]
    call = PlainCall(direction=direction, trunk="pbx", caller="1", callee="2")
    for step in path:
        call._move(step, CloseReason.REMOTE if step is CallState.CLOSED else None)
    assert call.state is state
    return call


@pytest.mark.parametrize(("before", "after"), list(product(CallState, CallState)))
def test_a_call_moves_as_the_table_says_and_no_other_way(
    before: CallState, after: CallState
) -> None:
    call = call_in(before)
    if after in TRANSITIONS[before]:
        call._move(after, CloseReason.LOCAL if after is CallState.CLOSED else None)
        assert call.state is after
        return
    with pytest.raises(IllegalTransition):
        call._move(after)
    assert call.state is before


def test_a_listener_that_fails_does_not_keep_the_news_from_others() -> None:
    call = call_in(CallState.INCOMING)
    seen: list[CallEvent] = []

    def broken(event: CallEvent) -> None:
        raise RuntimeError("broken")

    call.subscribe(broken)
    call.subscribe(seen.append)
    call._move(CallState.ESTABLISHED)
    assert seen == [StateChanged(CallState.ESTABLISHED)]


def test_after_unsubscribing_nothing_comes() -> None:
    call = call_in(CallState.INCOMING)
    seen: list[CallEvent] = []
    stop = call.subscribe(seen.append)
    stop()
    stop()
    call._press("1")
    assert seen == []


@pytest.mark.parametrize("key", ["", "E", "12", "\u0661", "R"])
def test_what_is_no_key_is_not_reported(key: str) -> None:
    call = call_in(CallState.ESTABLISHED)
    seen: list[CallEvent] = []
    call.subscribe(seen.append)
    call._press(key)
    call._press("#")
    assert seen == [KeyPressed("#")]


async def test_waiting_for_a_call_that_failed_raises_why() -> None:
    call = call_in(CallState.OUTGOING)
    call._move(CallState.CLOSED, CloseReason.BUSY, 486)
    with pytest.raises(DialFailed) as failure:
        await call.wait_established()
    assert (failure.value.reason, failure.value.sip_code) == (CloseReason.BUSY, 486)
    await call.wait_closed()


def test_a_call_shows_no_number() -> None:
    call = PlainCall(direction=Direction.INBOUND, trunk="pbx", caller="13800001234", callee="4001")
    assert "13800001234" not in repr(call)
    assert "4001" not in repr(call)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (486, CloseReason.BUSY),
        (603, CloseReason.DECLINED),
        (403, CloseReason.DECLINED),  # behind a PBX
        (599, CloseReason.FAILED),
    ],
)
def test_a_status_has_a_meaning(status: int, reason: CloseReason) -> None:
    assert reason_of_status(status) is reason

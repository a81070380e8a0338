"""Every call that came in has an end in the log, whatever the stack does."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

from call_logs import CallFilter, Store
from ivr.endpoint import EndpointError
from ivr.line import Line, LineSettings
from ivr.media import MediaClock
from ivr.reach import Nobody
from ivr.session import Urgency
from tests.ivr.caller import ZONE
from tests.ivr.fakes import FakeCall


class StubbornCall(FakeCall):
    """The stack refuses to end it."""

    async def hangup(self) -> None:
        raise EndpointError("the command queue of the stack is full")


async def test_a_call_that_cannot_be_hung_up_still_ends_in_the_log(store: Store) -> None:
    call = StubbornCall(established=False)
    call.hang_up()  # the caller was gone before anybody answered
    handlers: list[object] = []
    line = Line(
        LineSettings("zh-CN", ZONE, Urgency(frozenset(), 0.8, 0.5, frozenset())),
        endpoint=SimpleNamespace(on_incoming=handlers.append, calls={}),  # type: ignore[arg-type]
        store=store,
        clock=MediaClock(),
        languages={},
        models=lambda language: None,
        listeners=SimpleNamespace(),  # type: ignore[arg-type]
        reach=Nobody(),
        on_finished=lambda call_id: asyncio.sleep(0),
    )
    line.start()
    handlers[0](call)  # type: ignore[operator]
    await line.close()
    await store.calls.flush()
    (record,) = (await store.calls.list(CallFilter())).items
    assert record.ended_at is not None
    assert record.end_reason == "remote"
    assert store.live.snapshot() == ()

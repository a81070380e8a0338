"""Every call that came in has an end in the log, whatever the stack does."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

from call_logs import ANY_NODE, CallFilter, RecordingStatus, Request, RequestAction, Store
from ivr.endpoint import EndpointError
from ivr.line import Line, LineSettings
from ivr.media import MediaClock
from ivr.reach import Nobody
from ivr.session import Language, Urgency
from tests.ivr.caller import ZONE, quick_lexicon, quick_pack
from tests.ivr.fakes import RATE_HZ, FakeCall, FakePhrasebook


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


class HastyCall(FakeCall):
    """He hangs up in the breath in which he is answered (ACK and BYE back to back)."""

    async def answer(self) -> None:
        self.establish()
        self.hang_up()


async def test_who_hangs_up_in_the_breath_of_the_answer_was_answered_and_leaves_a_sealed_recording(
    store: Store,
) -> None:
    call = HastyCall(established=False)
    pack = quick_pack()
    language = Language(pack, FakePhrasebook(), quick_lexicon(pack.lexicon_path))  # type: ignore[arg-type]
    handlers: list[object] = []
    clock = MediaClock()
    line = Line(
        LineSettings("zh-CN", ZONE, Urgency(frozenset(), 0.8, 0.5, frozenset())),
        endpoint=SimpleNamespace(on_incoming=handlers.append, calls={}),  # type: ignore[arg-type]
        store=store,
        clock=clock,
        languages={"zh-CN": language},
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
    assert record.end_reason == "remote"
    assert record.answered_at is not None
    (recording,) = await store.recordings.for_call(call.id)
    assert (recording.status, recording.rate_hz) == (RecordingStatus.SEALED, RATE_HZ)
    with await store.recordings.open(recording.id) as reader:
        assert (reader.complete, reader.duration_s, reader.pcm()) == (True, 0.0, b"")


async def test_a_request_that_cannot_be_carried_out_keeps_no_other_from_it(store: Store) -> None:
    asked: list[Request] = []
    both = asyncio.Event()

    def on_request(request: Request) -> None:
        asked.append(request)
        if len(asked) == 1:
            raise KeyError("policy")
        both.set()

    line = Line(
        LineSettings("zh-CN", ZONE, Urgency(frozenset(), 0.8, 0.5, frozenset())),
        endpoint=SimpleNamespace(on_incoming=lambda handler: None, calls={}),  # type: ignore[arg-type]
        store=store,
        clock=MediaClock(),
        languages={},
        models=lambda language: None,
        listeners=SimpleNamespace(),  # type: ignore[arg-type]
        reach=Nobody(),
        on_finished=lambda call_id: asyncio.sleep(0),
        on_request=on_request,
    )
    for _ in range(2):
        await store.requests.add(RequestAction.DRILL, ANY_NODE)
    line.start()
    async with asyncio.timeout(10):
        await both.wait()
    await line.close()

"""Every call that came in has an end in the log; who calls hears what is known of them only
where the trunk vouches for their number."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace

import numpy as np
import pytest

from call_logs import Store
from call_logs.calls import ANY_NODE, CallEventKind, CallFilter, Request, RequestAction
from call_logs.owners import Owner
from call_logs.recordings import RecordingStatus
from call_logs.roster import Address, KnownLine
from call_logs.roster.reading import CURRENT_WAIT_S
from call_logs.tickets import NewTicket, TicketKind
from call_logs.users import HOTLINE
from ivr.call.language import Language
from ivr.call.nobody import Nobody
from ivr.call.opening import CallSettings
from ivr.call.session import Urgency
from ivr.endpoint import CallState, EndpointError, NotSupported
from ivr.media.call_media import MediaClock
from ivr.packs.phrasebook import Prompt
from ivr.service import CallService, _send_keys
from tests.ivr.caller import LIMIT_S, ZONE, Caller, quick_lexicon, quick_pack
from tests.ivr.fakes import RATE_HZ, FakeCall, FakePhrasebook
from tests.people import person


class StubbornCall(FakeCall):
    """The stack refuses to end it."""

    async def hangup(self) -> None:
        raise EndpointError("the command queue of the stack is full")


async def test_a_call_that_cannot_be_hung_up_still_ends_in_the_log(store: Store) -> None:
    call = StubbornCall(established=False)
    call.hang_up()  # the caller was gone before anybody answered
    handlers: list[object] = []
    line = CallService(
        CallSettings("zh-CN", ZONE, Urgency(frozenset(), 0.8, 0.5, frozenset())),
        endpoint=SimpleNamespace(on_incoming=handlers.append, calls={}),
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
    """They hang up in the breath in which they are answered (ACK and BYE back to back)."""

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
    line = CallService(
        CallSettings("zh-CN", ZONE, Urgency(frozenset(), 0.8, 0.5, frozenset())),
        endpoint=SimpleNamespace(on_incoming=handlers.append, calls={}),
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

    line = CallService(
        CallSettings("zh-CN", ZONE, Urgency(frozenset(), 0.8, 0.5, frozenset())),
        endpoint=SimpleNamespace(on_incoming=lambda handler: None, calls={}),
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
        await store.requests.add(RequestAction.DRILL, ANY_NODE, actor=HOTLINE)
    line.start()
    async with asyncio.timeout(10):
        await both.wait()
    await line.close()


HOME = Owner("+8613800138000", "张三", Address(building="3", unit="2", room="1502"))


@asynccontextmanager
async def served(store: Store, call: FakeCall) -> AsyncIterator[FakePhrasebook]:
    """A call that the line has taken, on a wire that is faster than life."""
    book, clock, pack = FakePhrasebook(), MediaClock(), quick_pack()
    language = Language(pack, book, quick_lexicon(pack.lexicon_path))  # type: ignore[arg-type]
    handlers: list[Callable[[FakeCall], None]] = []
    line = CallService(
        CallSettings("zh-CN", ZONE, Urgency(frozenset(), 0.8, 0.5, frozenset())),
        endpoint=SimpleNamespace(on_incoming=handlers.append, calls={}),
        store=store,
        clock=clock,
        languages={"zh-CN": language},
        models=lambda language: None,
        listeners=SimpleNamespace(),  # type: ignore[arg-type]
        reach=Nobody(),
        on_finished=lambda call_id: asyncio.sleep(0),
    )

    async def time_passes() -> None:
        while True:
            call.pass_time(200)
            await asyncio.sleep(0.01)

    wire = asyncio.create_task(time_passes())
    clock.start()
    line.start()
    handlers[0](call)
    yield book
    call.hang_up()
    await line.close()
    wire.cancel()
    await clock.close()
    await store.calls.flush()


async def said(book: FakePhrasebook, *names: str) -> str:
    """Wait until one of the prompts is said; which one."""
    async with asyncio.timeout(20):
        while True:
            heard = [each.name for each in book.said if isinstance(each, Prompt)]
            if found := next((name for name in heard if name in names), ""):
                return found
            await asyncio.sleep(0.01)


async def looked_up(store: Store, call: FakeCall) -> None:
    """Wait until the owner of the number has been found."""
    async with asyncio.timeout(20):
        while True:
            await store.calls.flush()
            if any(e.kind is CallEventKind.PLACE for e in await store.calls.events(call.id)):
                return
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("verified", [False, True])
async def test_a_caller_hears_the_address_of_his_number_only_where_the_trunk_vouches_for_it(
    store: Store, verified: bool
) -> None:
    await store.directory.save(HOME, person("admin"))
    call = FakeCall(established=False)
    call.vouched(verified)
    async with served(store, call) as book:
        await said(book, "main_menu")
        await looked_up(store, call)
        call.press("2")
        first = await said(book, "read_back_place", "ask_building")
        assert first == ("read_back_place" if verified else "ask_building")
        call.press("" if verified else "8#")
        await said(book, "callback_caller")
        call.press("1")
        await said(book, "message_instruction")
    spoken = [str(each) for each in book.said]
    assert any("1502" in each for each in spoken) is verified
    ticket = await store.tickets.for_call(call.id)
    assert ticket is not None
    assert (ticket.building, ticket.room) == (("3", "1502") if verified else ("8", ""))


async def test_who_looks_after_a_ticket_sees_where_the_owner_of_the_number_lives(
    store: Store,
) -> None:
    await store.directory.save(HOME, person("admin"))
    call = FakeCall(established=False)
    async with served(store, call) as book:
        await said(book, "main_menu")
        await looked_up(store, call)
        call.press("2")
        await said(book, "ask_building")
        call.press("3#")  # the same building: the rest is likely theirs too
        await said(book, "ask_unit")
        assert not any("1502" in str(each) for each in book.said)
    ticket = await store.tickets.for_call(call.id)
    assert ticket is not None
    assert (ticket.building, ticket.unit, ticket.room) == ("3", "2", "1502")


async def test_an_alarm_line_that_wants_a_key_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ivr.service.ANSWER_KEYS_AFTER_S", 0.0)
    monkeypatch.setattr("ivr.service.PAUSE_S", 0.0)
    call = FakeCall()
    await _send_keys(call, ",1,#")
    assert call.keys_sent == "1#"


async def test_a_line_that_takes_no_keys_is_told_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("ivr.service.ANSWER_KEYS_AFTER_S", 0.0)

    class Keyless(FakeCall):
        async def send_keys(self, keys: str) -> None:
            raise NotSupported("the peer takes no keys by RFC 4733")

    await _send_keys(Keyless(), "1")
    assert "takes no keys" in caplog.text


async def test_a_busy_tone_ends_the_call_but_never_in_an_emergency(store: Store) -> None:
    tone = (8000 * np.sin(2 * np.pi * 450 * np.arange(2800) / 8000)).astype(np.int16).tobytes()
    busy = (tone + bytes(5600)) * 12
    for armed in (True, False):
        async with Caller(store) as caller:
            session = caller.session
            session.conversation.armed = armed
            line = _a_line(store)
            hear = line._watch_for_tones(session, session.conversation.media)
            for start in range(0, len(busy), 1600):
                hear(busy[start : start + 1600])
            await asyncio.sleep(0.05)
            assert (caller.call.state is CallState.CLOSED) is armed
            assert session.dead_line == ("busy_tone" if armed else "")
        await store.calls.flush()
        assert await caller.ticket() is None


@pytest.mark.parametrize(("key", "is_test"), [("9", True), ("1", False), ("", False)])
async def test_a_lines_test_call_is_known_by_its_key_and_noted(
    store: Store, monkeypatch: pytest.MonkeyPatch, key: str, is_test: bool
) -> None:
    monkeypatch.setattr("ivr.service.TEST_KEY_WAIT_S", LIMIT_S if is_test else 0.2)
    came: list[str] = []

    async def note(line_id: str) -> None:
        came.append(line_id)

    monkeypatch.setattr(store.line_tests, "came", note)
    async with Caller(store) as caller:
        session = caller.session
        session.line = KnownLine("lift-1", "", Address(lift="1"), trunk="fake", test_key="9")
        looking = asyncio.create_task(_a_line(store)._is_test_call(session))
        await asyncio.sleep(0.05)
        caller.call.press(key)
        assert await looking is is_test
        assert came == (["lift-1"] if is_test else [])


async def test_a_line_without_a_test_key_is_not_kept_waiting(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.service.TEST_KEY_WAIT_S", 100 * LIMIT_S)
    async with Caller(store) as caller:
        caller.session.line = KnownLine("lift-1", "", Address(lift="1"), trunk="fake")
        async with asyncio.timeout(LIMIT_S):
            assert not await _a_line(store)._is_test_call(caller.session)


async def test_a_line_is_found_in_the_last_known_roster_while_the_database_hangs(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.roster.import_toml(
        '[[line]]\nid = "lift-1"\nname = "lift 1"\ncaller = "8001"\nbuilding = "5"\nlift = "1"\n',
        person("test"),
    )
    await store.roster.current()

    @asynccontextmanager
    async def hangs() -> AsyncIterator[None]:
        await asyncio.Event().wait()
        yield

    async with Caller(store, number="8001") as caller:
        with monkeypatch.context() as patch:
            patch.setattr("call_logs.roster.reading.CURRENT_WAIT_S", CURRENT_WAIT_S)
            patch.setattr(store.database, "reading", hangs)
            await _a_line(store)._place_line(caller.session)
        assert caller.session.line is not None
        assert caller.session.line.id == "lift-1"


def _a_line(store: Store) -> CallService:
    return CallService(
        CallSettings("zh-CN", ZONE, Urgency(frozenset(), 0.8, 0.5, frozenset())),
        endpoint=SimpleNamespace(calls={}),
        store=store,
        clock=MediaClock(),
        languages={},
        models=lambda language: None,
        listeners=SimpleNamespace(),  # type: ignore[arg-type]
        reach=Nobody(),
        on_finished=lambda call_id: asyncio.sleep(0),
    )


@pytest.mark.parametrize(
    ("keys", "reached", "missed"),
    [
        ("", "main_menu", True),
        ("2", "ask_building", True),
        ("9", "language_zh", True),
        ("28#", "ask_unit", False),
    ],
)
async def test_who_leaves_before_he_has_told_anything_is_a_missed_call_until_somebody_sees_to_it(
    store: Store, keys: str, reached: str, missed: bool
) -> None:
    call = FakeCall(established=False)
    async with served(store, call) as book:
        await said(book, "main_menu")
        call.press(keys)
        await said(book, reached)
    record = await store.calls.get(call.id)
    assert (record.missed, record.waits) == (missed, missed)
    assert (await store.tickets.for_call(call.id) is None) is missed
    assert await store.calls.missed_count() == int(missed)
    if missed:
        waiting = (await store.calls.list(CallFilter(missed=True))).items
        assert [each.id for each in waiting] == [call.id]
        handled = await store.calls.handle(call.id, person("li"))
        assert (handled.waits, handled.handled_by) == (False, "li")
        assert (await store.calls.handle(call.id, person("wang"))).handled_by == "li"
        assert await store.calls.missed_count() == 0


async def test_a_call_that_was_given_up_before_it_was_answered_is_missed_too(store: Store) -> None:
    call = FakeCall(established=False)
    call.hang_up()
    async with served(store, call):
        await asyncio.sleep(0.1)
    assert (await store.calls.get(call.id)).waits


async def test_a_ticket_that_comes_of_a_missed_call_sees_to_it(store: Store) -> None:
    call = FakeCall(established=False)
    async with served(store, call) as book:
        await said(book, "main_menu")
    await store.tickets.open(NewTicket(TicketKind.OTHER, call_id=call.id, text="楼道灯坏了"))
    assert not (await store.calls.get(call.id)).waits
    assert await store.calls.missed_count() == 0

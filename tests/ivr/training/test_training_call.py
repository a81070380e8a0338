"""A practice menu leaves nothing in the books, and whoever means it is helped at once.

The rows are those of docs/training.md.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from call_logs import Store
from call_logs.calls import CallFilter
from call_logs.storage import StoreBusy
from call_logs.tickets import TicketFilter, valid_number
from ivr.endpoint import CallState
from ivr.packs.phrasebook import Digits, Prompt, Text
from ivr.training.practice_store import PRACTICE_NUMBER
from tests.ivr.caller import LIMIT_S
from tests.ivr.training.school import (
    CODE,
    HOTLINE_NUMBER,
    LIFT,
    OWNER,
    STAFF,
    TRAINING,
    School,
)
from tests.traces import difference, files, rows

# Prompt by prompt: what is keyed once it is said. A repair, from the announcement to the end.
REPAIR = (
    ("training_begins", ""),
    ("main_menu", "2"),
    ("ask_building", "3#"),
    ("ask_unit", "2*1502#"),
    ("read_back_place", ""),  # silence is a yes; two quick ones would call for help
    ("callback_caller", "1"),
    ("message_instruction", ""),
    ("message_nothing_heard", ""),
    ("ticket_number", ""),
    ("goodbye", ""),
    ("training_ticket", ""),
    ("training_general", ""),
)
EMERGENCY = (
    ("training_begins", ""),
    ("main_menu", "1"),
    ("emergency_ask", ""),
    ("training_ring", ""),
    ("ticket_number", ""),
    ("training_urgent", ""),
)
PERSON = (("training_begins", ""), ("main_menu", "0"), ("training_ring", ""))
ENQUIRY = (
    ("training_begins", ""),
    ("main_menu", "4"),
    ("enquiry_ask", f"{PRACTICE_NUMBER}#"),
    ("enquiry_wrong", ""),
)
# Nothing is keyed at the menu: a message, which nobody speaks; and back from a complaint.
SILENCE = (
    ("training_begins", ""),
    ("not_heard", ""),
    ("voicemail_intro", ""),
    ("message_nothing_heard", ""),
    ("training_no_ticket", ""),
)
BACK = (
    ("training_begins", ""),
    ("main_menu", "3"),
    ("complaint_intro", ""),
    ("ask_building", "*"),
    ("main_menu", "5"),
    ("suggestion_intro", ""),
)
WAYS = {
    "silence": SILENCE,
    "back": BACK,
    "repair": REPAIR,
    "emergency": EMERGENCY,
    "person": PERSON,
    "enquiry": ENQUIRY,
}
POINTS = [(way, step) for way, steps in WAYS.items() for step in range(len(steps))]


@pytest.fixture(autouse=True)
def _no_fault(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """The flow goes on after a fault of its own: nobody would see it."""
    yield
    if "fault" not in request.node.name:
        assert [each.message for each in caplog.records if each.levelname == "ERROR"] == []


@asynccontextmanager
async def without_a_trace(store: Store, folder: Path, **settings: object) -> AsyncIterator[School]:
    """Whatever happens inside, the database and the folder are as they were."""
    async with School(store, **settings) as school:
        await store.calls.flush()
        before = rows(folder / "hotline.db"), files(folder)
        yield school
    after = rows(folder / "hotline.db"), files(folder)
    assert difference(before[0], after[0]) == {}
    assert before[1] == after[1]
    assert school.finished == []
    assert school.rung.tickets == []
    assert store.live.snapshot() == ()


async def walked(school: School, way: str, last: int) -> None:
    """Up to the prompt of a step, nothing keyed at it."""
    for step, (prompt, keys) in enumerate(WAYS[way]):
        await school.until(prompt)
        if step == last:
            return
        if keys:
            school.training.call.press(keys)  # type: ignore[attr-defined]


async def test_a_caller_hears_the_whole_way_and_what_would_have_come_of_it(
    store: Store, tmp_path: Path
) -> None:
    async with without_a_trace(store, tmp_path) as school:
        call = school.call()
        await walked(school, "repair", len(REPAIR) - 1)
        await school.until("training_over")
        await school.over(call)
        assert call.state is CallState.CLOSED


async def test_an_emergency_tells_who_would_be_rung_by_name_and_the_number_of_no_ticket(
    store: Store, tmp_path: Path
) -> None:
    async with without_a_trace(store, tmp_path) as school:
        call = school.call()
        await walked(school, "emergency", 2)
        await school.over(call)
        said = school.books["zh-CN"].said
        told = str(said)
        assert str(Text("Wang")) in told
        assert str(Text("Kim")) in told
        assert Prompt("ticket_number", number=Digits(PRACTICE_NUMBER)) in said
        assert school.heard().count("training_ring") == 4  # in its place, and at the end
        assert school.heard()[-1] == "training_over"
        assert not valid_number(PRACTICE_NUMBER)


@pytest.mark.parametrize(("way", "step"), POINTS)
async def test_who_hangs_up_at_any_moment_leaves_nothing(
    store: Store, tmp_path: Path, way: str, step: int
) -> None:
    async with without_a_trace(store, tmp_path) as school:
        call = school.call()
        await walked(school, way, step)
        call.hang_up()
        await school.over(call)


@pytest.mark.parametrize(("way", "step"), POINTS)
async def test_who_presses_the_urgent_key_again_and_again_at_any_moment_is_helped_at_once(
    store: Store, way: str, step: int
) -> None:
    async with School(store) as school:
        call = school.call()
        await walked(school, way, step)
        call.press("1111" if school.training._session.conversation.keying else "11")  # type: ignore[union-attr]
        await school.helped()
        (ticket,) = school.rung.tickets
        assert (ticket.ticket_class, ticket.kind) == ("urgent", "emergency")
        assert (ticket.call_id, ticket.caller, ticket.building) == (call.id, STAFF, "")
        await school.until("training_real")
        assert "emergency_ask" not in school.heard()
        await school.over(call)
    (record,) = (await store.calls.list(CallFilter())).items
    assert record.id == call.id
    assert record.answered_at is not None
    assert school.finished == [call.id]  # it is recorded from there on
    assert len((await store.tickets.list(TicketFilter())).items) == 1


async def test_who_means_it_and_hangs_up_in_the_same_breath_is_helped_all_the_same(
    store: Store,
) -> None:
    async with School(store) as school:
        call = school.call()
        await walked(school, "repair", 1)
        call.press("11")
        call.hang_up()
        await school.helped()
        await school.over(call)
    assert [each.call_id for each in school.rung.tickets] == [call.id]


async def test_words_that_say_so_are_kept_with_what_else_they_say(store: Store) -> None:
    async with School(store) as school:
        school.call()
        await walked(school, "repair", 2)
        school.says("这是真的，三号楼着火了")
        await school.helped()
        assert school.rung.categories == ["fire"]
        assert school.rung.texts == ["这是真的，三号楼着火了"]
        assert school.rung.tickets[0].building == "3"


async def test_what_was_practised_is_no_part_of_the_real_case(store: Store) -> None:
    async with School(store) as school:
        call = school.call()
        await walked(school, "repair", 2)
        school.says("五号楼电梯困人了")
        await school.until("training_ring")
        assert school.rung.tickets == []
        call.press("11")
        await school.helped()
        assert (school.rung.categories, school.rung.texts) == ([""], [""])


async def test_words_that_are_practised_ring_nobody(store: Store, tmp_path: Path) -> None:
    async with without_a_trace(store, tmp_path) as school:
        call = school.call()
        await walked(school, "repair", 1)
        school.says("三号楼着火了")
        await school.until("training_ring")
        await school.until("training_over")
        await school.over(call)


async def test_a_number_with_two_urgent_keys_in_it_is_a_number(
    store: Store, tmp_path: Path
) -> None:
    async with without_a_trace(store, tmp_path) as school:
        call = school.call()
        await walked(school, "repair", 2)
        call.press("11#")
        await school.until("ask_unit")
        call.press("1*1101#")
        await school.until("read_back_place")
        await school.until("callback_caller")
        call.press("2")
        await school.until("callback_enter")
        call.press("13811112345"[:4] + "#")
        await school.until("callback_counted")
        call.hang_up()
        await school.over(call)


async def test_training_is_in_the_language_of_whoever_is_on_the_roster(
    store: Store, tmp_path: Path
) -> None:
    async with without_a_trace(store, tmp_path) as school:
        call = school.call("13900000002")
        await school.until("training_begins", "ko")
        call.press("9")
        await school.until("language_en", "ko")
        call.press("3")
        await school.until("main_menu", "en")
        call.press("0")
        await school.until("training_over", "en")
        await school.over(call)


@pytest.mark.parametrize(
    ("number", "callee", "verified", "settings"),
    [
        (OWNER, TRAINING, True, {}),  # not on the roster
        ("", TRAINING, True, {}),
        (STAFF, HOTLINE_NUMBER, True, {}),  # staff in need call the hotline
        (STAFF, TRAINING, False, {}),  # anybody can write this number
        (STAFF, TRAINING, True, {"numbers": frozenset()}),  # off
        (OWNER, TRAINING, True, {"anyone": True}),  # nobody is let in without a code
    ],
)
async def test_whoever_is_not_let_in_calls_the_hotline_as_ever(
    store: Store, number: str, callee: str, verified: bool, settings: dict[str, object]
) -> None:
    async with School(store, **settings) as school:
        call = school.call(number, callee, verified=verified)
        await school.until("greeting")
        call.press("11")
        await school.helped()
        assert "training_real" not in school.heard()
    (record,) = (await store.calls.list(CallFilter())).items
    assert record.id == call.id


async def test_a_lifts_line_is_never_in_training(store: Store) -> None:
    async with School(store, code=CODE, anyone=True) as school:
        school.call(LIFT)
        await school.helped()
        assert school.rung.categories == ["lift_entrapment"]


@pytest.mark.parametrize(
    ("number", "anyone"), [(STAFF, False), (OWNER, True)], ids=["staff", "anyone"]
)
async def test_the_code_lets_in(store: Store, tmp_path: Path, number: str, *, anyone: bool) -> None:
    async with without_a_trace(store, tmp_path, code=CODE, anyone=anyone) as school:
        call = school.call(number, verified=False)
        await school.until("training_code")
        call.press("999999#")
        await school.until("training_code_wrong")
        call.press(f"{CODE}#")
        await school.until("main_menu")
        call.press("0")
        await school.until("training_over")
        await school.over(call)


async def test_who_does_not_know_the_code_is_told_so_and_has_the_hotline(store: Store) -> None:
    async with School(store, code=CODE) as school:
        call = school.call()
        for _ in range(3):
            await school.until("training_code")
            call.press("135790#")
        await school.until("training_refused")
        await school.until("greeting")
        call.press("2")
        await school.until("ask_building")
    (record,) = (await store.calls.list(CallFilter())).items
    assert record.id == call.id
    assert record.answered_at is not None


async def test_wrong_codes_are_counted_over_all_calls_and_shut_the_door_for_a_day(
    store: Store,
) -> None:
    async with School(store, code=CODE) as school:
        for _ in range(4):
            call = school.call()
            for _ in range(3):
                if school.service._trainings._codes.closed(store.clock.now()):
                    break
                await school.until("training_code")
                call.press("135790#")
            await school.until("greeting")
            call.hang_up()
            await school.over(call)
        call = school.call()
        await school.until("greeting")
        assert "training_code" not in school.heard()


@pytest.mark.parametrize("hang_up_at", ["training_begins", "training_code"])
async def test_who_hangs_up_before_the_code_leaves_nothing(
    store: Store, tmp_path: Path, hang_up_at: str
) -> None:
    async with without_a_trace(store, tmp_path, code=CODE) as school:
        call = school.call()
        await school.until(hang_up_at)
        call.hang_up()
        await school.over(call)


@pytest.mark.parametrize(("at", "keys"), [("training_begins", "11"), ("training_code", "1111")])
async def test_who_is_in_need_before_the_code_is_helped_without_one(
    store: Store, at: str, keys: str
) -> None:
    async with School(store, code=CODE) as school:
        call = school.call()
        await school.until(at)
        call.press(keys)
        await school.helped()
        assert school.rung.tickets[0].call_id == call.id


async def test_a_caller_who_gives_up_while_it_rings_leaves_nothing(
    store: Store, tmp_path: Path
) -> None:
    async with without_a_trace(store, tmp_path) as school:
        call = school.call()
        call.hang_up()
        await school.over(call)


async def test_the_last_line_is_a_callers_and_no_training_begins_on_it(
    store: Store, tmp_path: Path
) -> None:
    async with without_a_trace(store, tmp_path, lines=1) as school:
        call = school.call()
        await school.over(call)
        assert call.refused_with == 486


async def test_a_training_call_ends_when_a_caller_takes_the_last_line(store: Store) -> None:
    async with School(store, lines=3) as school:
        trains = school.call()
        await school.until("training_begins")
        first = school.call(OWNER, HOTLINE_NUMBER)
        await school.until("greeting")
        assert trains.state is CallState.ESTABLISHED
        school.call("13800138001", HOTLINE_NUMBER)
        async with asyncio.timeout(LIMIT_S):
            await trains.wait_closed()
        assert first.state is CallState.ESTABLISHED
    assert trains.id not in {each.id for each in (await store.calls.list(CallFilter())).items}


async def test_a_fault_in_training_leaves_the_caller_with_the_hotline(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(*_: object) -> None:
        raise RuntimeError("no disk")

    monkeypatch.setattr("ivr.training.training_call.walk", breaks)
    async with School(store) as school:
        school.call()
        await school.until("training_begins")
        await school.until("greeting")


async def test_a_store_that_is_away_keeps_nobody_from_the_hotline(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with School(store) as school:

        async def away() -> None:
            raise StoreBusy("away")

        monkeypatch.setattr(store.roster, "current", away)
        school.call()
        await school.until("greeting")

"""What is known of one owner: all of it, and nothing of a neighbour; then none of it."""

from __future__ import annotations

import json
import wave
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from call_logs import Rules, Store
from call_logs.calls import NewCall
from call_logs.casework import read_record
from call_logs.jobs import carry_out
from call_logs.owners import Owner
from call_logs.privacy import ERASED, EraseRefused
from call_logs.recordings import RecordingStatus, TranscriptStatus
from call_logs.roster import Address
from call_logs.storage import Lacking, NotAllowed, NotFound
from call_logs.tables.record_fields import RecordKind
from call_logs.tickets import NewTicket, TicketStatus, edit
from call_logs.users import HOTLINE, Role
from tests.call_logs.conftest import OpenStore, call_id
from tests.call_logs.privacy.test_purge import (
    CANARY,
    KEEP,
    MANAGER,
    NOW,
    NUMBER,
    a_call,
    a_case,
    close,
    everything,
)
from tests.people import person
from tests.pictures import MP4
from tests.turned_clock import TurnedClock

NEIGHBOUR = "13900139000"
WORDS = "邻居的话"


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(NOW)


@pytest.fixture
async def store(open_store: OpenStore, clock: TurnedClock) -> Store:
    return await open_store(clock=clock, rules=Rules(keep=KEEP))


async def neighbours_case(store: Store) -> int:
    ticket = await store.tickets.open(
        NewTicket(text=WORDS, name=WORDS, callback=NEIGHBOUR, building="3", actor=person("li"))
    )
    return ticket.id


async def said(store: Store, ticket: int, side: str, words: str, contact: str) -> None:
    values = {"side": side, "name": words, "contact": contact, "at": NOW, "said": words}
    statement = read_record(RecordKind.STATEMENT, values, whole=True)
    await store.records.add(ticket, statement, MANAGER)


async def exported(store: Store, folder: Path) -> dict[str, Any]:
    """The parts of the file, JSON read."""
    path = folder / "owner.zip"
    await store.owner_data.export(
        NUMBER, MANAGER, path, reason="asked by letter", source="10.0.0.1"
    )
    with ZipFile(path) as file:
        return {
            name: json.loads(file.read(name)) if name.endswith(".json") else file.read(name)
            for name in file.namelist()
        }


async def test_an_export_has_all_of_the_owner_and_nothing_of_a_neighbour(
    store: Store, tmp_path: Path
) -> None:
    ticket = await a_case(store)
    await store.tickets.update(ticket.id, MANAGER, edit(news=CANARY))
    await said(store, ticket.id, "owner", CANARY, NUMBER)
    await said(store, ticket.id, "other", WORDS, NEIGHBOUR)
    await said(store, ticket.id, "owner", WORDS, NEIGHBOUR)
    await neighbours_case(store)
    await a_call(store, NEIGHBOUR)
    await store.directory.save(Owner(NUMBER, CANARY, Address(building="3")), HOTLINE)

    parts = await exported(store, tmp_path)
    assert parts["directory.json"]["name"] == CANARY
    assert [each["id"] for each in parts["tickets.json"]] == [ticket.id]
    assert parts["tickets.json"][0]["text"] == f"{CANARY}漏水"
    assert [each["topic"] for each in parts["news.json"]] == ["progress"]
    assert [each["words"] for each in parts["news.json"]] == [CANARY]
    statements = parts["statements.json"]
    assert {each["statement"]["values"]["said"] for each in statements} == {CANARY}
    (call,) = parts["calls.json"]
    assert call["call"]["caller"] == NUMBER
    assert call["transcripts"][0]["text"] == CANARY
    (sound,) = [part for name, part in parts.items() if name.startswith("audio/")]
    with wave.open(BytesIO(sound)) as played:
        assert (played.getnchannels(), played.getframerate()) == (2, 8000)
        assert played.getnframes() == 8000
    (film,) = [part for name, part in parts.items() if name.startswith("evidence/")]
    assert film == MP4
    assert WORDS not in json.dumps(
        [part for name, part in parts.items() if name.endswith(".json")], ensure_ascii=False
    )
    (line,) = (await store.access.list(subject="owner")).items
    assert (line.user_name, line.action, line.reason) == ("wang", "exported", "asked by letter")
    assert NUMBER not in line.key


async def test_erasing_leaves_nothing_of_the_owner_and_all_of_the_neighbour(
    store: Store, tmp_path: Path
) -> None:
    ticket = await close(store, await a_case(store))
    await a_call(store)
    other = await neighbours_case(store)
    await store.directory.save(Owner(NUMBER, CANARY, Address(building="3")), HOTLINE)
    month = (MANAGER, NOW.date(), NOW.date())
    before = await store.reports.statistics(*month)
    order = await store.owner_data.order_erasure(NUMBER, MANAGER, reason="asked by letter")
    gone = await carry_out(store, order)
    assert gone == {"tickets": 1, "calls": 2, "directory": 1}
    left = await everything(store)
    assert CANARY not in left
    assert NUMBER not in left
    assert (await store.tickets.get(other)).text == WORDS
    assert await store.reports.statistics(*month) == before
    assert [*(tmp_path / "recordings").rglob("*.hrec")] == []
    assert [*(tmp_path / "evidence").rglob("*.hevd")] == []
    line = (await store.tickets.history(ticket.id))[-1]
    assert (line.actor, line.action) == ("wang", ERASED)
    assert not await store.owner_data.find(NUMBER, MANAGER)
    (look,) = (await store.access.list(subject="owner")).items
    assert (look.action, look.reason) == ("erased", "asked by letter")
    assert (await store.destructions.get(order.id)).target == {}
    assert await carry_out(store, await store.destructions.get(order.id)) == gone  # over


async def test_nothing_is_erased_while_a_ticket_is_open_or_held(store: Store) -> None:
    ticket = await a_case(store)
    before = await everything(store)
    with pytest.raises(EraseRefused, match=ticket.number):
        await store.owner_data.order_erasure(NUMBER, MANAGER, reason="x")
    assert await everything(store) == before
    await close(store, ticket)
    await store.holds.put(ticket.id, MANAGER, "court")
    with pytest.raises(EraseRefused, match="held"):
        await store.owner_data.order_erasure(NUMBER, MANAGER, reason="x")
    await store.holds.lift(ticket.id, MANAGER, "settled")
    order = await store.owner_data.order_erasure(NUMBER, MANAGER, reason="x")
    await store.tickets.move(ticket.id, TicketStatus.REOPENED, MANAGER, note="again")
    with pytest.raises(EraseRefused):
        await carry_out(store, order)
    assert (await store.tickets.get(ticket.id)).text.startswith(CANARY)


async def test_an_erasure_that_is_broken_off_at_any_point_goes_on(
    open_sqlite_store: OpenStore,
    clock: TurnedClock,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Before each of its transactions in turn: nothing of the owner is lost sight of."""
    store = await open_sqlite_store(clock=clock, rules=Rules(keep=KEEP))
    for _ in range(2):
        await close(store, await a_case(store))
    await a_call(store)
    order = await store.owner_data.order_erasure(NUMBER, MANAGER, reason="asked")
    session, left, points = store.database.session, 0, 0

    class Killed(BaseException):
        pass

    def counted(*args: Any, **kwargs: Any) -> Any:
        nonlocal left
        if left == 0:
            raise Killed
        left -= 1
        return session(*args, **kwargs)

    monkeypatch.setattr(store.database, "session", counted)
    while (await store.destructions.get(order.id)).ended_at is None:
        points += 1
        left = 1 + points % 2
        try:
            await carry_out(store, await store.destructions.get(order.id))
        except Killed:
            assert points < 100
    left = 1000
    await store.evidence.keep_house()
    found = await everything(store)
    assert points > 5
    assert CANARY not in found
    assert NUMBER not in found
    assert [*(tmp_path / "recordings").rglob("*.hrec")] == []
    assert [*(tmp_path / "evidence").rglob("*.hevd")] == []


async def test_a_reason_a_number_and_a_right_are_needed(store: Store, tmp_path: Path) -> None:
    await close(store, await a_case(store))
    operator = person("anna", Role.OPERATOR)
    path = tmp_path / "x.zip"
    with pytest.raises(NotAllowed):
        await store.owner_data.export(NUMBER, operator, path, reason="x")
    with pytest.raises(NotAllowed):
        await store.owner_data.order_erasure(NUMBER, operator, reason="x")
    with pytest.raises(NotAllowed):
        await store.owner_data.find(NUMBER, operator)
    with pytest.raises(Lacking):
        await store.owner_data.export(NUMBER, MANAGER, path, reason=" ")
    with pytest.raises(Lacking):
        await store.owner_data.order_erasure(NUMBER, MANAGER, reason="")
    for wrong in ("", "abc", "110", "13700137000"):
        with pytest.raises(NotFound):
            await store.owner_data.export(wrong, MANAGER, path, reason="x")
    assert not path.exists()
    assert (await store.access.list(subject="owner")).total == 0


async def test_a_number_written_otherwise_is_the_same_owner(store: Store) -> None:
    await a_case(store)
    assert len((await store.owner_data.find(f"+86 {NUMBER}", MANAGER)).tickets) == 1


@pytest.mark.parametrize("held", [True, False], ids=["held", "open"])
async def test_a_call_about_a_neighbours_ticket_stays_as_long_as_that(
    store: Store, held: bool
) -> None:
    ticket = await a_case(store, NEIGHBOUR)
    call = await a_call(store)
    store.calls.about(call, ticket.id)
    await store.calls.flush()
    if held:
        await close(store, ticket)
        await store.holds.put(ticket.id, MANAGER, "court")
    with pytest.raises(EraseRefused) as refused:
        await store.owner_data.order_erasure(NUMBER, MANAGER, reason="asked")
    assert refused.value.tickets == (ticket.number,)
    if held:
        await store.holds.lift(ticket.id, MANAGER, "settled")
    else:
        await close(store, ticket)
    order = await store.owner_data.order_erasure(NUMBER, MANAGER, reason="asked")
    await store.holds.put(ticket.id, MANAGER, "the next court")
    with pytest.raises(EraseRefused):
        await carry_out(store, order)
    (sound,) = await store.recordings.for_call(call)
    assert sound.status is RecordingStatus.SEALED
    await store.holds.lift(ticket.id, MANAGER, "settled")
    assert await carry_out(store, order) == {"tickets": 0, "calls": 1, "directory": 0}


async def test_what_is_still_being_written_down_does_not_come_back(store: Store) -> None:
    call = call_id()
    store.calls.begin(NewCall(id=call, caller=NUMBER))
    recording = await store.recordings.create(call, 8000)
    recording.write(b"\x11\x22" * 8000, b"\x33\x44" * 8000)
    store.calls.end(call, "remote")
    await store.calls.flush()
    order = await store.owner_data.order_erasure(NUMBER, MANAGER, reason="asked")
    with pytest.raises(EraseRefused):  # its sound has no end yet
        await carry_out(store, order)
    await recording.close()
    await carry_out(store, order)
    # As the journal writes a second time what may have been written.
    store._journal.add(
        "recording.end",
        {
            "id": recording.id,
            "duration_s": 1.0,
            "size_bytes": 1,
            "problem": "",
            "ended_at": NOW.isoformat(),
        },
    )
    await store.calls.flush()
    (sound,) = await store.recordings.for_call(call)
    assert sound.status is RecordingStatus.PURGED
    assert {each.status for each in await store.transcripts.for_call(call)} == {
        TranscriptStatus.PURGED
    }

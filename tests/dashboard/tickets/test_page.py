"""One ticket: correcting, moving on, and two people at once."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from call_logs import Store
from call_logs.calls import NewCall
from call_logs.recordings import TranscriptData
from call_logs.tickets import BY_PEOPLE, NewTicket, Ticket, TicketClass, TicketStatus, edit
from call_logs.users import HOTLINE
from tests.dashboard.browserless import Visitor
from tests.dashboard.morning import call_back, report
from tests.people import person

T = TypeVar("T")


def form(ticket: Ticket, **changes: Any) -> dict[str, Any]:
    """The correction form as a browser sends it."""
    values = {name: getattr(ticket, name) for name in BY_PEOPLE}
    sent = {
        name: "on" if value is True else "" if value is None else value
        for name, value in values.items()
        if value is not False
    }
    return {"version": ticket.version, **sent, **changes}


async def test_the_page_shows_what_decided_and_the_whole_history(
    store: Store, operator: Visitor
) -> None:
    told = await report(store)
    await store.tickets.note(told.ticket.id, person("engineer"), "lamp ordered")

    text = (await operator.get(f"/tickets/{told.ticket.id}")).text

    assert "<q>走廊的灯坏了</q>" in text
    assert "lamp ordered" in text
    assert "opened the ticket" in text
    assert f'data-player="{told.recording_id}"' in text
    assert re.search(r'<span class="word" data-start="0.40" data-end="0.76">3</span>', text)


async def test_the_page_shows_each_call_back_with_its_recording(
    store: Store, operator: Visitor
) -> None:
    told = await report(store)
    talked = await call_back(store, told.ticket)
    missed = await call_back(store, told.ticket, answered=False)
    (recording,) = await store.recordings.for_call(talked)

    text = (await operator.get(f"/tickets/{told.ticket.id}")).text

    assert text.count("<dt>Call back</dt>") == 2
    assert f'href="/calls/{talked}"' in text
    assert re.search(f'href="/calls/{missed}".*No answer', text)
    players = re.findall('data-player="(.*?)"', text)
    assert players == [told.recording_id, recording.id]
    assert text.count("Call back at ") == 1
    assert text.count("What was said") == 1
    assert recording.id in (await operator.part(f"/tickets/{told.ticket.id}/speech")).text


async def test_the_page_shows_who_has_called_about_the_same_case(
    store: Store, operator: Visitor
) -> None:
    told = await report(store)
    again = "c" * 32
    store.calls.begin(NewCall(id=again, caller="13900139000"))
    store.calls.answered(again)
    store.calls.about(again, told.ticket.id)
    recording = await store.recordings.create(again, 8000)
    recording.write(bytes(16000), bytes(16000))
    await recording.close()
    store.calls.end(again, "remote")
    await store.calls.flush()

    text = (await operator.get(f"/tickets/{told.ticket.id}")).text

    assert text.count("<dt>Call about it</dt>") == 1
    assert f'href="/calls/{again}"' in text
    assert re.findall('data-player="(.*?)"', text) == [told.recording_id, recording.id]
    assert text.count("Call about it at ") == 1


async def test_whoever_follows_a_ticket_is_told_of_its_call_backs(store: Store) -> None:
    told = await report(store)
    begun = await told_of(store, told.ticket, call_back(store, told.ticket))
    (recording,) = await store.recordings.for_call(begun)
    heard = TranscriptData("好", (), "zh-CN", "vosk-zh-test", 5.0)
    await told_of(store, told.ticket, store.transcripts.save(recording.id, heard))


async def test_how_many_are_in_danger_is_shown_and_corrected(
    store: Store, operator: Visitor
) -> None:
    ticket = (await report(store)).ticket
    assert "People in danger" not in (await operator.get(f"/tickets/{ticket.id}")).text
    saved = await operator.send(f"/tickets/{ticket.id}/edit", **form(ticket, people="3"))
    assert "<dt>People in danger</dt><dd>3</dd>" in saved.text
    (_, change) = await store.tickets.history(ticket.id)
    assert dict(change.changes) == {"people": (None, 3)}
    ticket = await store.tickets.get(ticket.id)
    assert ticket.people == 3
    refused = await operator.send(f"/tickets/{ticket.id}/edit", **form(ticket, people="0"))
    assert refused.status_code == 422
    cleared = await operator.send(f"/tickets/{ticket.id}/edit", **form(ticket, people=""))
    assert "<dt>People in danger</dt>" not in cleared.text


async def told_of(store: Store, ticket: Ticket, doing: Coroutine[Any, Any, T]) -> T:
    """Do something of which the followers of a ticket must be told."""
    seen = asyncio.Event()

    async def follow() -> None:
        async for change in store.changes.follow():
            if (change.topic, change.key) == ("ticket", str(ticket.id)):
                seen.set()

    await asyncio.sleep(0.3)  # what came before has been told
    following = asyncio.create_task(follow())
    await asyncio.sleep(0.3)
    assert not seen.is_set()
    done = await doing
    async with asyncio.timeout(10):
        await seen.wait()
    following.cancel()
    return done


async def test_looking_at_a_ticket_is_written_down(store: Store, operator: Visitor) -> None:
    told = await report(store)

    await operator.get(f"/tickets/{told.ticket.id}")
    await operator.part(f"/tickets/{told.ticket.id}/state")
    await operator.part(f"/tickets/{told.ticket.id}/speech")

    log = await store.access.list(subject="ticket", key=told.ticket.id)
    assert [(row.user_name, row.action, row.source) for row in log.items] == [
        ("operator", "looked", "127.0.0.1")
    ]


async def test_nobody_looks_at_a_part_of_a_ticket_unseen(store: Store, operator: Visitor) -> None:
    told = await report(store)

    await operator.part(f"/tickets/{told.ticket.id}/speech")

    log = await store.access.list(subject="ticket", key=told.ticket.id)
    assert len(log.items) == 1


async def test_a_correction_is_saved_with_its_author(store: Store, operator: Visitor) -> None:
    ticket = (await report(store)).ticket

    answer = await operator.send(
        f"/tickets/{ticket.id}/edit", **form(ticket, room="1502", major="on")
    )

    assert answer.status_code == 200
    assert "Saved." in answer.text
    now = await store.tickets.get(ticket.id)
    assert (now.room, now.major, now.building) == ("1502", True, "3")
    change = (await store.tickets.history(ticket.id))[-1]
    assert change.actor == "operator"
    assert set(change.changes) == {"room", "major"}


async def test_two_people_at_once_do_not_overwrite_each_other(
    store: Store, operator: Visitor
) -> None:
    ticket = (await report(store)).ticket
    opened = form(ticket, room="1502", text="灯坏了，很黑")
    await store.tickets.update(ticket.id, person("manager"), edit(room="1501"))

    refused = await operator.send(f"/tickets/{ticket.id}/edit", **opened)

    assert refused.status_code == 409
    assert 'value="1502"' in refused.text, "what was typed is kept"
    assert "Now saved: 1501" in refused.text, "and what is saved is shown"
    assert (await store.tickets.get(ticket.id)).room == "1501"

    version = re.search(r'name="version" value="(\d+)"', refused.text)
    assert version
    again = await operator.send(
        f"/tickets/{ticket.id}/edit", **{**opened, "version": version.group(1)}
    )
    assert again.status_code == 200
    assert (await store.tickets.get(ticket.id)).room == "1502"


async def test_a_step_is_taken_with_its_note(store: Store, operator: Visitor) -> None:
    ticket = (await report(store)).ticket

    answer = await operator.send(
        f"/tickets/{ticket.id}/move", status="registered", version=ticket.version, note="called"
    )

    assert answer.status_code == 200
    assert (await store.tickets.get(ticket.id)).status is TicketStatus.REGISTERED
    assert "Received → Registered" in answer.text
    assert "called" in answer.text


async def test_only_the_steps_that_are_allowed_are_offered(store: Store, operator: Visitor) -> None:
    ticket = (await report(store, ticket_class=TicketClass.IMPORTANT)).ticket

    text = (await operator.get(f"/tickets/{ticket.id}/state")).text

    assert re.findall(r'name="status" value="(\w+)"', text) == ["registered"]


async def test_a_step_that_is_not_allowed_is_refused_with_a_reason(
    store: Store, operator: Visitor
) -> None:
    ticket = (await report(store)).ticket

    answer = await operator.send(
        f"/tickets/{ticket.id}/move", status="closed", version=ticket.version
    )

    assert answer.status_code == 409
    assert "cannot make this step" in answer.text
    assert (await store.tickets.get(ticket.id)).status is TicketStatus.RECEIVED


async def test_a_step_from_an_old_page_is_not_taken(store: Store, operator: Visitor) -> None:
    ticket = (await report(store)).ticket
    await store.tickets.update(ticket.id, person("manager"), edit(room="7"))

    answer = await operator.send(
        f"/tickets/{ticket.id}/move", status="registered", version=ticket.version
    )

    assert answer.status_code == 409
    assert (await store.tickets.get(ticket.id)).status is TicketStatus.RECEIVED


async def test_a_note_alone_moves_nothing(store: Store, operator: Visitor) -> None:
    ticket = (await report(store)).ticket

    await operator.send(f"/tickets/{ticket.id}/notes", note="  will call back at 6  ")
    await operator.send(f"/tickets/{ticket.id}/notes", note="   ")

    history = await store.tickets.history(ticket.id)
    assert [change.note for change in history if change.action == "note"] == ["will call back at 6"]


async def test_a_value_that_the_form_does_not_offer_is_refused(
    store: Store, operator: Visitor
) -> None:
    ticket = (await report(store)).ticket

    for wrong in ({"kind": "x"}, {"version": "one"}, {"text": "x" * 4001}):
        answer = await operator.send(f"/tickets/{ticket.id}/edit", **form(ticket, **wrong))
        assert answer.status_code == 422
    assert (await store.tickets.get(ticket.id)).version == ticket.version


async def test_an_unknown_ticket_is_a_friendly_404(operator: Visitor) -> None:
    answer = await operator.get("/tickets/999")

    assert answer.status_code == 404
    assert "nothing here" in answer.text


@pytest.mark.parametrize("seen_to", [True, False])
async def test_who_raises_a_ticket_can_say_that_somebody_is_on_it_already(
    store: Store, operator: Visitor, seen_to: bool
) -> None:
    """Otherwise people are rung for it, also when somebody had it before."""
    ticket = (await report(store)).ticket
    page = await operator.get(f"/tickets/{ticket.id}/edit")
    assert 'name="seen_to"' in page.text
    more = {"seen_to": "on"} if seen_to else {}
    await operator.send(f"/tickets/{ticket.id}/edit", **form(ticket, ticket_class="urgent", **more))
    raised = await store.tickets.get(ticket.id)
    assert raised.ticket_class is TicketClass.URGENT
    assert (raised.acknowledged_at is not None) is seen_to
    assert 'name="seen_to"' not in (await operator.get(f"/tickets/{ticket.id}/edit")).text


async def test_whoever_may_not_approve_is_told_on_the_form_that_a_plan_keeps_the_class(
    store: Store, operator: Visitor, manager: Visitor
) -> None:
    ticket = (await report(store)).ticket
    ticket = await store.tickets.update(
        ticket.id, HOTLINE, edit(ticket_class=TicketClass.IMPORTANT, plan="a new pump")
    )
    sent = form(ticket, ticket_class="general", room="0815")
    refused = await operator.send(f"/tickets/{ticket.id}/edit", **sent)
    assert refused.status_code == 409
    assert "whoever may approve plans lowers its class" in refused.text
    assert 'value="0815"' in refused.text  # what was written is still there
    assert await store.tickets.get(ticket.id) == ticket
    saved = await manager.send(f"/tickets/{ticket.id}/edit", **sent, note="one lamp only")
    assert saved.status_code == 200
    assert (await store.tickets.get(ticket.id)).ticket_class is TicketClass.GENERAL
    assert (await store.tickets.history(ticket.id))[-1].note == "one lamp only"


async def test_an_approver_who_lowers_a_ticket_with_merged_ones_is_asked_why(
    store: Store, manager: Visitor
) -> None:
    ticket = (await report(store)).ticket
    important = edit(ticket_class=TicketClass.IMPORTANT)
    other = await store.tickets.open(NewTicket(ticket_class=TicketClass.IMPORTANT))
    await store.tickets.update(ticket.id, HOTLINE, important)
    await store.links.merge(other.id, ticket.id, HOTLINE)
    ticket = await store.tickets.get(ticket.id)
    sent = form(ticket, ticket_class="general")
    refused = await manager.send(f"/tickets/{ticket.id}/edit", **sent)
    assert (refused.status_code, "write below why" in refused.text) == (409, True)
    saved = await manager.send(f"/tickets/{ticket.id}/edit", **sent, note="a drill")
    assert saved.status_code == 200


async def test_a_line_of_history_with_several_words_reads_as_words(
    store: Store, operator: Visitor
) -> None:
    ticket = (await report(store)).ticket
    await store.tickets.update(ticket.id, HOTLINE, edit(phrases=("漏水", "卫生")))
    text = (await operator.get(f"/tickets/{ticket.id}")).text
    assert "<ins>漏水, 卫生</ins>" in text

"""The search for a person on its ticket: its timeline, who has it, taking it, arriving."""

from __future__ import annotations

import re

from call_logs import Store
from call_logs.dispatches import AcknowledgedVia, DispatchEventKind
from call_logs.tickets import TicketStatus
from tests.dashboard import night
from tests.dashboard.browserless import Visitor
from tests.people import person


def steps(page: str) -> list[str]:
    return re.findall(r'<span class="step-text">([^<]*)</span>', page)


async def test_the_timeline_tells_every_step_to_a_tenth_of_a_second(
    store: Store, operator: Visitor
) -> None:
    dispatch = await night.accepted(store)

    page = (await operator.get(f"/tickets/{dispatch.ticket_id}")).text

    assert steps(page)[::-1] == [  # the newest stands first
        "Heard: Trapped in a lift “电梯里困了人”",
        "The search for a person begins",
        "Level 1: 王工",
        "王工: being called",
        "王工: rings",
        "王工: answered",
        "王工: accepted",
        "王工 has it",
        "王工: put through to the caller",
        "王工 is on the way, there in 15 min",
    ]
    assert re.findall(r'class="after">([^<]+)<', page)[::-1][:6] == [
        "+0.0 s",
        "+0.4 s",
        "+0.4 s",
        "+0.4 s",
        "+0.7 s",
        "+6.7 s",
    ]
    assert "王工 has it" in page
    assert "13812345678" not in page, "nobody's number is in it"


async def test_one_press_takes_a_ticket_that_nobody_has(store: Store, operator: Visitor) -> None:
    dispatch = await night.unanswered(store)
    ticket = f"/tickets/{dispatch.ticket_id}"
    assert "I have it" in (await operator.get(ticket)).text

    answer = await operator.send(f"{ticket}/dispatches/{dispatch.id}/acknowledge")

    assert answer.status_code == 200
    assert "operator has it" in answer.text
    assert "I have it" not in answer.text
    taken = await store.dispatches.get(dispatch.id)
    assert (taken.acknowledged_by, taken.acknowledged_via) == (
        "operator",
        AcknowledgedVia.DASHBOARD,
    )
    assert (await store.tickets.get(dispatch.its_ticket_id)).acknowledged_at is not None


async def test_who_was_slower_is_told_who_has_it(
    store: Store, operator: Visitor, manager: Visitor
) -> None:
    dispatch = await night.unanswered(store)
    address = f"/tickets/{dispatch.ticket_id}/dispatches/{dispatch.id}/acknowledge"

    await manager.send(address)
    answer = await operator.send(address)

    assert "Somebody else was faster" in answer.text
    assert (await store.dispatches.get(dispatch.id)).acknowledged_by == "manager"


async def test_arriving_is_stamped_once(store: Store, engineer: Visitor) -> None:
    dispatch = await night.accepted(store)
    address = f"/tickets/{dispatch.ticket_id}/dispatches/{dispatch.id}/arrived"

    for _ in range(2):
        answer = await engineer.send(address)

    assert "engineer has arrived" in answer.text
    assert "Arrived on site" not in answer.text
    assert (await store.tickets.get(dispatch.its_ticket_id)).on_site_at is not None
    arrivals = [
        event
        for event in await store.dispatches.timeline(dispatch.id)
        if event.kind == DispatchEventKind.ARRIVED
    ]
    assert len(arrivals) == 1


async def test_a_search_is_taken_on_its_own_ticket_only(store: Store, operator: Visitor) -> None:
    dispatch = await night.unanswered(store)
    other = await night.urgent_ticket(store)

    answer = await operator.send(f"/tickets/{other.id}/dispatches/{dispatch.id}/acknowledge")

    assert answer.status_code == 404
    assert (await store.dispatches.get(dispatch.id)).acknowledged_at is None


async def test_urgent_tickets_that_nobody_has_stand_on_every_page_until_somebody_has(
    store: Store, operator: Visitor
) -> None:
    dispatch = await night.unanswered(store)
    alone = await night.urgent_ticket(store)
    await night.drilled(store)

    page = (await operator.get("/account")).text
    assert f'data-waiting="{alone.id},{dispatch.ticket_id}"' in page, "the newest first"
    assert "2 urgent tickets wait" in page

    await operator.send(f"/tickets/{dispatch.ticket_id}/dispatches/{dispatch.id}/acknowledge")
    await store.tickets.move(alone.id, TicketStatus.REGISTERED, person("operator"))
    banner = (await operator.part("/nav/urgent")).text
    assert 'data-waiting=""' in banner
    assert " hidden>" in banner


async def test_people_are_called_as_the_roster_names_them_now(
    store: Store, operator: Visitor
) -> None:
    dispatch = await night.accepted(store)
    await store.roster.import_toml(
        night.ROSTER.replace('name = "王工"', 'name = "Engineer Wang"'), person("test")
    )

    page = (await operator.get(f"/tickets/{dispatch.ticket_id}")).text

    assert "Engineer Wang has it" in page

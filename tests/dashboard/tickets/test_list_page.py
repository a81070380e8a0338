"""The list of tickets."""

from __future__ import annotations

import re

from call_logs import Store
from call_logs.tickets import NewTicket, TicketClass, TicketKind, TicketStatus
from tests.dashboard import night
from tests.dashboard.browserless import Program, Visitor
from tests.dashboard.morning import report, whole_morning
from tests.people import person


def rows(text: str) -> list[int]:
    return [int(number) for number in re.findall(r'id="ticket-(\d+)"', text)]


async def test_an_empty_list_says_what_will_come(operator: Visitor) -> None:
    assert "Nothing is open" in (await operator.get("/tickets")).text


async def test_new_tickets_stand_first_with_class_place_and_words(
    store: Store, operator: Visitor
) -> None:
    first = (await report(store)).ticket
    second = (
        await report(
            store,
            kind=TicketKind.EMERGENCY,
            ticket_class=TicketClass.URGENT,
            category="lift_entrapment",
            text="电梯里困了3个人",
        )
    ).ticket

    text = (await operator.get("/tickets")).text

    assert rows(text) == [second.id, first.id]
    assert "电梯里困了3个人" in text
    assert "Trapped in a lift" in text
    assert "Building 3, Unit 2" in text


async def test_each_filter_narrows_the_list(store: Store, operator: Visitor) -> None:
    lamp = (await report(store)).ticket
    lift = (
        await report(
            store,
            caller="13900001111",
            ticket_class=TicketClass.URGENT,
            category="lift_entrapment",
            text="电梯里困了3个人",
        )
    ).ticket
    await store.tickets.move(lift.id, TicketStatus.REGISTERED, person("operator"))

    async def found(query: str) -> list[int]:
        return rows((await operator.part(f"/tickets?{query}")).text)

    assert await found("ticket_class=urgent") == [lift.id]
    assert await found("status=received") == [lamp.id]
    assert await found("category=lighting") == [lamp.id]
    assert await found("q=电梯") == [lift.id]
    assert await found("q=13900001111") == [lift.id]
    assert await found(f"q={lamp.number}") == [lamp.id]
    assert await found("overdue=true") == []
    assert await found("q=nothing+of+this") == []
    assert await found("status=all") == [lift.id, lamp.id]


async def test_late_tickets_are_marked_and_counted(store: Store, operator: Visitor) -> None:
    await whole_morning(store)

    text = (await operator.get("/tickets?overdue=true")).text

    counts = await store.tickets.counts()
    assert counts.overdue > 0
    assert f"<b>{counts.overdue}</b> overdue" in text
    assert text.count("due-late") == len(rows(text)) > 0


async def test_long_lists_have_pages(store: Store, operator: Visitor) -> None:
    tickets = await whole_morning(store)
    tickets.append((await report(store)).ticket)

    first = (await operator.get("/tickets")).text
    older = re.search(r'href="(/tickets\?before=\d+)"', first)
    assert older
    second = (await operator.get(older.group(1))).text

    assert rows(first) + rows(second) == [ticket.id for ticket in reversed(tickets)]


async def test_a_fragment_is_the_list_alone(store: Store, operator: Visitor) -> None:
    await report(store)

    text = (await operator.part("/tickets")).text

    assert text.lstrip().startswith('<section id="ticket-list"')
    assert "<html" not in text


async def test_words_of_a_caller_are_never_markup(store: Store, operator: Visitor) -> None:
    told = await report(store, text='<script>alert("x")</script>', phrases=("<b>",))

    for address in ("/tickets", f"/tickets/{told.ticket.id}", f"/calls/{told.call_id}"):
        text = (await operator.get(address)).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;" in text


async def test_open_urgent_tickets_stand_first_on_request_on_every_page_once(
    store: Store, operator: Visitor
) -> None:
    tickets = await whole_morning(store)
    urgent = [t.id for t in reversed(tickets) if t.ticket_class is TicketClass.URGENT]
    newer = (await report(store)).ticket

    text = (await operator.get("/tickets?order=urgent")).text

    first = rows(text)
    assert first[: len(urgent)] == urgent
    assert first[len(urgent)] == newer.id
    older = re.search(r'href="(/tickets\?order=urgent&amp;before=\d+)"', text)
    assert older
    second = rows((await operator.get(older[1].replace("&amp;", "&"))).text)
    assert sorted(first + second) == sorted([*(t.id for t in tickets), newer.id])


async def test_a_drill_is_no_ticket_in_the_list(store: Store, operator: Visitor) -> None:
    await night.company(store)
    told = await report(store, kind=TicketKind.OTHER)
    await night.drilled(store)

    assert rows((await operator.get("/tickets?status=all")).text) == [told.ticket.id]


async def test_the_list_stands_by_priority_or_deadline_when_asked(
    store: Store, operator: Visitor, program: Program
) -> None:
    lamp = await store.tickets.open(NewTicket(text="lamp"))
    trapped = await store.tickets.open(NewTicket(ticket_class=TicketClass.URGENT, people=2))
    litter = await store.tickets.open(NewTicket(text="bin"))
    page = (await operator.get("/tickets?order=priority")).text
    places = [page.index(f'id="ticket-{each.id}"') for each in (trapped, lamp, litter)]
    assert places == sorted(places)
    assert '<option value="priority" selected>Most important first' in page
    listed = await program.get("/tickets?order=deadline&limit=2")
    assert [each["id"] for each in listed["items"]] == [trapped.id, lamp.id]
    rest = await program.get(f"/tickets?order=deadline&before={listed['next_cursor']}")
    assert [each["id"] for each in rest["items"]] == [litter.id]
    assert listed["items"][0]["priority_reasons"] == ["urgent", "danger"]
    assert (await program.call("GET", "/tickets?order=loudest")).status_code == 422
    told = " ".join((await operator.get(f"/tickets/{trapped.id}")).text.split())
    assert "Priority: Urgent, People in danger (2) · next deadline" in told

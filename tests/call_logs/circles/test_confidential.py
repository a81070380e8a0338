"""Marks that keep a ticket from most of the company, and what becomes of those it is about."""

from __future__ import annotations

import pytest

from call_logs import Store
from call_logs.casework import TeamPart
from call_logs.circles import CircleRefused, Confidence
from call_logs.roster import Person
from call_logs.storage import AboutThem, NobodyFound, NotAllowed, NotFound
from call_logs.tickets import NewTicket, Ticket, TicketFilter, edit
from call_logs.users import HOTLINE, Actor, Role
from call_logs.viewing import looking
from tests.call_logs.conftest import OpenStore
from tests.people import person
from tests.staff_world import company

PASSWORD = "lamp water lift 42"


@pytest.fixture
async def store(open_store: OpenStore) -> Store:
    """李工 and 赵经理 are users, too."""
    opened = await open_store()
    await company(opened)
    for name, role, who in (("li", Role.ENGINEER, "li"), ("zhao", Role.MANAGER, "boss")):
        await opened.users.add(name, PASSWORD, role, HOTLINE)
        await opened.users.update(name, HOTLINE, person=who)
    return opened


async def _ticket(store: Store, **facts: str) -> Ticket:
    return await store.tickets.open(NewTicket(text="the guard shouts", **facts))  # type: ignore[arg-type]


async def _sees(store: Store, ref: str, ticket: Ticket) -> bool:
    """By the list and by the question, which say the same."""
    with looking(await store.eyes.of_ref(ref)):
        found = (await store.tickets.list(TicketFilter())).items
        by_words = (await store.tickets.list(TicketFilter(text="guard"))).items
    seen = ticket.id in [each.id for each in found]
    assert (ticket.id in [each.id for each in by_words]) == seen
    assert await store.eyes.may_see(ref, ticket.id) == seen
    return seen


async def test_a_sensitive_ticket_is_for_its_circle_until_it_is_undone(store: Store) -> None:
    ticket = await _ticket(store)
    assert await _sees(store, "person:boss", ticket)

    await store.confidential.put(ticket.id, Confidence(True, handler="li"), person("x"), "why")

    assert not await _sees(store, "person:boss", ticket)
    assert await _sees(store, "person:li", ticket)
    assert not await _sees(store, "person:wang", ticket)
    assert (await store.tickets.get(ticket.id)).assignee == "person:li"
    await store.confidential.put(ticket.id, Confidence(False), person("x"), "not so bad")
    assert await _sees(store, "person:boss", ticket)
    notes = [line.note for line in await store.tickets.history(ticket.id)]
    assert notes[-2:] == ["why", "not so bad"]


async def test_a_department_is_a_circle(store: Store) -> None:
    ticket = await _ticket(store)

    await store.confidential.put(
        ticket.id, Confidence(True, circle=("department:repairs",)), person("x"), "why"
    )

    assert await _sees(store, "person:li", ticket)
    assert await _sees(store, "person:wang", ticket)
    assert not await _sees(store, "person:boss", ticket)


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (Confidence(True, handler="li"), " "),
        (Confidence(True), "nobody would see it"),
        (Confidence(True, handler="wang"), "who cannot sign in"),
        (Confidence(True, handler="li", about="li"), "about the handler"),
        (Confidence(False, about="department:repairs"), "a department"),
    ],
)
async def test_a_circle_that_cannot_be_changes_nothing(
    store: Store, wanted: Confidence, reason: str
) -> None:
    ticket = await _ticket(store)

    with pytest.raises(CircleRefused) as refused:
        await store.confidential.put(ticket.id, wanted, person("x"), reason)

    assert refused.value.field in {"reason", "circle", "about"}
    assert await store.tickets.get(ticket.id) == ticket


@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        ("circle", Confidence(False, circle=("nemo",))),
        ("handler", Confidence(False, handler="nemo")),
        ("about", Confidence(False, about="nemo")),
    ],
)
async def test_a_name_that_nobody_has_is_told_of_its_field(
    store: Store, field: str, wanted: Confidence
) -> None:
    ticket = await _ticket(store)

    with pytest.raises(NobodyFound, match=f"^{field}: nobody") as refused:
        await store.confidential.put(ticket.id, wanted, person("x"), "why")

    assert refused.value.field == field


async def test_an_engineer_may_not_say_who_sees_a_ticket(store: Store) -> None:
    ticket = await _ticket(store)

    with pytest.raises(NotAllowed):
        await store.confidential.put(
            ticket.id, Confidence(False, about="boss"), Actor("li", Role.ENGINEER), "why"
        )


async def test_whom_it_is_about_loses_it_and_never_gets_it_again(store: Store) -> None:
    ticket = await _ticket(store, assignee="person:boss")
    await store.team.put(ticket.id, "boss", TeamPart.POST, HOTLINE)

    await store.confidential.put(ticket.id, Confidence(False, about="boss"), person("x"), "why")

    assert not await _sees(store, "person:boss", ticket)
    assert not await _sees(store, "user:zhao", ticket)
    assert (await store.tickets.get(ticket.id)).assignee == ""
    assert await store.team.of(ticket.id) == ()
    with pytest.raises(AboutThem):
        await store.tickets.update(ticket.id, HOTLINE, edit(assignee="boss"))
    with pytest.raises(AboutThem):
        await store.team.put(ticket.id, "boss", TeamPart.POST, HOTLINE)


async def test_no_digest_tells_of_a_ticket_that_is_kept_back(store: Store) -> None:
    ticket = await _ticket(store, assignee="department:repairs")
    head = Person("head", "周主任", ())
    assert (await store.reminders.digest(head)).open == 1

    await store.confidential.put(ticket.id, Confidence(False, about="head"), person("x"), "why")

    assert (await store.reminders.digest(head)).open == 0


async def test_of_an_anonymous_ticket_only_the_circle_knows_who_told_it(store: Store) -> None:
    told = NewTicket(text="noise", name="Zhou", callback="13811112222", anonymous=True)
    ticket = await store.tickets.open(told)
    await store.confidential.put(ticket.id, Confidence(False, circle=("li",)), person("x"), "why")
    await store.tickets.update(ticket.id, HOTLINE, edit(assignee="li"))

    for ref, knows in (("person:boss", False), ("person:li", True)):
        with looking(await store.eyes.of_ref(ref)):
            seen = await store.tickets.get(ticket.id)
            by_number = await store.tickets.list(TicketFilter(caller="13811112222"))
            by_name = await store.tickets.list(TicketFilter(text="Zhou"))
        assert ((seen.name, seen.callback) == ("Zhou", "13811112222")) is knows
        assert bool(by_number.items) is knows
        assert by_name.items == ()


async def test_nobody_writes_over_or_uncovers_what_they_may_not_see(store: Store) -> None:
    ticket = await store.tickets.open(NewTicket(text="noise", name="Zhou", anonymous=True))

    with looking(await store.eyes.of_ref("person:boss")):
        for changes in (edit(name="Wu"), edit(anonymous=False)):
            with pytest.raises(NotAllowed):
                await store.tickets.update(ticket.id, person("zhao"), changes)
        await store.tickets.update(ticket.id, person("zhao"), edit(room="1501"))

    assert (await store.tickets.get(ticket.id)).name == "Zhou"


async def test_an_engineer_sees_their_own_and_nothing_else(store: Store) -> None:
    mine = await _ticket(store, assignee="person:li")
    departments = await _ticket(store, assignee="department:repairs")
    colleagues = await _ticket(store, assignee="person:wang")
    teams = await _ticket(store)
    await store.team.put(teams.id, "li", TeamPart.POST, HOTLINE)
    others = await _ticket(store, assignee="person:boss")

    for each in (mine, departments, colleagues, teams):
        assert await _sees(store, "person:li", each)
    assert not await _sees(store, "person:li", others)
    with looking(await store.eyes.of_ref("person:li")), pytest.raises(NotFound):
        await store.tickets.get(others.id)

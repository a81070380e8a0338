"""Whatever is done to tickets, in any order: nobody sees more of them than the rules say.

The rules are written down here once more, with nothing of the program but its names.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from call_logs import Store
from call_logs.casework import GroupRefused, LinkRefused, TeamPart
from call_logs.circles import CircleRefused, Confidence
from call_logs.storage import AboutThem, NotFound
from call_logs.tickets import NewTicket, Ticket, TicketFilter, edit
from call_logs.users import HOTLINE, Actor, Role
from call_logs.viewing import looking
from tests.call_logs.conftest import OpenStore
from tests.people import person
from tests.staff_world import company

PASSWORD = "lamp water lift 42"
DESK = person("olga", Role.OPERATOR)
REPAIRS = "department:repairs"  # its head, wang and li
# Login name: role, person of the roster.
USERS = {
    "li": (Role.ENGINEER, "li"),
    "zhao": (Role.MANAGER, "boss"),
    "olga": (Role.OPERATOR, ""),
    "heron": (Role.ENGINEER, ""),
    "root": (Role.ADMIN, ""),
}
OWN = {"li": "person:li", "zhao": "person:boss"} | {
    name: f"user:{name}" for name in ("olga", "heron", "root")
}
CIRCLES = ((OWN["li"],), (REPAIRS,), (OWN["olga"],), (OWN["heron"], OWN["zhao"]))
HOLDERS = (OWN["li"], "person:wang", REPAIRS, OWN["heron"], OWN["zhao"], "")


@dataclass
class Known:
    """What the rules ask of a ticket."""

    id: int
    word: str
    sensitive: bool = False
    anonymous: bool = False
    circle: tuple[str, ...] = ()
    about: str = ""
    assignee: str = ""
    team: set[str] = field(default_factory=set)
    merged: int | None = None

    def seen_by(self, name: str) -> bool:
        refs = {OWN[name]} | ({REPAIRS} if name == "li" else set())
        if self.about == OWN[name]:
            return False
        inside = not refs.isdisjoint(self.circle)
        if self.sensitive and not (inside or self.assignee in refs):
            return False
        if USERS[name][0] is not Role.ENGINEER:
            return True
        near = refs | ({"person:wang", "person:head"} if name == "li" else set())
        confided = inside and (self.sensitive or self.anonymous)
        return confided or self.assignee in near or not self.team.isdisjoint(refs)

    def named_to(self, name: str) -> bool:
        """Whether who told it is shown to somebody who sees it."""
        refs = {OWN[name]} | ({REPAIRS} if name == "li" else set())
        return not self.anonymous or not refs.isdisjoint(self.circle)


@pytest.fixture
async def store(open_sqlite_store: OpenStore) -> Store:
    opened = await open_sqlite_store()
    await company(opened)
    for name, (role, who) in USERS.items():
        await opened.users.add(name, PASSWORD, role, HOTLINE)
        if who:
            await opened.users.update(name, HOTLINE, person=who)
    return opened


ONE = st.integers(0, 3)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("confide"), ONE, st.sampled_from(CIRCLES)),
        st.tuples(st.just("about"), ONE, st.sampled_from([OWN["li"], OWN["zhao"], OWN["olga"]])),
        st.tuples(st.just("open"), ONE, st.just(())),
        st.tuples(st.just("anonymous"), ONE, st.just(())),
        st.tuples(st.just("give"), ONE, st.sampled_from(HOLDERS)),
        st.tuples(st.just("team"), ONE, st.sampled_from([OWN["li"], OWN["heron"], OWN["zhao"]])),
        st.tuples(st.sampled_from(["join", "merge", "relate"]), ONE, ONE),
        st.tuples(st.sampled_from(["unmerge", "split"]), ONE, st.just(())),
    ),
    max_size=14,
)


@given(steps=STEPS)
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_on_no_path_does_anybody_see_more_than_the_rules_say(
    store: Store, steps: list[tuple[str, int, Any]]
) -> None:
    tickets = [await _opened(store, number) for number in range(4)]
    for what, number, other in steps:
        with suppress(CircleRefused, GroupRefused, LinkRefused, AboutThem):
            await _mark(store, tickets, what, tickets[number], other)
            await _tie(store, tickets, what, tickets[number], other)
    for name in USERS:
        await _check(store, tickets, name)


async def _opened(store: Store, number: int) -> Known:
    word = f"canary{number}"
    ticket = await store.tickets.open(NewTicket(text=word, building="3", name="Ann Owner"))
    return Known(ticket.id, word)


async def _mark(store: Store, tickets: list[Known], what: str, one: Known, other: Any) -> None:
    match what:
        case "confide":
            await store.confidential.put(one.id, Confidence(True, circle=other), DESK, "why")
            one.sensitive, one.circle, one.about = True, other, ""
        case "about":
            kept = Confidence(one.sensitive, circle=one.circle, about=other)
            await store.confidential.put(one.id, kept, DESK, "why")
            one.about = other
            one.team.discard(other)
            one.assignee = "" if one.assignee == other else one.assignee
        case "open":
            await store.confidential.put(one.id, Confidence(False), DESK, "not so bad")
            one.sensitive, one.circle, one.about = False, (), ""
        case "anonymous":
            await store.tickets.update(one.id, DESK, edit(anonymous=True))
            one.anonymous = True
        case "give":
            await store.tickets.update(one.id, DESK, edit(assignee=other))
            one.assignee = other
        case "team":
            await store.team.put(one.id, other, TeamPart.OTHER, DESK)
            one.team.add(other)
    if what in ("confide", "about", "open"):  # who would read it in the merged one
        for each in tickets:
            if each.merged == one.id:
                each.sensitive, each.circle, each.about = one.sensitive, one.circle, one.about


async def _tie(store: Store, tickets: list[Known], what: str, one: Known, other: Any) -> None:
    match what:
        case "join":
            await store.groups.join([one.id, tickets[other].id], DESK)
        case "relate":
            await store.links.relate(one.id, tickets[other].id, DESK, "why")
        case "merge":
            await store.links.merge(one.id, tickets[other].id, DESK)
            one.merged = tickets[other].id
        case "unmerge":
            await store.links.unmerge(one.id, DESK, "no")
            one.merged = None
        case "split":
            child = await store.links.split(one.id, edit(text=f"{one.word} too"), DESK)
            tickets.append(Known(child.id, one.word, one.sensitive, one.anonymous, one.circle))
            tickets[-1].about = one.about


async def _check(store: Store, tickets: list[Known], name: str) -> None:
    user = await store.users.get(name)
    seen = {each.id for each in tickets if each.seen_by(name)}
    ours = {each.id for each in tickets}
    with looking(await store.eyes.of_user(Actor.of(user), user)):
        listed = await _list(store)
        assert {each.id for each in listed} & ours == seen, name
        for each in tickets:
            found = await _list(store, text=each.word)
            by_word = {one.id for one in tickets if one.word == each.word and one.id in seen}
            assert {one.id for one in found} & ours == by_word
            if each.id not in seen:
                with pytest.raises(NotFound):
                    await store.tickets.get(each.id)
                with pytest.raises(NotFound):
                    await store.links.of(each.id)
                assert await store.tickets.history(each.id) == ()
                continue
            ticket = await store.tickets.get(each.id)
            assert bool(ticket.name) == each.named_to(name), (name, each)
            assert each.word in ticket.text
        for group in await store.groups.joined():
            assert {one.id for one in group.tickets} & ours <= seen


async def _list(store: Store, **asked: str) -> tuple[Ticket, ...]:
    page = await store.tickets.list(TicketFilter(limit=200, **asked))  # type: ignore[arg-type]
    return tuple(page.items)

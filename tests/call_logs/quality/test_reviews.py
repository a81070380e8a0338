"""Calls are drawn so that nobody can choose them, and reviewed by somebody else."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select

from call_logs import Store
from call_logs.privacy.emptying import empty_call
from call_logs.quality import (
    ChecklistMistake,
    averages,
    load_checklist,
    load_checklist_or_shipped,
)
from call_logs.storage import InvalidValue, NotAllowed, VersionConflict
from call_logs.tables.calls import CallRow
from call_logs.tickets import TicketClass
from call_logs.users import HOTLINE, Actor, Role
from call_logs.users.permissions import ROLE_PERMISSIONS
from tests.call_logs.conftest import OpenStore
from tests.call_logs.quality.drawn import RING, drawn, talked
from tests.call_logs.roster_world import COMPANY

MEI = Actor("mei", Role.MANAGER)
WANG = Actor("wang-user", Role.MANAGER)  # the person wang of the roster
LI = Actor("li-user", Role.ENGINEER)
LIST = load_checklist()
GOOD = {"listening": 2, "manner": 1}
PASSWORD = "a long password"
MEI_RIGHTS = ROLE_PERMISSIONS[Role.MANAGER]


async def founded(store: Store) -> Store:
    await store.roster.import_toml(COMPANY, HOTLINE)
    for actor in (MEI, WANG, LI):
        assert actor.role is not None
        await store.users.add(actor.name, PASSWORD, actor.role, HOTLINE)
    await store.users.update("wang-user", HOTLINE, person="wang")
    return store


async def test_all_urgent_calls_are_drawn_and_some_of_each_person(store: Store) -> None:
    urgent = {await talked(store, ticket_class=TicketClass.URGENT) for _ in range(3)}
    general = {await talked(store) for _ in range(5)}
    other = await talked(store, person="li")
    today = await talked(store, days_ago=0)
    await store.dispatches.open_drill(RING, HOTLINE)

    assert await store.reviews.draw() == 6

    found = {each.call_id for each in await store.reviews.list(HOTLINE)}
    assert urgent <= found
    assert other in found
    assert len(found & general) == 2
    assert today not in found
    assert await store.reviews.draw() == 0, "a month is drawn once"


async def test_the_same_calls_are_drawn_whoever_draws_and_once(open_store: OpenStore) -> None:
    one, two = await open_store(), await open_store(node="other")
    for _ in range(6):
        await talked(one)
    counts = await asyncio.gather(one.reviews.draw(), two.reviews.draw())
    assert sorted(counts) == [0, 2]
    assert len(await two.reviews.list(HOTLINE)) == 2


async def test_a_review_is_scored_answered_and_kept_in_every_version(store: Store) -> None:
    reviews = (await founded(store)).reviews
    number = await drawn(store)
    with pytest.raises(NotAllowed):
        await reviews.get(number, LI)
    scored = await store.reviews.score(number, GOOD, "warm", MEI, checklist=LIST, version=0)
    assert scored.score == 75
    answered = await store.reviews.answer(number, "thanks", WANG, version=1)
    assert (answered.answer, answered.remark, answered.is_own) == ("thanks", "warm", True)
    again = await reviews.score(number, {"manner": 0}, "", MEI, checklist=LIST, version=2)
    assert (again.score, again.answer) == (0, "thanks")
    kept = await reviews.versions(number, MEI)
    assert [(each.actor, each.score) for each in kept] == [
        ("mei", 0),
        ("wang-user", 75),
        ("mei", 75),
    ]
    with pytest.raises(VersionConflict):
        await reviews.score(number, GOOD, "", MEI, checklist=LIST, version=1)


async def test_nobody_reviews_their_own_call_whatever_they_may(store: Store) -> None:
    await founded(store)
    number = await drawn(store)
    program = Actor("api:crm", Role.OPERATOR, frozenset(MEI_RIGHTS))
    for actor in (WANG, LI, HOTLINE, program):
        with pytest.raises(NotAllowed):
            await store.reviews.score(number, GOOD, "", actor, checklist=LIST, version=0)
    with pytest.raises(NotAllowed):  # nor answers for somebody else, nor before there is a result
        await store.reviews.answer(number, "x", MEI, version=0)
    with pytest.raises(NotAllowed):
        await store.reviews.answer(number, "x", WANG, version=0)
    assert (await store.reviews.get(number, MEI)).score is None


async def test_everybody_sees_their_own_results_and_no_others(store: Store) -> None:
    await founded(store)
    number = await drawn(store)
    await store.users.update("wang-user", HOTLINE, person="")
    await store.users.update("li-user", HOTLINE, person="wang")
    assert await store.reviews.list(LI) == ()  # not reviewed yet
    await store.reviews.score(number, GOOD, "", MEI, checklist=LIST, version=0)
    assert [each.id for each in await store.reviews.list(LI)] == [number]
    await store.users.update("li-user", HOTLINE, person="")
    assert await store.reviews.list(LI) == ()


async def test_what_was_said_goes_with_the_call_and_what_is_counted_stays(store: Store) -> None:
    await founded(store)
    number = await drawn(store)
    done = await store.reviews.score(number, GOOD, "secret", MEI, checklist=LIST, version=0)
    async with store.session() as session:
        row = await session.scalar(select(CallRow).where(CallRow.id == done.call_id))
        assert row is not None
        await empty_call(session, row, {})
    left = await store.reviews.get(number, MEI)
    assert (left.score, left.points, left.remark) == (75, GOOD, "")
    assert await store.reviews.versions(number, MEI) == ()


@pytest.mark.parametrize("points", [{}, {"nothing": 1}, {"greeting": 2}, {"manner": -1}])
def test_points_that_the_checklist_has_not_are_refused(points: dict[str, int]) -> None:
    with pytest.raises(InvalidValue):
        LIST.score(points)


@pytest.mark.parametrize("text", ["", "items = 3", "[[items]]\nid = 'a'", "[[items]\n"])
def test_a_companys_list_with_a_mistake_is_told_and_costs_no_start(
    tmp_path: Path, text: str
) -> None:
    own = tmp_path / "call_review.toml"
    own.write_text(text, "utf-8")
    with pytest.raises(ChecklistMistake):
        load_checklist(own)
    assert load_checklist_or_shipped(own) == load_checklist()


def test_a_companys_list_takes_the_place_of_ours(tmp_path: Path) -> None:
    own = tmp_path / "call_review.toml"
    own.write_text("[[items]]\nid = 'tone'\nnames = { en = 'Tone' }\nmost = 1\nweight = 5", "utf-8")
    assert load_checklist(own).score({"tone": 1}) == 100
    assert load_checklist(own).name("tone", "zh-CN") == "Tone"


def test_averages_are_by_name() -> None:
    found = averages([("b", 50), ("a", 100), ("b", 100)])
    assert [(each.name, each.count, each.percent) for each in found] == [
        ("a", 1, 100),
        ("b", 2, 75),
    ]

"""Tickets of one case are found, joined, told and taken apart, and none is lost by it."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from call_logs import Rules, Store
from call_logs.casework import (
    GroupRefusal,
    GroupRefused,
    GroupRules,
    GroupStatus,
    LinkRefused,
    group_finding,
)
from call_logs.casework.alike import clusters, told_words
from call_logs.storage import Lacking, NotAllowed, NotFound, VersionConflict
from call_logs.tickets import NewTicket, Ticket, TicketFilter, TicketStatus, edit
from tests.call_logs.conftest import OpenStore
from tests.people import person
from tests.turned_clock import TurnedClock

OPERATOR = person("operator")
NIGHT = datetime(2026, 11, 27, 19, tzinfo=UTC)  # three in the morning in Shanghai
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(NIGHT)


@pytest.fixture
async def timed(open_store: OpenStore, clock: TurnedClock) -> Store:
    return await open_store(clock=clock)


async def tickets(store: Store, count: int, start: int = 0, **fields: object) -> list[Ticket]:
    given: dict[str, object] = {"text": "家里停水了", "category": "water", "building": "3"}
    return [
        await store.tickets.open(
            NewTicket(**(given | fields), caller=f"138001380{each:02}")  # type: ignore[arg-type]
        )
        for each in range(start, start + count)
    ]


async def test_three_owners_of_a_building_are_proposed_with_the_reason(
    timed: Store, clock: TurnedClock
) -> None:
    told = await tickets(timed, 2)
    assert await timed.groups.proposals() == ()
    await clock.turn(50 * MINUTE)
    told += await tickets(timed, 1, 2)
    await tickets(timed, 1, 3, building="5")
    (proposal,) = await timed.groups.proposals()
    assert proposal.ids == tuple(each.id for each in told)
    reason = proposal.reason
    assert (reason.owners, reason.building, reason.minutes, reason.category) == (
        3,
        "3",
        50,
        "water",
    )
    assert "停水" in reason.words
    assert str(reason) == "3 owners of building 3 within 50 min about water"
    await clock.turn(timedelta(hours=5))
    assert len(await timed.groups.proposals()) == 1  # the night's case is there in the morning


async def test_one_owner_who_calls_three_times_is_no_group(store: Store) -> None:
    for _ in range(3):
        await tickets(store, 1)
    assert await store.groups.proposals() == ()


async def test_like_words_make_a_case_without_a_category(store: Store) -> None:
    for each, text in enumerate(("三号楼停电了", "整栋楼停电了怎么回事", "停电了", "楼上很吵")):
        await tickets(store, 1, each, text=text, category="")
    (proposal,) = await store.groups.proposals()
    assert [each.caller[-2:] for each in proposal.tickets] == ["00", "01", "02"]


@pytest.mark.parametrize(
    "fields", [{"building": ""}, {"category": "other", "text": "?"}, {"category": "", "text": ""}]
)
async def test_what_says_nothing_is_near_nothing(store: Store, fields: dict[str, str]) -> None:
    await tickets(store, 4, 0, **fields)
    assert await store.groups.proposals() == ()


async def test_who_comes_hours_later_tells_of_another_case(
    timed: Store, clock: TurnedClock
) -> None:
    await tickets(timed, 2)
    await clock.turn(timedelta(hours=3))
    await tickets(timed, 2, 2)
    assert await timed.groups.proposals() == ()


async def test_a_joined_case_marks_its_tickets_and_grows(store: Store) -> None:
    told = await tickets(store, 3)
    (proposal,) = await store.groups.proposals()
    group = await store.groups.join(proposal.ids, OPERATOR, "the pump", reason=proposal.reason)
    assert [each.id for each in group.tickets] == [each.id for each in told]
    assert all(each.group and each.group_id == group.id for each in group.tickets)
    assert await store.groups.proposals() == ()
    line = (await store.tickets.history(told[0].id))[-1]
    assert (line.action, line.actor, line.note) == ("joined", "operator", "the pump")
    (late,) = await tickets(store, 1, 3)
    (proposal,) = await store.groups.proposals()
    assert (proposal.ids, proposal.group, proposal.reason.owners) == ((late.id,), group.id, 4)
    grown = await store.groups.join(proposal.ids, OPERATOR, group=proposal.group)
    assert len(grown.tickets) == 4
    assert await store.groups.joined() == (grown,)
    assert await store.groups.get(group.id) == grown


async def test_two_who_join_the_same_make_one_case(store: Store) -> None:
    told = await tickets(store, 3)
    ids = [each.id for each in told]
    groups = await asyncio.gather(*(store.groups.join(ids, OPERATOR) for _ in range(4)))
    assert len({each.id for each in groups}) == 1
    assert [each.action for each in await store.tickets.history(ids[0])] == ["opened", "joined"]


async def test_above_the_second_threshold_tickets_join_by_themselves(
    open_store: OpenStore,
) -> None:
    store = await open_store(rules=Rules(groups=GroupRules(propose_at=2, join_at=3)))
    await tickets(store, 2)
    assert (await store.groups.join_alike(), len(await store.groups.proposals())) == (0, 1)
    await tickets(store, 1, 2)
    assert await store.groups.join_alike() == 1
    (group,) = await store.groups.joined()
    assert (group.made_by, len(group.tickets)) == ("hotline", 3)
    assert group.reason is not None
    assert group.reason.owners == 3
    out = group.tickets[0]
    await store.groups.take_out(group.id, out.id, OPERATOR, "a tap of his own")
    assert await store.groups.join_alike() == 0  # what a person undid stays undone
    assert (await store.tickets.get(out.id)).group_id is None
    await tickets(store, 1, 3)
    assert await store.groups.join_alike() == 1
    assert len((await store.groups.get(group.id)).tickets) == 3


async def test_one_text_goes_to_all_tickets_of_a_case(store: Store) -> None:
    told = await tickets(store, 4)
    group = await store.groups.join([each.id for each in told], OPERATOR)
    for status in (TicketStatus.REGISTERED, TicketStatus.RESOLVED, TicketStatus.FEEDBACK_GIVEN):
        await store.tickets.move(told[0].id, status, OPERATOR, changes=edit(result="yours is on"))
    await store.tickets.move(told[0].id, TicketStatus.CLOSED, OPERATOR)
    (elsewhere,) = await tickets(store, 1, 9, category="pump", building="9")
    await store.links.merge(told[1].id, elsewhere.id, OPERATOR)
    group = await store.groups.get(group.id)
    with pytest.raises(Lacking):
        await store.groups.tell(group.id, " ", OPERATOR)
    said = "水泵修好了，六点恢复供水"
    done = await store.groups.tell(group.id, said, OPERATOR, version=group.version, key="k")
    again = await store.groups.tell(group.id, said, OPERATOR, version=group.version, key="k")
    assert (done.told, again) == (said, done)
    results = [(await store.tickets.get(each.id)).result for each in (*told, elsewhere)]
    assert results == ["yours is on", "", said, said, said]
    with pytest.raises(VersionConflict):
        await store.groups.tell(group.id, "later", OPERATOR, version=group.version)


async def test_a_case_is_taken_apart_and_its_tickets_go_on(store: Store) -> None:
    told = await tickets(store, 3)
    await store.tickets.update(told[0].id, OPERATOR, edit(group=True))
    group = await store.groups.join([each.id for each in told], OPERATOR)
    with pytest.raises(Lacking):
        await store.groups.take_apart(group.id, OPERATOR, "")
    over = await store.groups.take_apart(group.id, OPERATOR, "three taps", version=group.version)
    assert (over.status, over.tickets) == (GroupStatus.ENDED, ())
    after = [await store.tickets.get(each.id) for each in told]
    assert [(each.group, each.group_id) for each in after] == [
        (True, None),  # somebody had marked it before
        (False, None),
        (False, None),
    ]
    assert [each.next_due_at for each in after] == [each.next_due_at for each in told]
    assert await store.groups.proposals() == ()
    with pytest.raises(GroupRefused, match="taken apart"):
        await store.groups.tell(group.id, "x", OPERATOR)


async def test_what_is_refused_is_not_proposed_again(store: Store) -> None:
    told = await tickets(store, 3)
    await store.groups.refuse([each.id for each in told], OPERATOR)
    await tickets(store, 2, 3)
    assert await store.groups.proposals() == ()
    await tickets(store, 1, 5)
    (proposal,) = await store.groups.proposals()
    assert not set(proposal.ids) & {each.id for each in told}


async def test_what_cannot_be_joined_says_why(store: Store) -> None:
    one, two, three, four = await tickets(store, 4)
    group = await store.groups.join([one.id, two.id], OPERATOR)
    merged = await store.links.merge(three.id, four.id, OPERATOR)
    for ids, refusal in (
        ([four.id], GroupRefusal.TOO_FEW),
        ([], GroupRefusal.TOO_FEW),
        ([one.id, four.id], GroupRefusal.ELSEWHERE),
        ([merged.id, four.id], GroupRefusal.MERGED),
    ):
        with pytest.raises(GroupRefused) as refused:
            await store.groups.join(ids, OPERATOR)
        assert refused.value.refusal is refusal
    with pytest.raises(GroupRefused):
        await store.groups.take_out(group.id, four.id, OPERATOR)
    with pytest.raises(NotFound):
        await store.groups.join([one.id, 999], OPERATOR)
    with pytest.raises(NotFound):
        await store.groups.get(999)
    assert (await store.tickets.get(four.id)).group_id is None


async def test_a_role_without_the_right_joins_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = await tickets(store, 2)
    group = await store.groups.join([each.id for each in told], OPERATOR)
    monkeypatch.setattr("call_logs.users.actor.may", lambda role, permission: False)
    for try_it in (
        store.groups.join([1, 2], OPERATOR),
        store.groups.take_out(group.id, told[0].id, OPERATOR),
        store.groups.take_apart(group.id, OPERATOR, "why"),
        store.groups.refuse([1], OPERATOR),
        store.groups.tell(group.id, "x", OPERATOR),
    ):
        with pytest.raises(NotAllowed):
            await try_it
    assert await store.groups.get(group.id) == group


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["join", "take out", "apart", "merge", "unmerge", "tell"]),
        st.integers(0, 4),
        st.integers(0, 4),
    ),
    max_size=16,
)


@given(steps=STEPS)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_no_path_of_joins_merges_and_undoings_loses_a_ticket(
    sqlite_store: Store, steps: list[tuple[str, int, int]]
) -> None:
    store = sqlite_store
    since = store.clock.now()
    told = await tickets(store, 5)
    for what, first, second in steps:
        one = await store.tickets.get(told[first].id)
        two = await store.tickets.get(told[second].id)
        try:
            match what:
                case "join":
                    await store.groups.join([one.id, two.id], OPERATOR, group=one.group_id)
                case "take out":
                    await store.groups.take_out(one.group_id or 0, one.id, OPERATOR)
                case "apart":
                    await store.groups.take_apart(one.group_id or 0, OPERATOR, "no")
                case "merge":
                    await store.links.merge(one.id, two.id, OPERATOR)
                case "unmerge":
                    await store.links.unmerge(one.id, OPERATOR, "no")
                case "tell":
                    await store.groups.tell(one.group_id or 0, "it runs", OPERATOR)
                    case_of = await store.links.case_of(await store.tickets.get(one.id))
                    assert case_of.result == "it runs"
        except (GroupRefused, LinkRefused, NotFound):
            pass  # any other error is a fault
    page = await store.tickets.list(TicketFilter(since=since, limit=200))
    own = {each.id for each in told}
    assert {each.id for each in page.items} >= own
    groups = {each.id: {one.id for one in each.tickets} for each in await store.groups.joined()}
    for each in page.items:
        if each.id in own:
            case = await store.links.case_of(each)
            assert case.next_due_at is not None
            assert each.group_id is None or each.id in groups[each.group_id]
    assert all(len(members) > 1 for members in groups.values())


async def test_a_night_of_many_unlike_tickets_stops_no_call(
    timed: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two thousand of one place are compared each with each: seconds of work."""
    threads: list[threading.Thread] = []

    def noted(*given: Any) -> Any:
        threads.append(threading.current_thread())
        return clusters(*given)

    def noted_words(text: str) -> frozenset[str]:
        threads.append(threading.current_thread())
        return told_words(text)

    monkeypatch.setattr(group_finding, "clusters", noted)
    monkeypatch.setattr(group_finding, "told_words", noted_words)
    await tickets(timed, 3)
    assert len(await timed.groups.proposals()) == 1
    assert len(threads) == 4
    assert threading.current_thread() not in threads


async def test_a_list_of_cases_has_the_tickets_of_each(store: Store) -> None:
    first = await store.groups.join([each.id for each in await tickets(store, 3)], OPERATOR)
    second = await store.groups.join([each.id for each in await tickets(store, 2)], OPERATOR)

    found = await store.groups.joined()

    assert [each.id for each in found] == [second.id, first.id]
    assert [each.tickets for each in found] == [second.tickets, first.tickets]

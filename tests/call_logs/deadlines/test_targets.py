"""Targets that managers change: what holds, since when, why, and the way back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from call_logs import Store
from call_logs.deadlines import DEFAULT_RULES, Counted, ResponseTarget, Within
from call_logs.storage import IllegalMove, Lacking, NotAllowed, StoreError, VersionConflict
from call_logs.tickets import NewTicket, TicketClass, edit
from call_logs.users import Role
from tests.people import person

BOSS = person("boss")
GENERAL = TicketClass.GENERAL


def target(acknowledge: str, on_site: str, feedback: str) -> ResponseTarget:
    return ResponseTarget.of({"acknowledge": acknowledge, "on_site": on_site, "feedback": feedback})


async def test_what_was_changed_holds_for_what_comes_and_open_tickets_keep_theirs(
    store: Store,
) -> None:
    tickets, targets = store.tickets, store.targets
    old = await tickets.open(NewTicket(ticket_class=GENERAL, category="lighting"))
    await targets.change(GENERAL, "", target("1 h", "2 d", "3 d"), BOSS, "owners ask for it")
    await targets.change(
        GENERAL, "lighting", target("30 min", "1 working d", "2 working d"), BOSS, "dark stairs"
    )
    assert await tickets.get(old.id) == old
    other = await tickets.open(NewTicket(ticket_class=GENERAL, category="noise"))
    assert other.acknowledge_due_at - other.opened_at == timedelta(hours=1)
    lamp = await tickets.open(NewTicket(ticket_class=GENERAL, category="lighting"))
    assert lamp.acknowledge_due_at - lamp.opened_at == timedelta(minutes=30)
    moved = await tickets.update(old.id, BOSS, edit(category="noise"))
    assert moved.acknowledge_due_at - moved.opened_at == timedelta(hours=1)
    rules = store.tickets.deadlines.rules
    assert rules.target(GENERAL, "lighting").feedback.counted is Counted.WORKING_DAYS
    found = {(each.ticket_class, each.category): each for each in await targets.current()}
    assert found[GENERAL, ""].of_file == DEFAULT_RULES.by_class[GENERAL]
    assert found[GENERAL, "lighting"].of_file is None
    assert not found[TicketClass.URGENT, ""].is_changed

    await targets.change(GENERAL, "lighting", None, BOSS, "a trial", version=2)
    found = {(each.ticket_class, each.category): each for each in await targets.current()}
    assert (GENERAL, "lighting") not in found
    assert found[GENERAL, ""].is_changed
    latest, *_, first = await targets.history()
    assert (latest.after, latest.actor, latest.note) == (None, "boss", "a trial")
    assert first.before == DEFAULT_RULES.by_class[GENERAL]
    assert first.after == target("1 h", "2 d", "3 d")


async def test_an_urgent_ticket_is_due_by_what_the_program_knows_without_asking(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is in danger waits for no look at the targets; a change of this program is known."""
    await store.targets.change(
        TicketClass.URGENT, "fire", target("2 min", "10 min", "10 min"), BOSS, "close by"
    )

    async def asked(session: object) -> int:
        raise AssertionError("an urgent ticket asked for the targets")

    monkeypatch.setattr("call_logs.deadlines.deadlines.last_change", asked)
    fire = await store.tickets.open(NewTicket(ticket_class=TicketClass.URGENT, category="fire"))
    assert fire.acknowledge_due_at - fire.opened_at == timedelta(minutes=2)


async def test_nothing_is_changed_without_right_reason_order_or_against_another(
    store: Store,
) -> None:
    targets, new = store.targets, target("1 h", "2 d", "3 d")
    with pytest.raises(NotAllowed):
        await targets.change(GENERAL, "", new, person("olga", Role.OPERATOR), "why not")
    with pytest.raises(Lacking):
        await targets.change(GENERAL, "", new, BOSS, " ")
    with pytest.raises(StoreError, match="acknowledged before"):
        await targets.change(GENERAL, "", target("3 d", "1 d", "2 d"), BOSS, "why not")
    with pytest.raises(IllegalMove):
        await targets.change(GENERAL, "", None, BOSS, "it is so already")
    await targets.change(GENERAL, "", new, BOSS, "first", version=0)
    with pytest.raises(VersionConflict):
        await targets.change(GENERAL, "", target("2 h", "2 d", "3 d"), BOSS, "second", version=0)
    with pytest.raises(IllegalMove):
        await targets.change(GENERAL, "", new, BOSS, "again")
    assert len(await targets.history()) == 1


@pytest.mark.parametrize(
    "written", ["30 min", "24 min", "1 d", "36 h", "4 working h", "90 working min", "3 working d"]
)
def test_a_length_is_written_as_it_is_read(written: str) -> None:
    assert Within.read(written).written == written


@pytest.mark.parametrize("wrong", ["", "0 min", "-1 h", "1.5 h", "367 d", "2001 working h", "soon"])
def test_no_length(wrong: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        Within.read(wrong)

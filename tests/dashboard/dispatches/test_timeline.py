"""Every step of a search in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from call_logs.dispatches import (
    AcknowledgedVia,
    AttemptStatus,
    Dispatch,
    DispatchEvent,
    DispatchEventKind,
    DispatchReason,
    DispatchStatus,
)
from call_logs.dispatches.events import read_step
from call_logs.roster import SkipReason
from dashboard.dispatches.labels import (
    ACKNOWLEDGED_VIA,
    ATTEMPTS,
    DISPATCH_MOVES,
    DISPATCH_REASONS,
    SKIPS,
)
from dashboard.dispatches.timeline import DispatchView, timeline

AT = datetime(2026, 6, 3, 3, 0, 0, 999_000, tzinfo=UTC)
DISPATCH = Dispatch(
    id="d" * 32,
    ticket_id=1,
    call_id=None,
    node="main",
    category="fire",
    policy={},
    drill=False,
    status=DispatchStatus.RINGING,
    reason=DispatchReason.NONE,
    attempt_id=None,
    person="",
    opened_at=AT,
    accepted_at=None,
    acknowledged_at=None,
    acknowledged_by="",
    acknowledged_via=None,
    closed_at=None,
)


def told(kind: str, data: Mapping[str, Any] | None = None, actor: str = "hotline") -> str:
    event = DispatchEvent(1, DISPATCH.id, None, kind, AT, actor, read_step(kind, data or {}))
    search = DispatchView(DISPATCH, (), (event,), {"wang": "王工"})
    (step,) = timeline(search, str, lambda category: category.upper())
    return step.text


@pytest.mark.parametrize(
    ("kind", "data", "actor", "text"),
    [
        ("heard", {"category": "fire", "phrase": "着火了"}, "hotline", "Heard: FIRE “着火了”"),
        ("heard", {"category": "fire", "late": True}, "hotline", "Found in the transcript: FIRE"),
        ("skipped", {"level": 1, "person": "", "reason": "nobody"}, "hotline",
         "Level 2 passed over: nobody is on call"),
        ("skipped", {"level": 0, "person": "wang", "reason": "busy"}, "hotline",
         "王工 is not rung: is in a call"),
        ("notice", {"person": "wang", "sent": 1, "failed": 1}, "hotline",
         "A notice to 王工 was sent"),
        ("notice", {"person": "wang", "sent": 0, "failed": 2}, "hotline",
         "A notice to 王工 could not be sent"),
        ("acknowledged", {"via": "link"}, "wang", "王工 has it, said by the link of a notice"),
        ("on_the_way", {}, "wang", "王工 is on the way"),
        ("arrived", {}, "operator", "operator has arrived"),
        ("called_back", {"answered": True}, "hotline", "The owner was called back and told"),
        ("called_back", {"answered": False}, "hotline",
         "The owner was called back and did not answer"),
        ("called_back", {"answered": True, "waiting": True}, "hotline",
         "The owner was called and told that the search goes on"),
        ("called_back", {"answered": False, "waiting": True}, "hotline",
         "The owner was called back and did not answer"),
        ("called_back", {"answered": False, "number": False}, "hotline",
         "The owner cannot be called back: no number is known"),
        ("dispatch_ringing", {"reason": "follow-up round 3"}, "hotline",
         "Round 3 of the follow-up begins"),
        ("dispatch_unanswered", {"reason": "follow-up round 3"}, "hotline",
         "Round 3 of the follow-up reached nobody"),
        ("dispatch_ringing", {"reason": "follow-up round", "round": 4}, "hotline",
         "Round 4 of the follow-up begins"),
        ("dispatch_ringing", {"reason": "the person passed the caller on"}, "hotline",
         "The person passed the caller on (*2); others are rung"),
        ("note", {"reason": "urgent, and nobody had it"}, "hotline",
         "Urgent, and nobody had it: people are rung"),
        ("attempt_beamed", {"person": "wang"}, "hotline", "attempt_beamed"),
        ("level", {"level": "the first"}, "hotline", "level"),
        ("dispatch_closed", {"reason": "talked"}, "hotline", "They have talked"),
        ("dispatch_closed", {"reason": "a new reason"}, "hotline", "a new reason"),
        ("dispatch_closed", {}, "hotline", "The search has ended"),
        ("ordered", {"order": "ring", "person": "wang"}, "operator", "operator ordered: ring 王工"),
        ("ordered", {"order": "ring", "policy": "fire"}, "operator",
         "operator ordered: ring (FIRE)"),
        ("ordered", {"order": "next_level", "after": 0}, "operator",
         "operator ordered: ring the next level"),
        ("taken_back", {}, "operator", "operator does not have it after all"),
        ("note", {"text": "the gate is shut"}, "wang", "王工: the gate is shut"),
        ("something_new", {}, "hotline", "something_new"),
    ],
)  # fmt: skip
def test_a_step_is_told_in_words(kind: str, data: Mapping[str, Any], actor: str, text: str) -> None:
    assert told(kind, data, actor) == text


@pytest.mark.parametrize("status", list(AttemptStatus))
def test_every_outcome_of_a_ring_has_words(status: AttemptStatus) -> None:
    assert told(f"attempt_{status}", {"person": "wang"}).startswith("王工: ")
    assert status in ATTEMPTS


@pytest.mark.parametrize("kind", list(DispatchEventKind))
def test_every_kind_of_step_has_words(kind: DispatchEventKind) -> None:
    if kind is not DispatchEventKind.NOTE:
        assert told(kind) != kind.value


def test_every_reason_and_every_state_has_words() -> None:
    assert set(SKIPS) == set(SkipReason)
    assert {*DISPATCH_REASONS, DispatchReason.NONE} == set(DispatchReason)
    assert set(DISPATCH_MOVES) == set(DispatchStatus)
    assert set(ACKNOWLEDGED_VIA) == set(AcknowledgedVia)


def test_a_search_without_steps_has_no_timeline() -> None:
    assert timeline(DispatchView(DISPATCH, (), (), {}), str, str) == ()

"""The steps of a search in the store: written, read back, and read from other versions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import pytest

from call_logs.calls.requests import RequestAction
from call_logs.dispatches.dispatch import (
    AcknowledgedVia,
    AttemptStatus,
    DispatchReason,
    DispatchStatus,
)
from call_logs.dispatches.events import (
    Acknowledged,
    Arrived,
    AttemptStep,
    CalledBack,
    Details,
    DispatchEventKind,
    DispatchStep,
    Fact,
    LevelBegun,
    Note,
    NoticeSent,
    NotRung,
    OnTheWay,
    Ordered,
    PhraseHeard,
    Step,
    Taken,
    TookBack,
    Unknown,
    data_of,
    kind_of,
    read_step,
)
from call_logs.roster.ring_plan import SkipReason

DOCS = Path(__file__).parents[3] / "docs"

STEPS: tuple[Step, ...] = (
    AttemptStep(AttemptStatus.BUSY, "wang", 1, 2),
    DispatchStep(DispatchStatus.RINGING, DispatchReason.ROUND, 3),
    DispatchStep(DispatchStatus.CLOSED),
    Taken("wang"),
    PhraseHeard("fire", "着火了", 0.9, "rule", at_s=3.5),
    PhraseHeard("fire", late=True),
    LevelBegun(1, 2, ("wang", "li")),
    NotRung(0, "wang", SkipReason.BUSY),
    NoticeSent("wang", 2, 1, 3),
    Acknowledged(AcknowledgedVia.LINK),
    OnTheWay(12),
    Arrived(),
    CalledBack(answered=True, waiting=True),
    CalledBack(number=False),
    Details(),
    Ordered(RequestAction.NEXT_LEVEL, after=0),
    TookBack(),
    Note(DispatchReason.UNSOUGHT),
    Unknown("something_new", {"words": "?"}),
)


@pytest.mark.parametrize("step", STEPS, ids=kind_of)
def test_a_step_is_read_as_it_was_written(step: Step) -> None:
    written = json.loads(json.dumps(data_of(step)))
    assert read_step(kind_of(step), written) == step


def test_every_kind_has_one_dataclass() -> None:
    assert sorted(each.kind for each in get_args(Fact)) == sorted(DispatchEventKind)


@pytest.mark.parametrize(
    ("kind", "data", "step"),
    [
        (
            "dispatch_unanswered",
            {"reason": "follow-up round 12"},
            DispatchStep(DispatchStatus.UNANSWERED, DispatchReason.ROUND, 12),
        ),
        ("dispatch_ringing", {}, DispatchStep(DispatchStatus.RINGING)),
        ("dispatch_closed", {"reason": "talked"},
         DispatchStep(DispatchStatus.CLOSED, DispatchReason.TALKED)),
        ("dispatch_accepted", {"person": "wang"}, Taken("wang")),
        ("heard", {"category": "fire", "phrase": "火", "late": True},
         PhraseHeard("fire", "火", late=True)),
        ("on_the_way", {}, OnTheWay()),
        ("called_back", {"answered": False, "number": False}, CalledBack(number=False)),
        ("ordered", {"order": "ring", "person": "wang", "again": True},
         Ordered(person="wang", again=True)),
        ("note", {"reason": "urgent, and nobody had it"}, Note(DispatchReason.UNSOUGHT)),
    ],
)  # fmt: skip
def test_what_an_older_program_wrote_is_read(
    kind: str, data: Mapping[str, Any], step: Step
) -> None:
    assert read_step(kind, data) == step


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("teleported", {"to": "roof"}),
        ("attempt_teleported", {"person": "wang"}),
        ("dispatch_teleported", {}),
        ("skipped", {"reason": "on the moon"}),
        ("level", {"level": "the first"}),
    ],
)
def test_what_only_another_version_understands_is_kept_and_raises_nothing(
    kind: str, data: Mapping[str, Any]
) -> None:
    assert read_step(kind, data) == Unknown(kind, data)


def test_a_reason_of_another_version_keeps_its_words() -> None:
    step = read_step("dispatch_closed", {"reason": "the moon was full"})
    words = "the moon was full"
    assert step == DispatchStep(DispatchStatus.CLOSED, DispatchReason.OTHER, words=words)
    assert DispatchReason(words) is DispatchReason.OTHER
    assert DispatchReason("follow-up round 3") is DispatchReason.ROUND


def test_every_kind_and_each_of_its_fields_is_documented() -> None:
    rows = {
        line.split("|")[1].strip(): line
        for line in (DOCS / "oncall.md").read_text("utf-8").splitlines()
        if line.startswith("| `")
    }
    for each in get_args(Fact):
        row = rows[f"`{each.kind}`"]
        assert [name.name for name in fields(each) if f"`{name.name}`" not in row] == []
    for type_, name in ((AttemptStep, "attempt_…"), (DispatchStep, "dispatch_…")):
        row = rows[f"`{name}`"]
        assert [each.name for each in fields(type_) if f"`{each.name}`" not in row] == []
    reasons = (DOCS / "oncall.md").read_text("utf-8")
    assert [each for each in DispatchReason if each and f"`{each}`" not in reasons] == []

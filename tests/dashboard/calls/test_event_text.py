"""Events of a call as one line each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from call_logs.calls import CallEvent, CallEventKind
from call_logs.tickets import ticket_number
from dashboard.calls.event_text import event_text

KIND = CallEventKind


@pytest.mark.parametrize(
    ("kind", "data", "text"),
    [
        (KIND.MENU, {"node": "repair"}, "REPORTING A REPAIR"),
        (KIND.MENU, {"node": "a node of a company's own"}, "a node of a company's own"),
        (KIND.HANGUP, {"by": "caller", "reason": "remote"}, "CALLER HUNG UP"),
        (KIND.LANGUAGE, {"language": "ko"}, "ko"),
        (KIND.HIT, {"category": "fire", "phrase": "着火了"}, "<fire> “着火了”"),
        (KIND.ASKED, {"category": "fire"}, "<fire>"),
        (KIND.TICKET, {"ticket_id": 7, "number": "100073"}, "100073"),
        (KIND.TICKET, {"ticket_id": 7}, ticket_number(7)),
        (KIND.MESSAGE, {"start_s": 12.2, "end_s": 75.0}, "0:12 – 1:15"),
        (KIND.PLACE, {"building": "3", "unit": "2", "floor": ""}, "3 2"),
        (
            KIND.RINGING,
            {"headers": {"X-Place": "5", "Diversion": "400"}},
            "X-Place: 5; Diversion: 400",
        ),
        (KIND.RINGING, {}, ""),
        (KIND.HEARD, {"text": "灯坏了", "start_s": 1.0}, "灯坏了"),
        (KIND.RECORDING_PROBLEM, {"problem": "the disk is full"}, "the disk is full"),
    ],
)
def test_an_event_is_told_by_its_data(
    kind: CallEventKind, data: Mapping[str, Any], text: str
) -> None:
    event = CallEvent(1, "c", kind, datetime.now(UTC), data)

    assert event_text(event, str.upper, lambda name: f"<{name}>") == text


@pytest.mark.parametrize("kind", list(CallEventKind))
def test_an_event_without_data_is_told_by_its_kind_alone(kind: CallEventKind) -> None:
    event = CallEvent(1, "c", kind, datetime.now(UTC), {})

    assert event_text(event, str, str) == ""

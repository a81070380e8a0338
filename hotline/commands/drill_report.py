"""What a drill showed: a row for each ring."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from call_logs.dispatches import Attempt, Dispatch


def drill_rows(drill: Dispatch, attempts: Sequence[Attempt]) -> list[dict[str, Any]]:
    """Rings in their order. Times are seconds from the ring's start, null where it did not
    come so far; `outcome` is `confirmed` for who pressed 1."""
    return [
        {
            "policy": drill.category,
            "person": attempt.person,
            "level": attempt.level,
            "outcome": "confirmed" if attempt.accepted_at else attempt.status.value,
            "started_at": attempt.started_at.isoformat(),
            "rung_s": _after(attempt, attempt.rung_at),
            "answered_s": _after(attempt, attempt.answered_at),
            "confirmed_s": _after(attempt, attempt.accepted_at),
        }
        for attempt in attempts
    ]


def _after(attempt: Attempt, at: datetime | None) -> float | None:
    return None if at is None else round((at - attempt.started_at).total_seconds(), 1)

"""A call that was drawn for a review, and what was said of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

__all__ = ["Average", "CallReview", "ReviewRules", "ReviewVersion", "averages"]


@dataclass(frozen=True)
class ReviewRules:
    """How many of each person's calls are drawn for a month, besides all urgent ones; 0: none are
    drawn at all."""

    per_person: int = 2


@dataclass(frozen=True, kw_only=True)
class ReviewVersion:
    version: int
    at: datetime
    actor: str
    score: int | None
    points: Mapping[str, int]
    remark: str = field(repr=False)
    answer: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class CallReview:
    """`person`: a reference to whoever talked with the caller; `score`: percent, None until it was
    reviewed; `may_score`: whether who asks may."""

    id: int
    call_id: str
    ticket_id: int
    person: str
    category: str
    urgent: bool
    month: str
    reviewer: str
    reviewed_at: datetime | None
    score: int | None
    points: Mapping[str, int]
    remark: str = field(repr=False)
    answer: str = field(repr=False)
    answered_at: datetime | None
    version: int
    is_own: bool
    may_score: bool


@dataclass(frozen=True)
class Average:
    """Of the reviews of one person, item or month."""

    name: str
    count: int
    percent: int


def averages(found: Iterable[tuple[str, float]]) -> tuple[Average, ...]:
    """Of (name, percent), by name."""
    values: dict[str, list[float]] = {}
    for name, percent in found:
        values.setdefault(name, []).append(percent)
    return tuple(
        Average(name, len(all_of), round(sum(all_of) / len(all_of)))
        for name, all_of in sorted(values.items())
    )

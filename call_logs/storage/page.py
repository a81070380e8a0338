"""One page of a long list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, Self, TypeVar

T = TypeVar("T")

COUNT_LIMIT = 1000  # counting further costs time on a million rows and tells nobody anything


@dataclass(frozen=True)
class Page(Generic[T]):
    """Rows newest first. `next_cursor` goes into the filter's `before` for the following page.

    `total` is exact up to `COUNT_LIMIT`; beyond it `total_is_exact` is False ("1000+").
    """

    items: tuple[T, ...]
    next_cursor: int | None
    total: int
    total_is_exact: bool = True

    @classmethod
    def of(cls, items: Iterable[T], *, next_cursor: int | None, counted: int) -> Self:
        """`counted`: how many there are, or more than `COUNT_LIMIT`."""
        total = min(counted, COUNT_LIMIT)
        return cls(tuple(items), next_cursor, total, total_is_exact=counted <= COUNT_LIMIT)

    @property
    def has_more(self) -> bool:
        return self.next_cursor is not None

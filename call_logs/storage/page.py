"""One page of a long list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

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

    @property
    def has_more(self) -> bool:
        return self.next_cursor is not None

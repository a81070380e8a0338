"""Whole numbers that come from outside: as large as the database takes, and no larger."""

from __future__ import annotations

from typing import Annotated

from annotated_types import Interval

__all__ = ["LARGEST", "RowId"]

LARGEST = 2**63 - 1  # SQLite's and PostgreSQL's largest whole number

RowId = Annotated[int, Interval(ge=0, le=LARGEST)]
"""A row's id or version, in an address, a query or a body: a larger one is refused, not
looked for."""

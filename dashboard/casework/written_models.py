"""What was written down with all its versions (a record, an entry of a register), for programs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, PlainSerializer

from dashboard.web.api_models import In, Out
from dashboard.web.inputs import RowId

__all__ = ["ChangeIn", "VersionOut", "WrittenOut"]


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: dict(value) if isinstance(value, Mapping) else value for name, value in values.items()
    }


Values = Annotated[Any, PlainSerializer(_plain)]


class WrittenOut(Out):
    id: int
    version: int
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    values: Values


class VersionOut(Out):
    version: int
    at: datetime
    by: str
    values: Values


class ChangeIn(In):
    """`version`: the one that was read."""

    version: RowId
    fields: dict[str, Any] = Field(
        description="Some fields of it; docs/casework.md and docs/registers.md list them."
    )

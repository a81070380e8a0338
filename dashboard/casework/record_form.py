"""The form of a record of a case: what it was sent with, and what that means."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from starlette.datastructures import FormData

from call_logs.casework import (
    CaseRecord,
    Count,
    Day,
    Findings,
    Flag,
    Ids,
    Money,
    RecordEdit,
    RecordField,
    RecordKind,
    When,
    WrongField,
    read_record,
)
from call_logs.registers import Entry, RegisterKind
from call_logs.roster import moment
from dashboard.web.record_values import FIELDS_OF

__all__ = ["FINDINGS", "RecordForm", "empty_form", "filled_form", "read_form"]

FINDINGS = "findings."  # before the point's id, in the name of its input


class RecordForm:
    """What stands in the inputs, as text by their names."""

    def __init__(self, kind: RecordKind | RegisterKind, inputs: Mapping[str, str]) -> None:
        self.kind = kind
        self.inputs = inputs

    def edit(self, zone: ZoneInfo) -> RecordEdit:
        """Raises:
        WrongField.
        """
        return read_record(RecordKind(self.kind), self.values(zone), whole=True)

    def values(self, zone: ZoneInfo) -> dict[str, Any]:
        """Times are by the site's clock.

        Raises:
            WrongField.
        """
        values: dict[str, Any] = {}
        for name, field in FIELDS_OF[self.kind].items():
            written = self.inputs.get(name, "")
            match field.type:
                case Findings():
                    values[name] = {
                        key.removeprefix(FINDINGS): said
                        for key, said in self.inputs.items()
                        if key.startswith(FINDINGS)
                    }
                case When():
                    values[name] = _moment(name, written, zone)
                case Flag() | Money() | Day() | Count() | Ids():
                    values[name] = _from_form(field, written)
                case _:
                    values[name] = written
        return values


def empty_form(kind: RecordKind, now: datetime, zone: ZoneInfo, me: str) -> RecordForm:
    """As it opens for a new record: here and now, by whoever opens it."""
    inputs = {"at": _local(now, zone)}
    if kind is RecordKind.VISIT:
        inputs["who"] = me
    if kind is RecordKind.HANDOVER:
        inputs["from_whom"] = me
    return RecordForm(kind, inputs)


def filled_form(record: CaseRecord | Entry, zone: ZoneInfo) -> RecordForm:
    """As it opens for a record that is there."""
    inputs: dict[str, str] = {}
    fields = FIELDS_OF[record.kind]
    for name, value in record.values.items():
        match value:
            case None | False:
                continue
            case tuple():
                inputs[name] = " ".join(value)
            case True:
                inputs[name] = "on"
            case datetime():
                inputs[name] = _local(value, zone)
            case Mapping():
                inputs |= {f"{FINDINGS}{point}": said for point, said in value.items()}
            case int() if isinstance(fields[name].type, Money):
                inputs[name] = f"{value / 100:.2f}"
            case _:
                inputs[name] = str(value)
    return RecordForm(record.kind, inputs)


async def read_form(
    request: Request, kind: RecordKind | RegisterKind
) -> tuple[RecordForm, FormData]:
    sent = await request.form()
    inputs = {name: str(value) for name, value in sent.items()}
    for name, field in FIELDS_OF[kind].items():
        if isinstance(field.type, Ids):  # several boxes of one name
            inputs[name] = " ".join(map(str, sent.getlist(name)))
    return RecordForm(kind, inputs), sent


def _moment(name: str, written: str, zone: ZoneInfo) -> datetime | None:
    if not written.strip():
        return None
    try:
        at = datetime.fromisoformat(written)
        return at if at.tzinfo else moment(at.date(), at.time(), zone)
    except (ValueError, OverflowError):
        raise WrongField(name, "is no day and time") from None


def _from_form(field: RecordField, written: str) -> Any:
    try:
        return field.type.from_form(written)
    except ValueError as error:
        raise WrongField(field.name, str(error)) from None


def _local(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%dT%H:%M}"

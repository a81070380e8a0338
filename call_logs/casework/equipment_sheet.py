"""The register of equipment as a spreadsheet, in and out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from zoneinfo import ZoneInfo

from call_logs.casework.equipment import NewEquipment
from call_logs.roster.addresses import Address
from call_logs.roster.errors import ImportFailed, ImportProblem
from call_logs.roster.fields import Fields
from call_logs.roster.files.csv_file import read_csv, write_csv
from call_logs.storage.background import give_way

__all__ = ["read_equipment_csv", "write_equipment_csv"]

_PLACE = ("building", "unit", "floor", "area", "lift")
COLUMNS = ("name", "categories", *_PLACE, "supplier", "contact", "last_maintenance", "note")
_LIMITS = {"name": 100, "categories": 400, "supplier": 200, "contact": 200, "note": 1000}


def read_equipment_csv(data: bytes, source: str, region: str) -> tuple[NewEquipment, ...]:
    """A piece a row; `category` may name several, apart by blanks, commas or semicolons.

    Raises:
        ImportFailed: every bad row.
    """
    problems: list[ImportProblem] = []
    found: dict[str, NewEquipment] = {}
    for where, row in read_csv(data, source, COLUMNS, ("name", "categories")):
        give_way()
        fields = Fields(row, where, problems, ZoneInfo("UTC"), region)
        for column, limit in _LIMITS.items():
            if len(fields.text(column)) > limit:
                fields.problem(f"`{column}` has more than {limit} characters")
        name = fields.text("name")
        if not name:
            fields.problem("`name` is missing")
        if name in found:
            fields.problem(f"{name} is there twice; give each piece a name of its own")
        categories = tuple(dict.fromkeys(_words(fields.text("categories"))))
        if not categories:
            fields.problem("`category` is missing, such as lift_fault")
        place = Address.of({column: fields.text(column) for column in _PLACE})
        if not (place.building or place.area):
            fields.problem("has no place; fill in building or area")
        found[name] = NewEquipment(
            name=name,
            categories=categories,
            place=place,
            supplier=fields.text("supplier"),
            contact=fields.text("contact"),
            last_maintenance=_day(fields),
            note=fields.text("note"),
        )
    if problems:
        raise ImportFailed(source, problems)
    return tuple(found.values())


def write_equipment_csv(pieces: Iterable[NewEquipment]) -> bytes:
    """The sheet that `read_equipment_csv` reads back."""
    return write_csv(COLUMNS, map(_cells, pieces))


def _words(cell: str) -> list[str]:
    for mark in ",;，；、":
        cell = cell.replace(mark, " ")
    return cell.split()


def _day(fields: Fields) -> date | None:
    written = fields.text("last_maintenance").replace("/", "-").replace(".", "-")
    if not written:
        return None
    try:
        year, month, day = map(int, written.split("-"))
        return date(year, month, day)
    except ValueError:
        fields.problem(f"`last_maintenance` {written} is no day; write it as 2026-10-31")
        return None


def _cells(piece: NewEquipment) -> dict[str, str]:
    give_way()
    place = piece.place.as_document()
    return {
        "name": piece.name,
        "categories": " ".join(piece.categories),
        **{column: place.get(column, "") for column in _PLACE},
        "supplier": piece.supplier,
        "contact": piece.contact,
        "last_maintenance": piece.last_maintenance.isoformat() if piece.last_maintenance else "",
        "note": piece.note,
    }

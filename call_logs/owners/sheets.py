"""The owners' directory as a spreadsheet: number, name, building, unit, floor, room, area, note.

A number that a spreadsheet program has spoilt is read right or refused, never changed: half
a number would greet a stranger with somebody else's address.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from call_logs.owners.directory import Owner, Owners
from call_logs.roster.addresses import Address
from call_logs.roster.errors import ImportFailed, ImportProblem
from call_logs.roster.fields import Fields
from call_logs.roster.files.csv_file import read_csv, write_csv
from call_logs.storage.background import give_way
from call_logs.storage.phone import full_number

__all__ = ["read_owners_csv", "write_owners_csv"]

COLUMNS = ("number", "name", "building", "unit", "floor", "room", "area", "note")

_BETWEEN = re.compile(r"[;；、/,，\n]")
_AREA_CODE = re.compile(r"(?<![0-9/])(0[0-9]{2,3})\s*/\s*([0-9]{7,8})(?![0-9])")
_QUANTITY = re.compile(r"^([0-9]{6,})\.0+$")
#: What a number is written with; not 1.38E+10, `转8` or a second dot that shifts its digits.
_PLAIN = re.compile(r"\+?[0-9()][0-9 ()-]*(?:\.[0-9]{3,}[0-9 -]*)*")


def read_owners_csv(data: bytes, source: str, region: str) -> Owners:
    """The owners of a sheet, one a number; a cell may hold several numbers.

    A number with several homes keeps what they have in common: the caller is asked for
    the rest, rather than helped at the wrong door.

    Raises:
        ImportFailed: every bad row.
    """
    problems: list[ImportProblem] = []
    owners = Owners()
    for where, row in read_csv(data, source, COLUMNS, ("number",)):
        give_way()
        fields = Fields(row, where, problems, ZoneInfo("UTC"), region)
        address = Address(
            building=fields.text("building"),
            unit=fields.text("unit"),
            floor=fields.text("floor"),
            room=fields.text("room"),
            area=fields.text("area"),
        )
        if not address:
            fields.problem("has no address; fill in building, unit, floor, room or area")
        numbers = _numbers_of(fields.text("number"))
        if not numbers:
            fields.problem("`number` is missing")
        for number in numbers:
            normal = full_number(number, region) if _PLAIN.fullmatch(number) else ""
            if not normal:
                fields.problem(
                    f"`{number}` is no telephone number; check its digits and its area code, and "
                    "format the column as text"
                )
                continue
            owner = Owner(normal, fields.text("name"), address, fields.text("note"))
            known = owners.of(normal)
            owners.add(_merged(known, owner) if known else owner)
    if problems:
        raise ImportFailed(source, problems)
    return owners


def _numbers_of(cell: str) -> list[str]:
    """The numbers of a cell. A spreadsheet that took one for a quantity has added `.0`, and
    021/55512345 is one number. What else is odd stays as it is, to be refused."""
    text = _AREA_CODE.sub(r"\1-\2", unicodedata.normalize("NFKC", cell))
    parts = (part.strip() for part in _BETWEEN.split(text))
    return [_QUANTITY.sub(r"\1", part) for part in parts if part]


def _merged(one: Owner, other: Owner) -> Owner:
    mine, theirs = one.address.as_document(), other.address.as_document()
    common = {key: value for key, value in mine.items() if theirs.get(key) == value}
    return Owner(
        one.number,
        one.name if one.name == other.name else "",
        Address.of(common),
        one.note if one.note == other.note else "",
    )


def write_owners_csv(owners: Iterable[Owner]) -> bytes:
    """The sheet that `read_owners_csv` reads back."""
    return write_csv(COLUMNS, map(_cells, owners))


def _cells(owner: Owner) -> dict[str, str]:
    give_way()
    return {
        "number": owner.number,
        "name": owner.name,
        "note": owner.note,
        **owner.address.as_document(),
    }

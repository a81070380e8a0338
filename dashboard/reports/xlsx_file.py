"""A ledger as an Excel workbook, written row by row: a million rows need no memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from call_logs.storage import give_way, is_formula
from dashboard.reports.ledger_sheet import Cell

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

MOST_ROWS = 1_048_576  # of one sheet, the headings too
MOST_CHARACTERS = 32_767  # of one cell, in UTF-16
WIDTH, WIDE = 16, 40


class XlsxFile:
    """Blocking: call it on a thread. `close` at the end; without it there is no file."""

    def __init__(
        self, path: Path, name: str, headings: Sequence[str], *, folder: Path, made_at: datetime
    ) -> None:
        """`folder`: where its pieces stand until they are put together."""
        import xlsxwriter  # whoever only telephones starts without it

        options = {"constant_memory": True, "tmpdir": str(folder)}
        self._book = xlsxwriter.Workbook(path, options)
        self._book.set_properties({"title": name, "created": made_at.replace(tzinfo=None)})
        self._heading = self._book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self._moment = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        # Excel takes it for text also after somebody has edited it.
        self._quoted = self._book.add_format({"quote_prefix": True})
        self._name = name
        self._headings = headings
        self._sheets = 0
        self._begin()

    def add(self, rows: Iterable[Sequence[Cell]]) -> None:
        for cells in rows:
            give_way()
            if self._row == MOST_ROWS:
                self._end()
                self._begin()
            self._write(self._sheet, self._row, cells)
            self._row += 1

    def close(self, totals_name: str, totals: Iterable[Sequence[Cell]]) -> None:
        self._end()
        sheet = self._book.add_worksheet(totals_name)
        sheet.set_column(0, 0, WIDE)
        for number, cells in enumerate(totals):
            self._write(sheet, number, cells)
        self._book.close()

    def _begin(self) -> None:
        self._sheets += 1
        number = f" {self._sheets}" if self._sheets > 1 else ""
        self._sheet = self._book.add_worksheet(f"{self._name}{number}")
        self._sheet.freeze_panes(1, 1)
        self._sheet.set_column(0, len(self._headings) - 1, WIDTH)
        for column, heading in enumerate(self._headings):
            self._sheet.write_string(0, column, heading, self._heading)
        self._row = 1

    def _end(self) -> None:
        self._sheet.autofilter(0, 0, self._row - 1, len(self._headings) - 1)

    def _write(self, sheet: Worksheet, row: int, cells: Sequence[Cell]) -> None:
        for column, cell in enumerate(cells):
            match cell:
                case None | "":
                    pass
                case str():
                    quoted = self._quoted if is_formula(cell) else None
                    sheet.write_string(row, column, _short(cell), quoted)
                case datetime():
                    sheet.write_datetime(row, column, cell, self._moment)
                case _:
                    sheet.write_number(row, column, cell)


def _short(text: str) -> str:
    """What Excel takes in one cell; the ticket's page and the CSV have the rest."""
    units = text.encode("utf-16-le")
    if len(units) <= 2 * MOST_CHARACTERS:
        return text
    return units[: 2 * (MOST_CHARACTERS - 1)].decode("utf-16-le", errors="ignore") + "…"

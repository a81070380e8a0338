"""A ledger as a file: XLSX with totals, or CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from call_logs.reports import LedgerPages, LedgerRow
from call_logs.storage import Scratch, give_way, guarded, in_background
from dashboard.reports.ledger_sheet import Cell, LedgerSheet
from dashboard.reports.xlsx_file import XlsxFile

Progress = Callable[[int], None]

SPACE_EVERY = 5_000  # tickets, after which the disk is looked at again


class LedgerFormat(StrEnum):
    XLSX = "xlsx"
    CSV = "csv"


async def csv_pieces(pages: LedgerPages, sheet: LedgerSheet) -> AsyncIterator[bytes]:
    """UTF-8 with a mark, by which spreadsheet programs know it."""
    yield b"\xef\xbb\xbf" + _csv([sheet.headings])

    def piece(rows: Sequence[LedgerRow]) -> bytes:
        return _csv(_cells(rows, sheet))

    async for rows in pages:
        yield await in_background(piece, rows)


async def write_ledger(
    path: Path,
    format: LedgerFormat,
    pages: LedgerPages,
    sheet: LedgerSheet,
    *,
    scratch: Scratch,
    made_at: datetime,
    progress: Progress = lambda count: None,
) -> None:
    """Write the file whole; `progress` is told how many tickets are in it so far.

    Raises:
        NotAllowed, StoreError: there is no file, or half of one.
    """
    if format is LedgerFormat.CSV:
        with path.open("wb") as file:
            async for piece in csv_pieces(pages, sheet):
                await in_background(file.write, piece)
                progress(sheet.totals.tickets)
        return
    async with scratch.folder() as folder:
        workbook = await in_background(
            XlsxFile, path, sheet.name, sheet.headings, folder=folder, made_at=made_at
        )

        def add(rows: Sequence[LedgerRow]) -> None:
            workbook.add(_cells(rows, sheet))

        looked = 0
        async for rows in pages:
            await in_background(add, rows)
            progress(sheet.totals.tickets)
            if sheet.totals.tickets - looked >= SPACE_EVERY:
                await scratch.check_space()
                looked = sheet.totals.tickets
        await in_background(workbook.close, sheet.totals_name, sheet.total_rows())


def _cells(rows: Sequence[LedgerRow], sheet: LedgerSheet) -> list[list[Cell]]:
    cells = []
    for row in rows:
        give_way()
        cells.append(sheet.cells(row))
    return cells


def _csv(rows: Sequence[Sequence[Cell]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([_plain(cell) for cell in row])
    return text.getvalue().encode()


def _plain(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case datetime():
            return cell.isoformat(" ")
        case str():
            return guarded(cell)
    return str(cell)

"""The ledger as a file, compared cell by cell with the store."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from call_logs import Store
from call_logs.calls import NewCall
from call_logs.storage import guarded
from call_logs.tickets import (
    FIELDS,
    NewTicket,
    Ticket,
    TicketClass,
    TicketKind,
    TicketStatus,
    edit,
)
from call_logs.users import HOTLINE, Role
from dashboard.reports import xlsx_file
from dashboard.web.labels import AFFECTED, NEWS_BY
from tests.dashboard.browserless import Program, Visitor
from tests.dashboard.tickets.test_fields import another
from tests.people import WRITTEN, person

openpyxl = pytest.importorskip("openpyxl", reason="`make setup-test` installs it")
ZONE = ZoneInfo("Asia/Shanghai")
XLSX = "/reports/ledger?format=xlsx&status=all"
CSV = "/reports/ledger?format=csv&status=all"
EVIL = ['=HYPERLINK("http://evil")', "+86 138", "-1+1", "@SUM(A1)", "\t=1+1", "＝1+1", "'quoted"]


def book_of(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


def lines_of(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def sheet_of(content: bytes, number: int = 0) -> list[dict[str, Any]]:
    headings, *rows = book_of(content).worksheets[number].iter_rows(values_only=True)
    return [dict(zip(map(str, headings), row, strict=True)) for row in rows]


def shown(value: Any) -> Any:
    """As a cell of the workbook has it; what is empty is None."""
    if isinstance(value, datetime):
        return value.astimezone(ZONE).replace(tzinfo=None, microsecond=0)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        value = ", ".join(value)
    return None if value == "" else value


async def a_full_ticket(store: Store) -> Ticket:
    """Every field has a value that is not its own; anonymous, a manager would not read the name."""
    call_id = "b" * 32
    store.calls.begin(NewCall(id=call_id, caller="+8613812345678"))
    store.calls.answered(call_id)
    store.calls.end(call_id, "caller")
    await store.calls.flush()
    await store.users.add("heron", "a long password", Role.ENGINEER, HOTLINE)
    given = {name: another(field) for name, field in FIELDS.items()} | {"anonymous": False}
    ticket = await store.tickets.open(NewTicket(**given, call_id=call_id))
    for status in (TicketStatus.REGISTERED, TicketStatus.INVESTIGATING):
        ticket = await store.tickets.move(ticket.id, status, person("li"), changes=WRITTEN)
    return ticket


async def test_every_field_and_moment_of_every_ticket_stands_in_the_workbook(
    store: Store, manager: Visitor
) -> None:
    full = await a_full_ticket(store)
    bare = await store.tickets.open(NewTicket(TicketKind.OTHER))
    call = await store.calls.get(full.call_id or "")

    rows = sheet_of((await manager.get(XLSX)).content)

    assert [row["Number"] for row in rows] == [bare.number, full.number]
    words = {"news_by": NEWS_BY, "affected": AFFECTED}
    labels = {TicketKind: "Emergency", TicketClass: "Urgent"}
    for row, ticket in zip(rows, (bare, full), strict=True):
        for name, field in FIELDS.items():
            value = getattr(ticket, name)
            if name == "assignee":  # by name
                value = value.removeprefix("user:")
            if name in words and value:
                assert row[field.label] == words[name][value]
            elif name in {"kind", "ticket_class"} and ticket is full:
                assert row[field.label] == labels[type(value)]
            elif not isinstance(value, TicketKind | TicketClass) and name not in {
                "source",
                "category",
            }:
                assert row[field.label] == shown(value), name
        for heading, moment in {
            "Received at": ticket.opened_at,
            "Acknowledged at": ticket.acknowledged_at,
            "On site at": ticket.on_site_at,
            "Resolved at": ticket.resolved_at,
            "Owner informed at": ticket.feedback_at,
            "Closed at": ticket.closed_at,
            "Last changed at": ticket.updated_at,
            "Acknowledge by": ticket.acknowledge_due_at,
            "On site by": ticket.on_site_due_at,
            "Inform the owner by": ticket.feedback_due_at,
        }.items():
            assert row[heading] == shown(moment), heading
        assert row["Category"] == shown(ticket.category.capitalize())
        assert row["Caller"] == shown(ticket.caller)
        assert row["Call"] == ticket.call_id
    assert rows[1]["Call began at"] == shown(call.started_at)
    assert rows[1]["Call answered at"] == shown(call.answered_at)
    assert rows[1]["Call ended at"] == shown(call.ended_at)
    assert rows[1]["Acknowledged in time"] == "kept"
    assert rows[1]["Owner informed in time"] == "not due yet"


async def test_workbook_and_csv_say_the_same(store: Store, manager: Visitor) -> None:
    await a_full_ticket(store)
    await store.tickets.open(NewTicket(TicketKind.OTHER, text='两行\n字，有“引号”"和,'))

    rows = sheet_of((await manager.get(XLSX)).content)
    lines = lines_of((await manager.get(CSV)).content)

    as_text = [
        {name: "" if value is None else guarded(str(value)) for name, value in row.items()}
        for row in rows
    ]
    assert lines == as_text


@pytest.mark.parametrize("evil", EVIL)
async def test_no_word_of_a_caller_is_a_formula(store: Store, manager: Visitor, evil: str) -> None:
    await store.tickets.open(NewTicket(TicketKind.OTHER, text=evil, name=evil, caller=evil))

    book = book_of((await manager.get(XLSX)).content)
    (line,) = lines_of((await manager.get(CSV)).content)

    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert [cell.quotePrefix for cell in cells if cell.value == evil] == [evil[0] != "'"] * 3
    for heading in ("Description", "Name", "Caller"):
        assert line[heading] == f"'{evil.strip()}"


async def test_the_totals_are_those_of_the_rows(store: Store, manager: Visitor) -> None:
    for number in range(5):
        ticket = await store.tickets.open(
            NewTicket(
                TicketKind.REPAIR,
                ticket_class=TicketClass.IMPORTANT if number < 2 else TicketClass.GENERAL,
                satisfaction=number or None,
                opened_at=store.clock.now() - timedelta(days=1 if number == 4 else 0),
            )
        )
        if number == 0:
            await store.tickets.move(ticket.id, TicketStatus.REGISTERED, person("li"))

    book = book_of((await manager.get(XLSX)).content)
    totals = {row[0]: row[1] for row in book["Totals"].iter_rows(values_only=True) if row[0]}

    assert totals["Tickets"] == 5
    assert (totals["Urgent"], totals["Important"], totals["General"]) == (0, 2, 3)
    assert (totals["Received"], totals["Registered"]) == (4, 1)
    assert totals["Acknowledged in time: kept"] == 1
    assert totals["Acknowledged in time: too late"] == 1
    assert totals["Acknowledged in time: not due yet"] == 3
    assert totals["Tickets with a satisfaction score"] == 4
    assert totals["Average satisfaction"] == 2.5


async def test_the_page_exports_what_is_filtered_on_all_pages(
    store: Store, manager: Visitor
) -> None:
    for number in range(50):  # more than a page
        kind = TicketKind.REPAIR if number < 45 else TicketKind.COMPLAINT
        await store.tickets.open(NewTicket(kind, text="漏水" if number % 2 else "噪音"))
    page = (await manager.get("/tickets?q=漏水&kind=repair")).text
    address = next(part for part in page.split('"') if part.startswith("/reports/ledger"))

    rows = sheet_of((await manager.get(address.replace("&amp;", "&"))).content)

    assert len(rows) == 22
    assert {row["Description"] for row in rows} == {"漏水"}
    assert {row["Kind"] for row in rows} == {"Repair"}


async def test_the_api_gives_a_period_in_a_language(
    store: Store, manager: Visitor, program: Program
) -> None:
    start = datetime(2026, 10, 1, tzinfo=ZONE)
    for day in range(3):
        await store.tickets.open(
            NewTicket(TicketKind.OTHER, text=str(day), opened_at=start + timedelta(days=day))
        )
    path = "/reports/ledger?since=2026-10-01T16:00:00Z&until=2026-10-02T16:00:00Z&format=csv"

    assert (await program.call("GET", path)).status_code == 403  # an operator
    answer = await manager.get(f"/api/v1{path}&language=zh-CN")

    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["cache-control"] == "private, no-store"
    (line,) = lines_of(answer.content)
    assert line["情况描述"] == "1"
    assert line["受理时间"] == "2026-10-02 00:00:00"


async def test_every_look_is_in_the_access_log(store: Store, manager: Visitor) -> None:
    await manager.get(XLSX)
    await manager.get("/api/v1/reports/ledger?format=csv")

    lines = (await store.access.list(subject="ledger")).items
    assert [(line.user_name, line.action) for line in lines] == [("manager", "exported")] * 2
    assert "ledger" in (await manager.get("/access")).text


async def test_only_who_may_export_sees_the_button(
    store: Store, manager: Visitor, operator: Visitor
) -> None:
    await store.tickets.open(NewTicket(TicketKind.OTHER))

    assert "/reports/ledger" in (await manager.get("/tickets")).text
    assert "/reports/ledger" not in (await operator.get("/tickets")).text


async def test_a_file_leaves_nothing_in_the_clear(
    store: Store, manager: Visitor, tmp_path: Any
) -> None:
    await store.tickets.open(NewTicket(TicketKind.OTHER, text="in the clear"))

    await manager.get(XLSX)

    assert list((tmp_path / "exports").iterdir()) == []


async def test_more_rows_than_a_sheet_takes_go_on_in_the_next(
    store: Store, manager: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx_file, "MOST_ROWS", 4)
    numbers = [(await store.tickets.open(NewTicket(TicketKind.OTHER))).number for _ in range(7)]

    content = (await manager.get(XLSX)).content

    assert book_of(content).sheetnames == ["Ledger", "Ledger 2", "Ledger 3", "Totals"]
    found = [row["Number"] for sheet in range(3) for row in sheet_of(content, sheet)]
    assert found == numbers[::-1]


async def test_a_text_longer_than_a_cell_is_cut_in_the_workbook_and_whole_in_the_csv(
    store: Store, manager: Visitor
) -> None:
    said = "漏水😀" * 12_000
    await store.tickets.open(NewTicket(TicketKind.OTHER, text=said))

    (row,) = sheet_of((await manager.get(XLSX)).content)
    (line,) = lines_of((await manager.get(CSV)).content)

    assert line["Description"] == said
    cut = row["Description"]
    assert cut.endswith("…")
    assert said.startswith(cut[:-1])
    assert len(cut.encode("utf-16-le")) // 2 in (32_766, 32_767)


async def test_characters_that_xml_cannot_hold_break_no_workbook(
    store: Store, manager: Visitor
) -> None:
    await store.tickets.open(NewTicket(TicketKind.OTHER, text="a\x0bb\x1f\ufffe<&>_x0041_"))

    (row,) = sheet_of((await manager.get(XLSX)).content)

    assert row["Description"].startswith("a")
    assert "<&>" in row["Description"]


async def test_an_empty_ledger_has_headings_and_totals(manager: Visitor) -> None:
    content = (await manager.get(XLSX)).content

    assert sheet_of(content) == []
    assert book_of(content).worksheets[0]["A1"].value == "Number"
    assert (await manager.get("/reports/ledger?format=nonsense")).status_code == 422


async def test_a_changed_ticket_is_in_the_next_ledger(store: Store, manager: Visitor) -> None:
    ticket = await store.tickets.open(NewTicket(TicketKind.OTHER))
    await store.tickets.update(ticket.id, HOTLINE, edit(room="1502"))

    (row,) = sheet_of((await manager.get(XLSX)).content)

    assert row["Room"] == "1502"

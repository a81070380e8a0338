"""The report on paper: by a browser that sees nothing else, is waited for so long, and one at a
time; its numbers are those of the ledger."""

from __future__ import annotations

import asyncio
import io
import os
import re
import stat
import time
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from sqlalchemy import update

from call_logs import Store
from call_logs.tables.tickets import TicketRow
from call_logs.tickets import NewTicket, TicketClass, TicketKind
from dashboard.reports import printing
from dashboard.reports.printing import NotPrinted, print_pdf
from tests.dashboard.browserless import Visitor
from tests.people import person

START = datetime(2026, 10, 1, tzinfo=ZoneInfo("Asia/Shanghai"))


def program(folder: Path, script: str) -> str:
    """A Chromium of our own: its arguments stand in `arguments`, `$pdf` is what it shall make."""
    path = folder / "chromium"
    path.write_text(
        f"""#!/bin/sh
echo "$@" > {folder}/arguments
for each in "$@"; do case $each in --print-to-pdf=*) pdf=${{each#*=}};; esac; done
{script}
"""
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.fixture
def browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where to put a `chromium`."""
    monkeypatch.setattr(printing, "_browser", lambda: str(tmp_path / "chromium"))
    return tmp_path


def left_behind(store: Store) -> list[str]:
    return [each.name for each in store.reports.scratch._folder.iterdir() if each.is_dir()]


async def test_it_gets_a_page_without_script_and_network_and_leaves_nothing(
    store: Store, browser: Path
) -> None:
    program(browser, 'mkdir profile; cp page.html "$pdf"')

    made = await print_pdf("<p>十月", store.reports.scratch)

    assert made.decode() == "<p>十月"
    arguments = (browser / "arguments").read_text()
    assert "--proxy-server=http://127.0.0.1:9" in arguments
    assert "--host-resolver-rules=MAP * ~NOTFOUND" in arguments
    assert left_behind(store) == []


@pytest.mark.parametrize("script", ["exit 1", "exit 0", "kill -9 $$"])
async def test_when_it_fails_somebody_is_told_what_to_do(
    store: Store, browser: Path, script: str
) -> None:
    program(browser, script)

    with pytest.raises(NotPrinted, match="print the page in your browser"):
        await print_pdf("", store.reports.scratch)
    assert left_behind(store) == []


async def test_one_that_hangs_is_ended_with_all_its_processes(
    store: Store, browser: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "PRINT_S", 1.0)
    program(browser, f"sleep 300 & echo $! > {browser}/child; wait")

    with pytest.raises(NotPrinted):
        await print_pdf("", store.reports.scratch)

    child = int((browser / "child").read_text())
    for _ in range(100):
        if not Path(f"/proc/{child}").exists() or b"Z" in _state(child):
            break
        await asyncio.sleep(0.05)
    else:
        os.kill(child, 9)
        pytest.fail("a process of the browser lives on")


def _state(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except OSError:
        return b"Z"


async def test_two_are_never_printed_at_once(store: Store, browser: Path) -> None:
    program(
        browser,
        f'mkdir {browser}/one || exit 1; sleep 0.3; rmdir {browser}/one; cp page.html "$pdf"',
    )

    made = await asyncio.gather(
        *(print_pdf(str(number), store.reports.scratch) for number in range(3))
    )

    assert made == [b"0", b"1", b"2"]


async def test_whoever_waits_too_long_is_told(
    store: Store, browser: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "WAIT_S", 0.2)
    program(browser, 'sleep 2; cp page.html "$pdf"')
    first = asyncio.create_task(print_pdf("1", store.reports.scratch))
    for _ in range(500):
        if (browser / "arguments").exists():
            break
        await asyncio.sleep(0.02)

    started = time.monotonic()
    with pytest.raises(NotPrinted, match="Another report"):
        await print_pdf("2", store.reports.scratch)

    assert time.monotonic() - started < 1.5
    assert await first == b"1"


async def test_without_a_browser_the_page_says_what_to_do(
    manager: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "BROWSERS", ("no-such-browser",))

    assert "/reports/pdf" not in (await manager.get("/reports?month=2026-10")).text
    answer = await manager.get("/reports/pdf?month=2026-10")
    assert answer.status_code == 503
    assert "There is no Chromium on this machine" in answer.text


async def test_it_is_for_readers_of_reports(operator: Visitor) -> None:
    assert (await operator.get("/reports/pdf")).status_code == 403


async def a_month(store: Store) -> None:
    """Tickets of every class and outcome; one of them is merged, one is of another month."""
    wang = person("wang")
    ids = []
    for number in range(12):
        ticket = await store.tickets.open(
            NewTicket(
                TicketKind.COMPLAINT,
                ticket_class=list(TicketClass)[number % 3],
                category="noise",
                building="<b>9</b>",
                text="楼上很吵",
                satisfaction=(None, 2, 5)[number % 3],
                opened_at=START + timedelta(days=number, hours=3),
            )
        )
        ids.append(ticket.id)
        took = timedelta(minutes=4 if number % 2 else 4000)
        if number < 9:
            async with store.database.session() as session:
                await session.execute(
                    update(TicketRow)
                    .where(TicketRow.id == ticket.id)
                    .values(acknowledged_at=ticket.opened_at + took)
                )
    await store.links.merge(ids[-1], ids[-4], wang)
    await store.tickets.open(NewTicket(TicketKind.REPAIR, opened_at=START + timedelta(days=40)))


async def test_its_numbers_are_those_of_the_ledger_cell_by_cell(
    store: Store, browser: Path, manager: Visitor
) -> None:
    program(browser, 'cp page.html "$pdf"')
    await a_month(store)
    days = "status=all&since=2026-10-01&until=2026-10-31"
    file = (await manager.get(f"/reports/ledger?{days}&format=xlsx")).content
    book = openpyxl.load_workbook(io.BytesIO(file))
    totals = {row[0]: row[1] for row in book["Totals"].iter_rows(values_only=True) if row[0]}

    paper = (await manager.get("/reports/pdf?month=2026-10")).text

    assert "<script" not in paper
    assert "default-src 'none'; style-src 'unsafe-inline'" in paper
    assert "http" not in re.sub(r"<style>.*?</style>", "", paper, flags=re.S).replace(
        "http-equiv", ""
    )
    cells = rows_of(paper)
    assert cells["Tickets"][0] == str(totals["Tickets"])
    for name in ("Urgent", "Important", "General"):
        assert cells[name][0] == str(totals[name])
    for step, heading in (
        ("Acknowledge", "Acknowledged in time"),
        ("On site", "On site in time"),
        ("Feedback", "Owner informed in time"),
    ):
        kept, late = cells[step][3:5]
        assert kept == str(totals[f"{heading}: kept"])
        assert late == str(totals[f"{heading}: too late"])
    assert totals["Acknowledged in time: kept"] > 0 < totals["Acknowledged in time: too late"]
    assert float(cells["Average satisfaction"][0]) == totals["Average satisfaction"]
    ledger = book.worksheets[0]
    assert ledger.max_row - 1 == totals["Tickets"]


def rows_of(html: str) -> dict[str, list[str]]:
    """The heading of each row of its tables, and of each figure -> what stands behind it."""
    found: dict[str, list[str]] = {}
    for heading, rest in re.findall(r'<th scope="row">([^<]*)</th>(.*?)</tr>', html, re.S):
        found.setdefault(
            heading, [cell.strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", rest, re.S)]
        )
    for heading, value in re.findall(r"<dt>([^<]*)</dt><dd>([^<]*)</dd>", html):
        found.setdefault(heading, [value])
    return found


@pytest.mark.skipif(printing._browser() is None, reason="no Chromium (apt-get install chromium)")
async def test_chromium_makes_a_pdf_of_it(store: Store, manager: Visitor) -> None:
    await a_month(store)

    answer = await manager.get("/reports/pdf?month=2026-10")

    assert answer.status_code == 200, answer.text[-2000:]
    assert answer.content.startswith(b"%PDF-")
    assert answer.headers["content-type"] == "application/pdf"
    assert 'filename="report-2026-10-01-2026-10-31.pdf"' in answer.headers["content-disposition"]
    assert left_behind(store) == []

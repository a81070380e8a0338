"""`hotline export` as people call it."""

from __future__ import annotations

import asyncio
import csv
import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from call_logs.tickets import NewTicket, TicketClass, TicketKind
from hotline.cli import main
from hotline.config.reading import load_config
from hotline.storage import open_store

openpyxl = pytest.importorskip("openpyxl", reason="`make setup-test` installs it")
ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def config_file(tmp_path: Path) -> Path:
    path = tmp_path / "hotline.conf"
    path.write_text("[hotline]\nlanguages = zh-CN\n", encoding="utf-8")
    asyncio.run(_fill(path))
    return path


async def _fill(config_file: Path) -> None:
    """A ticket on each last moment of September and first one of October and November."""
    async with open_store(load_config(config_file, {})) as store:
        for opened_at in (
            datetime(2026, 9, 30, 23, 59, 59, tzinfo=ZONE),
            datetime(2026, 10, 1, tzinfo=ZONE),
            datetime(2026, 10, 31, 23, 59, 59, tzinfo=ZONE),
            datetime(2026, 11, 1, tzinfo=ZONE),
        ):
            await store.tickets.open(
                NewTicket(
                    TicketKind.REPAIR,
                    ticket_class=TicketClass.URGENT,
                    category="lift_entrapment",
                    text=f"{opened_at:%m-%d}",
                    opened_at=opened_at,
                )
            )


@pytest.fixture
def call(
    config_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Any:
    monkeypatch.chdir(config_file.parent)

    def run(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([*words, "--config", str(config_file)])
        captured = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, captured.out, captured.err

    return run


def test_a_month_has_its_first_and_last_day_whole(call: Any, tmp_path: Path) -> None:
    code, out, _ = call(
        *("export", "ledger", "october.xlsx", "--since", "2026-10-01", "--until", "2026-10-31")
    )

    assert (code, "2 tickets" in out) == (0, True)
    sheet = openpyxl.load_workbook(tmp_path / "october.xlsx").worksheets[0]
    headings, *rows = sheet.iter_rows(values_only=True)
    ledger = [dict(zip(map(str, headings), row, strict=True)) for row in rows]
    assert [row["情况描述"] for row in ledger] == ["10-31", "10-01"]
    assert {row["事项"] for row in ledger} == {"电梯困人"}
    assert (tmp_path / "october.xlsx").stat().st_mode & 0o777 == 0o600


def test_a_csv_has_the_same_and_another_language_may_be_asked_for(
    call: Any, tmp_path: Path
) -> None:
    assert call("export", "ledger", "all.csv", "--language", "en")[0] == 0

    lines = list(csv.DictReader((tmp_path / "all.csv").open(encoding="utf-8-sig", newline="")))
    assert [line["Description"] for line in lines] == ["11-01", "10-31", "10-01", "09-30"]


async def _accesses(config_file: Path) -> list[tuple[str, str, str]]:
    async with open_store(load_config(config_file, {})) as store:
        lines = (await store.access.list()).items
    return [(line.user_name, line.action, line.subject) for line in lines]


def test_the_access_log_knows_of_it(call: Any, config_file: Path) -> None:
    call("export", "ledger", "all.csv")

    assert asyncio.run(_accesses(config_file)) == [("command line", "exported", "ledger")]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["all.pdf"], ".xlsx or .csv"),
        (["all.csv", "--since", "yesterday"], "2026-10-01"),
        (["all.csv", "--class", "urgnt"], "urgent"),
        (["all.csv", "--language", "fr"], "zh-CN"),
        (["nowhere/all.csv"], "nowhere"),
    ],
)
def test_what_is_called_wrongly_says_how_and_leaves_no_file(
    call: Any, tmp_path: Path, words: list[str], told: str
) -> None:
    code, _, err = call("export", "ledger", *words)

    assert code == 1
    assert told in err
    assert not [path for path in tmp_path.iterdir() if "all" in path.name]


def test_a_ledger_that_fails_leaves_the_one_before(
    call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "all.xlsx").write_text("the one before")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dashboard.reports.xlsx_file.XlsxFile.add", fail)
    code, _, err = call("export", "ledger", "all.xlsx")

    assert (code, "make room" in err) == (1, True)
    assert (tmp_path / "all.xlsx").read_text() == "the one before"
    assert [path.name for path in tmp_path.glob("*all*")] == ["all.xlsx"]


def test_a_month_is_reported_on_the_terminal_and_as_json(call: Any) -> None:
    code, out, _ = call("report", "--month", "2026-10")
    assert (code, "2 tickets" in out) == (0, True)

    found = json.loads(call("report", "--month", "2026-10", "--json")[1])
    assert (found["first"], found["tickets"]) == ("2026-10-01", 2)
    assert found["by_class"]["urgent"] == 2
    days = json.loads(call("report", "--since", "2026-09-30", "--until", "2026-09-30", "--json")[1])
    assert days["tickets"] == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--month", "October"], "2026-10"),
        (["--month", "2026-10", "--since", "2026-10-01"], "not both"),
        (["--until", "2026-10-01"], "--since"),
        (["--since", "2026-10-02", "--until", "2026-10-01"], "before the first"),
    ],
)
def test_what_is_no_time_to_report_says_how(call: Any, words: list[str], told: str) -> None:
    code, _, err = call("report", *words)

    assert (code, told in err) == (1, True)


def test_what_programs_get_from_the_command_and_the_api_is_the_same(call: Any) -> None:
    from dashboard.reports.api_models import StatisticsOut

    found = json.loads(call("report", "--month", "2026-10", "--json")[1])

    assert found.pop("words") == []  # nothing was before
    assert StatisticsOut.model_validate(found).model_dump(mode="json") == found


def test_the_report_is_written_as_a_pdf(
    call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = tmp_path / "chromium"
    browser.write_text(
        '#!/bin/sh\nfor each in "$@"; do\n'
        'case $each in --print-to-pdf=*) cp page.html "${each#*=}";; esac; done\n'
    )
    browser.chmod(0o700)
    monkeypatch.setattr("dashboard.reports.printing._browser", lambda: str(browser))
    file = tmp_path / "october.pdf"

    code, out, _ = call("report", "--month", "2026-10", "--pdf", str(file))

    assert (code, str(file) in out) == (0, True)
    assert "2026" in file.read_text(encoding="utf-8")
    assert [each.name for each in tmp_path.glob(".*.part")] == []


def test_without_a_browser_there_is_no_pdf_and_the_command_says_why(
    call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.reports.printing.BROWSERS", ("no-such-browser",))
    file = tmp_path / "october.pdf"

    code, _, err = call("report", "--month", "2026-10", "--pdf", str(file))

    assert (code, "apt-get install chromium" in err) == (1, True)
    assert not file.exists()

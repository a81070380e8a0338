"""`hotline roster` on a real database."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hotline.cli import main

ROSTER = """
[[person]]
id = "wang"
name = "王工"
contacts = ["13812345678"]
roles = ["engineer"]

[[schedule]]
id = "nights"
name = "Nights"

[[schedule.weekly]]
people = ["wang"]
start = "18:00"
end = "08:00"
"""


@pytest.fixture
def call(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    config = tmp_path / "hotline.conf"
    config.write_text("", encoding="utf-8")

    def run(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["roster", *words, "--config", str(config)])
        captured = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, captured.out, captured.err

    return run


@pytest.fixture
def imported(call: Any, tmp_path: Path) -> Path:
    file = tmp_path / "roster.toml"
    file.write_text(ROSTER, encoding="utf-8")
    assert call("import", str(file), "--kind", "roster")[0] == 0
    return file


@pytest.mark.parametrize(
    ("at", "names"), [("2026-12-01T23:30", ["王工"]), ("2026-12-01T12:00", [])]
)
def test_who_is_on_call_is_told_for_any_time(
    call: Any, imported: Path, at: str, names: list[str]
) -> None:
    code, out, _ = call("show", "--at", at, "--json")
    assert code == 0
    assert [row["name"] for row in json.loads(out)] == names
    assert all(row["contacts"] == ["***678"] for row in json.loads(out))


def test_a_time_that_is_none_is_told(call: Any) -> None:
    assert "2026-12-31T23:30" in call("show", "--at", "tonight")[2]


def test_a_file_with_mistakes_is_told_whole_and_changes_nothing(call: Any, imported: Path) -> None:
    imported.write_text(ROSTER.replace("13812345678", "12") + "[[x]]\n", encoding="utf-8")
    code, _, err = call("import", str(imported), "--kind", "roster")
    assert code == 1
    assert len(err.splitlines()) == 2
    assert json.loads(call("show", "--at", "2026-12-01T23:30", "--json")[1])


def test_a_wrong_kind_and_a_missing_file_are_told(call: Any, imported: Path) -> None:
    assert "did you mean owners?" in call("import", str(imported), "--kind", "owner")[2]
    code, _, err = call("import", "/nowhere.csv", "--kind", "owners")
    assert code == 1
    assert "/nowhere.csv" in err


@pytest.mark.parametrize(
    ("kind", "inside"),
    [("people", "王工"), ("shifts", "nights"), ("calendar", "BEGIN:VEVENT"), ("owners", "")],
)
def test_files_out_hold_what_was_taken_in(
    call: Any, imported: Path, tmp_path: Path, kind: str, inside: str
) -> None:
    file = tmp_path / f"{kind}.out"
    assert call("export", kind, str(file))[0] == 0
    assert inside in file.read_text(encoding="utf-8-sig")
    assert file.stat().st_mode & 0o077 == 0


def test_people_go_out_and_come_back_unchanged(call: Any, imported: Path, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    call("export", "people", str(file))
    code, out, _ = call("import", str(file), "--kind", "people")
    assert code == 0
    assert "0 entries changed" in out


@pytest.mark.parametrize(
    ("at", "serving"),
    [
        ("2026-12-06T03:00", ["wang"]),
        ("2026-12-06T12:00", []),
        ("sunday 03:00", ["wang"]),
        ("周日 3:00", ["wang"]),
        ("sun 12:00", []),
    ],
)
def test_who_serves_and_who_is_rung_is_told_for_a_weekday_and_an_hour(
    call: Any, imported: Path, at: str, serving: list[str]
) -> None:
    code, out, _ = call("who", "--at", at, "--category", "fire", "--json")
    assert code == 0
    told = json.loads(out)
    assert told["serving"] == [{"schedule": "nights", "people": serving}]
    (fire,) = told["ringing"]
    assert fire["category"] == "fire"
    assert any("wang" in level for level in fire["levels"])  # in the end everybody is
    moment = datetime.fromisoformat(told["at"]).astimezone(ZoneInfo("Asia/Shanghai"))
    assert moment.weekday() == 6
    code, out, _ = call("who", "--at", at)
    assert code == 0
    assert "Sunday" in out
    assert ("wang" in out.partition("category")[0]) is bool(serving)


@pytest.mark.parametrize("at", ["someday 03:00", "sunday", "sun-mon 03:00", "sunday 25:00"])
def test_a_time_that_is_none_is_refused_with_an_example(call: Any, imported: Path, at: str) -> None:
    code, _, error = call("who", "--at", at)
    assert code != 0
    assert "sunday 03:00" in error

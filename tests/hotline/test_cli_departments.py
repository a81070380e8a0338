"""`hotline departments`, and tickets found by whoever has them, as people call it."""

from __future__ import annotations

import asyncio
import csv
import json
from pathlib import Path
from typing import Any

import pytest

from call_logs.tickets import NewTicket
from hotline.cli import main
from hotline.config.reading import load_config
from hotline.storage import open_store
from tests.people import person
from tests.staff_world import company


@pytest.fixture
def config_file(tmp_path: Path) -> Path:
    path = tmp_path / "hotline.conf"
    path.write_text("[hotline]\nlanguages = zh-CN\n", encoding="utf-8")

    async def fill() -> None:
        async with open_store(load_config(path, {})) as store:
            await company(store)
            for who in ("li", "repairs", ""):
                await store.tickets.open(
                    NewTicket(text=f"of {who}", assignee=who, actor=person("olga"))
                )

    asyncio.run(fill())
    return path


@pytest.fixture
def call(
    config_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Any:
    monkeypatch.chdir(config_file.parent)

    def run(*words: str) -> str:
        with pytest.raises(SystemExit) as ended:
            main([*words, "--config", str(config_file)])
        captured = capsys.readouterr()
        assert ended.value.code == 0, captured.err
        return captured.out

    return run


def test_departments_and_people_are_listed_with_what_they_have(call: Any) -> None:
    text = call("departments")
    assert "repairs" in text
    assert "周主任" in text
    assert "13800138001" not in text
    found = json.loads(call("departments", "--json"))
    (department,) = found["departments"]
    assert (department["head"], department["tickets"]["open"]) == ("head", 1)


@pytest.mark.parametrize("written", ["li", "李工", "person:li"])
def test_tickets_are_found_by_whoever_has_them(call: Any, tmp_path: Path, written: str) -> None:
    found = json.loads(call("tickets", "--assignee", written, "--json"))
    assert [each["text"] for each in found] == ["of li"]
    call("export", "ledger", "theirs.csv", "--assignee", written, "--language", "en")
    with (tmp_path / "theirs.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["Assigned to"] == "李工"

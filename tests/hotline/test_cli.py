"""The command line as people and other programs call it."""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from call_logs.calls import OUTGOING, NewCall
from call_logs.tickets import NewTicket, Ticket, TicketClass, TicketFilter, TicketKind, edit
from call_logs.users import HOTLINE
from hotline.cli import main
from hotline.commands.problems import describe
from hotline.config.reading import load_config
from hotline.storage import open_store
from tests.firm_world import LIFT_FIRM

COMMAND_LIMIT_S = 60


@pytest.fixture
def config_file(tmp_path: Path) -> Path:
    path = tmp_path / "hotline.conf"
    path.write_text("[hotline]\nlanguages = zh-CN\n[asr]\nmodel = embedded\n", encoding="utf-8")
    return path


@pytest.fixture
def call(
    config_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Any:
    """Runs one command: exit code, standard output, standard error."""

    def run(*words: str, typed: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        with pytest.raises(SystemExit) as ended:
            main([*words, "--config", str(config_file)])
        captured = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, captured.out, captured.err

    return run


async def with_a_call(config_file: Path, text: str) -> str:
    """Remembers one call with a ticket; returns the ticket's number."""
    async with open_store(load_config(config_file, {})) as store:
        call_id = "0" * 31 + "1"
        store.calls.begin(NewCall(id=call_id, caller="13812345678", trunk="main"))
        store.calls.end(call_id, "remote")
        await store.calls.flush()
        ticket = await store.tickets.open(
            NewTicket(
                kind=TicketKind.REPAIR,
                ticket_class=TicketClass.URGENT,
                call_id=call_id,
                caller="13812345678",
                category="lighting",
                text=text,
                building="3",
                phrases=("楼道灯坏了",),
            )
        )
    return ticket.number


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["tickets", "--nonsense"], 2),
        (["nonsense"], 2),
        (["ticket"], 2),
        (["tickets", "--limit", "-1"], 2),
        (["tickets", "--config", "/nowhere/hotline.conf"], 1),
        (["check", "/nowhere/hotline.conf"], 1),
    ],
)
def test_errors_are_one_line_with_their_exit_code(
    words: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == code
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("hotline: ")


def test_the_trace_is_shown_for_debug_alone(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--debug", "check", "/nowhere"], ["check", "/nowhere", "--debug"]):
        with pytest.raises(SystemExit):
            main(words)
        assert "Traceback" in capsys.readouterr().err


def test_an_unexpected_error_tells_its_kind_without_numbers() -> None:
    (line,) = describe(RuntimeError("no route to sip:13812345678@host\nmore"))
    assert "RuntimeError" in line
    assert "--debug" in line
    assert "13812345678" not in line
    assert "more" not in line


def test_no_space_and_no_right_tell_what_to_do() -> None:
    assert "make room" in describe(OSError(28, "No space left on device", "/x"))[0]
    assert "change its owner" in describe(PermissionError(13, "Permission denied", "/x"))[0]


def test_without_a_configuration_the_commands_say_how_to_name_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["tickets"])
    assert ended.value.code == 1
    assert "HOTLINE_CONFIG" in capsys.readouterr().err


def test_the_environment_names_the_configuration(
    config_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOTLINE_CONFIG", str(config_file))
    with pytest.raises(SystemExit) as ended:
        main(["models", "list", "--json"])
    assert ended.value.code == 0
    rows = {row["language"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["zh-CN"]["source"] == "embedded"
    assert rows["zh-CN"]["synthetic_only"] is True


def test_check_prints_every_mistake_and_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.conf"
    path.write_text("[sip]\nmax_calls = many\n[hotlin]\n", encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["check", str(path), "--json"])
    assert ended.value.code == 1
    rows = json.loads(capsys.readouterr().out)
    assert [(row["line"], row["severity"]) for row in rows if row["line"]] == [
        (2, "mistake"),
        (3, "mistake"),
    ]


def test_check_passes_a_good_file(call: Any, config_file: Path) -> None:
    code, out, _ = call("check", str(config_file))
    assert code == 0
    assert "no mistakes" in out


def test_lists_are_empty_arrays_before_the_first_call(call: Any) -> None:
    for command in ("tickets", "calls"):
        code, out, err = call(command, "--json")
        assert (code, json.loads(out), err) == (0, [], "")


def test_tickets_stand_in_the_order_that_is_asked_for(call: Any, config_file: Path) -> None:
    async def open_two() -> list[str]:
        async with open_store(load_config(config_file)) as store:
            new = (NewTicket(ticket_class=TicketClass.URGENT), NewTicket(text="灯"))
            return [(await store.tickets.open(each)).number for each in new]

    urgent, lamp = asyncio.run(open_two())
    for order, numbers in (("newest", [lamp, urgent]), ("priority", [urgent, lamp])):
        _, out, _ = call("tickets", "--json", "--order", order)
        assert [row["number"] for row in json.loads(out)] == numbers
    code, _, err = call("tickets", "--order", "loudest")
    assert code == 1
    assert "--order must be one of newest, priority, deadline" in err


def test_a_ticket_is_printed_with_its_words_and_numbers(call: Any, config_file: Path) -> None:
    number = asyncio.run(with_a_call(config_file, "三号楼 [bold]楼道灯坏了"))
    code, out, _ = call("tickets", "--json")
    (row,) = json.loads(out)
    assert code == 0
    assert row["number"] == number
    assert (row["class"], row["kind"], row["category"]) == ("urgent", "repair", "lighting")
    assert row["text"] == "三号楼 [bold]楼道灯坏了"
    assert row["caller"].endswith("13812345678")
    assert row["phrases"] == ["楼道灯坏了"]
    assert datetime.fromisoformat(row["opened_at"]).utcoffset() is not None

    _, table, _ = call("tickets")
    assert number in table
    assert "[bold]" in table

    _, out, _ = call("ticket", number, "--json")
    whole = json.loads(out)
    assert whole["number"] == number
    assert [item["action"] for item in whole["history"]] == ["opened"]
    assert whole["call"]["trunk"] == "main"

    _, out, _ = call("calls", "--json")
    (row,) = json.loads(out)
    assert row["caller"] == "13812345678"
    assert row["end_reason"] == "remote"


def test_a_ticket_is_printed_with_the_calls_back_to_its_owner(call: Any, config_file: Path) -> None:
    number = asyncio.run(with_a_call(config_file, "x"))

    async def call_back() -> None:
        async with open_store(load_config(config_file, {})) as store:
            ticket = await store.tickets.by_number(number)
            new = NewCall(
                id="0" * 31 + "2", callee="13812345678", direction=OUTGOING, ticket_id=ticket.id
            )
            store.calls.begin(new)
            store.calls.answered(new.id)
            store.calls.end(new.id, "remote")
            await store.calls.flush()

    asyncio.run(call_back())
    _, out, _ = call("ticket", number, "--json")
    whole = json.loads(out)
    assert whole["call"]["direction"] == "in"
    assert [(row["direction"], row["callee"]) for row in whole["call_backs"]] == [
        ("out", "13812345678")
    ]
    assert [row["kind"] for row in whole["events"]] == ["answered"]

    _, table, _ = call("calls", "--caller", "13812345678")
    assert table.count("13812345678") == 2
    assert "to 13812345678" in table


def test_a_ticket_is_told_by_the_sites_clock_with_what_was_changed(
    call: Any, config_file: Path
) -> None:
    number = asyncio.run(with_a_call(config_file, "x"))

    async def correct() -> Ticket:
        async with open_store(load_config(config_file, {})) as store:
            found = (await store.tickets.list(TicketFilter())).items[0]
            return await store.tickets.update(found.id, HOTLINE, edit(building="7"))

    found = asyncio.run(correct())
    _, out, _ = call("ticket", number)
    local = found.opened_at.astimezone(ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%d %H:%M:%S")
    assert f"{'opened_at':<20} {local}\n" in out
    assert "updated  building" in out


def test_a_mistyped_ticket_number_is_told_from_an_unknown_one(call: Any, config_file: Path) -> None:
    number = asyncio.run(with_a_call(config_file, "x"))
    mistyped = number[:-1] + str((int(number[-1]) + 1) % 10)
    code, _, err = call("ticket", mistyped)
    assert code == 1
    assert "check digit" in err


def test_a_person_is_added_and_his_password_set(call: Any) -> None:
    code, out, err = call(
        "user", "add", "li", "--role", "manager", "--password-stdin", typed="correct horse 9\n"
    )
    assert (code, err) == (0, "")
    assert "li can log in" in out
    code, _, _ = call("user", "passwd", "li", typed="another long word 7\n")
    assert code == 0
    code, _, err = call("user", "add", "li", typed="correct horse 9\n")
    assert code == 1
    assert len(err.splitlines()) == 1
    code, _, err = call("user", "passwd", "nobody", typed="another long word 7\n")
    assert code == 1


def test_an_account_of_an_outside_firm_names_one_of_the_directory(
    call: Any, tmp_path: Path
) -> None:
    add = ("user", "add", "lu", "--role", "firm", "--password-stdin")
    assert "--firm" in call(*add, typed="correct horse 9\n")[2]
    assert "--firm" in call("user", "add", "x", "--firm", "lift-firm", typed="p\n")[2]
    code, _, err = call(*add, "--firm", "nobody", typed="correct horse 9\n")
    assert (code, len(err.splitlines())) == (1, 1)
    roster = tmp_path / "firms.toml"
    roster.write_text(LIFT_FIRM.format(active="true"), "utf-8")
    assert call("roster", "import", str(roster), "--kind", "roster")[0] == 0
    code, out, _ = call(*add, "--firm", "电梯维保", typed="correct horse 9\n")
    assert (code, out) == (0, "lu can log in now, as firm\n")


def test_a_wrong_role_and_an_empty_password_are_told(call: Any) -> None:
    assert "admin" in call("user", "add", "x", "--role", "boss", typed="p\n")[2]
    assert "no password" in call("user", "add", "x", typed="\n")[2]


def test_a_database_without_its_key_is_not_given_a_new_one(call: Any, config_file: Path) -> None:
    assert call("tickets")[0] == 0
    key = config_file.parent / "home" / "hotline.key"
    key.unlink()
    code, _, err = call("tickets")
    assert code == 1
    assert "hotline.key" in err
    assert not key.exists()


def test_evaluate_scores_sentences(call: Any, tmp_path: Path) -> None:
    data = tmp_path / "sentences.jsonl"
    data.write_text(
        '{"text": "电梯里困了三个人", "expected": "lift_entrapment"}\n'
        '{"text": "请问物业费怎么交", "expected": null}\n',
        encoding="utf-8",
    )
    code, out, _ = call("evaluate", str(data), "--language", "zh-CN", "--json")
    report = json.loads(out)
    assert code == 0
    assert (report["recall"], report["precision"]) == (1.0, 1.0)
    assert report["missed"] == report["false_alarms"] == []


def test_evaluate_tells_a_bad_line(call: Any, tmp_path: Path) -> None:
    data = tmp_path / "sentences.jsonl"
    data.write_text("{\n", encoding="utf-8")
    code, _, err = call("evaluate", str(data))
    assert code == 1
    assert "sentences.jsonl:1" in err


def test_the_installed_program_starts_quickly_enough_to_show_help() -> None:
    program = Path(sys.executable).with_name("hotline")
    shown = subprocess.run(
        [program, "--help"], capture_output=True, text=True, timeout=COMMAND_LIMIT_S, check=True
    )
    assert "serve" in shown.stdout


def test_help_loads_nothing_that_a_command_needs() -> None:
    """On a mini PC each of them is seconds."""
    told = "import hotline.cli, sys; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run(
        [sys.executable, "-c", told],
        capture_output=True,
        text=True,
        timeout=COMMAND_LIMIT_S,
        check=True,
    )
    heavy = {"asr", "call_logs", "dashboard", "dbos", "fastapi", "ivr", "sqlalchemy", "vosk"}
    assert not heavy & set(loaded.stdout.split())


def test_a_reader_that_goes_away_is_no_error(config_file: Path) -> None:
    program = Path(sys.executable).with_name("hotline")
    command = f"'{program}' models list --json --config '{config_file}' | true"
    ended = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, timeout=COMMAND_LIMIT_S, check=True
    )
    assert "Traceback" not in ended.stderr


def test_deadlines_are_listed_changed_and_taken_back(call: Any) -> None:
    changed = ("deadlines", "set", "general", "--acknowledge", "2 working h", "--reason", "asked")
    code, out, _ = call(*changed, "--json")
    assert code == 0
    general = next(row for row in json.loads(out) if row["class"] == "general")
    assert (general["acknowledge"], general["feedback"]) == ("2 working h", "3 d")
    assert general["of_file"]["acknowledge"] == "4 h"
    assert "changed" in call("deadlines")[1]
    for wrong in (
        ("deadlines", "set", "general", "--acknowledge", "soon", "--reason", "x"),
        ("deadlines", "set", "general", "--reason", "x"),
        ("deadlines", "set", "general", "--feedback", "2 d"),
        ("deadlines", "set", "generl", "--feedback", "2 d", "--reason", "x"),
    ):
        assert call(*wrong)[0] == 1, wrong
    code, out, _ = call("deadlines", "restore", "general", "--reason", "over", "--json")
    assert not any(row["is_changed"] for row in json.loads(out))

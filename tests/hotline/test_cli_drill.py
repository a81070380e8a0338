"""`hotline drill` when it cannot be carried out; tests/urgent has the real one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from call_logs.dispatches import (
    Attempt,
    AttemptStatus,
    Dispatch,
    DispatchReason,
    DispatchStatus,
)
from hotline.cli import main
from hotline.commands.drill_report import drill_rows

AT = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)


@pytest.fixture
def config(tmp_path: Path) -> str:
    file = tmp_path / "hotline.conf"
    file.write_text("", encoding="utf-8")
    return str(file)


def run(config: str, *words: str) -> int | str | None:
    with pytest.raises(SystemExit) as ended:
        main(["drill", *words, "--config", config])
    return ended.value.code


def test_a_policy_that_does_not_exist_is_refused_with_those_that_do(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(config, "--policy", "lift") == 1
    told = capsys.readouterr().err
    assert "there is no policy `lift`" in told
    assert "lift_entrapment" in told


def test_without_a_service_nobody_is_rung_now_or_later(
    config: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotline.commands.service.TAKEN_S", 0.2)
    assert run(config, "--policy", "fire") == 1
    assert "start hotline serve" in capsys.readouterr().err


def test_the_report_tells_seconds_from_each_rings_start() -> None:
    made = Dispatch(
        "d", 1, None, "main", "fire", {}, True, DispatchStatus.CLOSED, DispatchReason.NONE,
        None, "", AT,
        None, None, "", None, AT,
    )  # fmt: skip
    attempt = Attempt(
        "a", "d", "wang", "sip:wang@test", 0, 1, AttemptStatus.ENDED, AT,
        AT + timedelta(seconds=0.3), AT + timedelta(seconds=4.26), AT + timedelta(seconds=11.1),
        None, AT + timedelta(seconds=13),
    )  # fmt: skip
    (row,) = drill_rows(made, [attempt])
    assert (row["policy"], row["person"], row["outcome"]) == ("fire", "wang", "confirmed")
    assert (row["rung_s"], row["answered_s"], row["confirmed_s"]) == (0.3, 4.3, 11.1)

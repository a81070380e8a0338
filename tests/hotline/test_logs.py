"""The log: readable, and without anything private in it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from hotline.logs import REMOVED, configure_logs, redact


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """`configure_logs` changes the process; put pytest's own handlers back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("INVITE sip:13812345678@10.0.0.1:5060;transport=udp failed", f"INVITE {REMOVED}"),
        ("from <sips:alice@example.com>", f"from <{REMOVED}>"),
        ("dialling tel:+86-21-55881234", f"dialling {REMOVED}"),
        ("caller 13812345678 hung up", f"caller {REMOVED} hung up"),
        ("call +86 138 1234 5678 now", f"call {REMOVED} now"),
        ("(021) 5588-1234", REMOVED),
        ("mail to owner.name@example.com", f"mail to {REMOVED}"),
        ("postgresql://hotline:secret@db/x", "postgresql://"),
    ],
)
def test_numbers_and_addresses_of_people_are_struck_out(text: str, left: str) -> None:
    cleaned = redact(text)
    assert cleaned.startswith(left)
    for private in ("138", "5588", "alice", "owner", "secret"):
        assert private not in cleaned


@pytest.mark.parametrize(
    "text",
    [
        "listening on 127.0.0.1:15060",
        "at 2026-11-21 18:08:34 the clock was set",
        "call 3f2a9c0d8b7e4f6a9c0d8b7e4f6a1234 ended",
        "id 12345678-1234-1234-1234-123456789012",
        "took 1234567.25 ms, 486 Busy Here",
        "rtp 10000-20000",
        "http://127.0.0.1:8080/tickets/42",
    ],
)
def test_what_is_no_number_of_a_person_stays(text: str) -> None:
    assert redact(text) == text


def test_a_line_of_json_has_time_level_logger_and_fields() -> None:
    stream = io.StringIO()
    configure_logs("json", "info", stream)
    logging.getLogger("ivr.service").info("call answered", extra={"trunk": "main", "wait_ms": 12})
    (line,) = lines(stream)
    assert line["event"] == "call answered"
    assert line["level"] == "info"
    assert line["logger"] == "ivr.service"
    assert (line["trunk"], line["wait_ms"]) == ("main", 12)
    assert str(line["timestamp"]).endswith("Z")


def test_private_fields_are_dropped_whatever_they_hold() -> None:
    stream = io.StringIO()
    configure_logs("json", "info", stream)
    logging.getLogger("x").info(
        "m", extra={"caller": "Li", "keys": "1#", "call": {"text": "救命", "node": "main"}}
    )
    (line,) = lines(stream)
    assert line["caller"] == line["keys"] == REMOVED
    assert line["call"] == {"text": REMOVED, "node": "main"}


def test_a_trace_quotes_no_number_and_no_locals() -> None:
    stream = io.StringIO()
    configure_logs("json", "info", stream)
    pin = "local-secret"
    try:
        raise ValueError(f"cannot dial 13812345678 of length {len(pin)}")
    except ValueError:
        logging.getLogger("x").exception("dial failed")
    assert "ValueError" in stream.getvalue()
    assert "13812345678" not in stream.getvalue()
    assert "local-secret" not in stream.getvalue()


@pytest.mark.parametrize("style", ["json", "console"])
def test_loggers_of_structlog_are_cleaned_too(style: str) -> None:
    stream = io.StringIO()
    configure_logs(style, "info", stream)
    structlog.get_logger("y").info("asked", peer="sip:13812345678@host", turn=3)
    assert "asked" in stream.getvalue()
    assert "13812345678" not in stream.getvalue()


def test_the_access_log_has_no_query() -> None:
    stream = io.StringIO()
    configure_logs("json", "debug", stream)
    logging.getLogger("uvicorn.access").info(
        '%s - "%s %s HTTP/%s" %d', "127.0.0.1:1", "GET", "/tickets?text=alice", "1.1", 200
    )
    (line,) = lines(stream)
    assert "/tickets" in str(line["event"])
    assert "alice" not in str(line["event"])


def test_no_log_has_the_token_of_a_program() -> None:
    stream = io.StringIO()
    configure_logs("json", "info", stream)
    secret = "hotline_" + "s3cr3t-_" * 5
    try:
        raise ValueError(f"Authorization: Bearer {secret}")
    except ValueError:
        logging.getLogger("x").exception("refused %s", secret)
    assert "refused" in stream.getvalue()
    assert "s3cr3t" not in stream.getvalue()


@pytest.mark.parametrize(
    "path", ["/acknowledge/s3cr3t.token", "/calendar/s3cr3t.ics", "/o/1-s3cr3t"]
)
def test_the_access_log_has_no_tokens(path: str) -> None:
    stream = io.StringIO()
    configure_logs("json", "debug", stream)
    logging.getLogger("uvicorn.access").info(
        '%s - "%s %s HTTP/%s" %d', "127.0.0.1:1", "GET", path, "1.1", 200
    )
    assert "s3cr3t" not in stream.getvalue()


def test_sip_messages_of_the_stack_never_reach_the_log() -> None:
    stream = io.StringIO()
    configure_logs("json", "debug", stream)
    logging.getLogger("baresip.native.sip").error("INVITE sip:a@b")
    assert stream.getvalue() == ""


def test_dbos_does_not_print_past_the_log(capfd: pytest.CaptureFixture[str]) -> None:
    from dbos._logger import dbos_logger, init_logger

    stream = io.StringIO()
    configure_logs("json", "info", stream)
    init_logger()
    dbos_logger.warning("queue is slow")
    assert [line["event"] for line in lines(stream)] == ["queue is slow"]
    assert capfd.readouterr().err == ""


def test_setting_up_twice_writes_each_line_once() -> None:
    configure_logs("json", "info", io.StringIO())
    stream = io.StringIO()
    configure_logs("json", "info", stream)
    logging.getLogger("x").info("once")
    assert len(lines(stream)) == 1

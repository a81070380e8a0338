"""Which trunk an address belongs to."""

from __future__ import annotations

import ctypes
import logging
import os
import time
from ipaddress import ip_address, ip_network

import pytest

from ivr.endpoint import Trunk
from ivr.endpoint.admission import Admission, RefusalLog, parse_address
from ivr.endpoint.baresip.log import LINES_A_MINUTE, MINUTE_S, Calm, StackStderr, scrub

OFFICE = Trunk("office", "pbx.invalid", username="office", allow=(ip_network("10.1.0.0/16"),))
LIFTS = Trunk("lifts", "pbx.invalid", username="lifts", allow=(ip_network("10.1.2.0/24"),))
SIX = Trunk("six", "pbx.invalid", allow=(ip_network("2001:db8::/32"),))


@pytest.mark.parametrize(
    ("source", "called", "trunk"),
    [
        ("10.1.9.9", "anything", "office"),
        ("10.1.2.9", "lifts", "lifts"),
        ("10.1.2.9", "4001", "office"),
        ("10.1.9.9", "lifts", "office"),
        ("::ffff:10.1.9.9", "4001", "office"),
        ("2001:db8::7", "4001", "six"),
        ("10.2.0.1", "office", None),
        ("2001:db9::7", "office", None),
        ("nonsense", "office", None),
    ],
)
def test_the_address_decides_and_then_the_called_name(
    source: str, called: str, trunk: str | None
) -> None:
    found = Admission([OFFICE, LIFTS, SIX]).trunk_for(parse_address(source), called)
    assert (found.name if found else None) == trunk


async def test_without_a_list_the_servers_addresses_count() -> None:
    admission = Admission([Trunk("local", "127.0.0.1:5080"), Trunk("gone", "nobody.invalid")])
    await admission.start()
    found = admission.trunk_for(ip_address("127.0.0.1"))
    assert found is not None
    assert found.name == "local"
    assert admission.trunk_for(ip_address("127.0.0.2")) is None
    await admission.close()
    await admission.close()


def test_a_flood_of_strangers_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    refusals = RefusalLog()
    for number in range(1000):
        refusals.refused(ip_address(f"10.9.{number // 250}.{number % 250}"))
    assert len(caplog.records) == 1
    assert caplog.records[0].levelno == logging.WARNING


def test_the_stacks_log_loses_addresses_and_numbers() -> None:
    line = scrub("call from sip:13800001234@10.0.0.1:5060 to +8613912345678 failed (488)")
    assert line == "call from <address> to <number> failed (488)"


def test_a_flood_of_the_stacks_lines_is_few_lines_and_a_count(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = 0.0
    calm = Calm(lambda: now)
    assert [calm.passes("same") for _ in range(3)] == [True, False, False]
    assert sum(calm.passes(f"line {number}") for number in range(1000)) == LINES_A_MINUTE - 1
    now = MINUTE_S
    assert calm.passes("same")
    assert caplog.records[0].__dict__["lines"] == 2 + 1000 - (LINES_A_MINUTE - 1)


def test_what_c_code_prints_to_stderr_is_a_scrubbed_line_of_the_log(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    before = len(os.listdir("/proc/self/fd"))
    stderr = StackStderr()
    stderr.open()
    libc = ctypes.CDLL(None)
    printed = ctypes.c_void_p.in_dll(libc, "stderr")
    libc.fputs.argtypes = (ctypes.c_char_p, ctypes.c_void_p)
    libc.fputs(b"unhandled request from sip:13912345678@10.0.0.1\n", printed)
    until = time.monotonic() + 5.0
    while not caplog.records and time.monotonic() < until:
        time.sleep(0.01)
    stderr.close()
    stderr.close()
    assert caplog.messages == ["baresip: unhandled request from <address>"]
    libc.fputs(b"afterwards\n", printed)
    libc.fflush(None)
    assert capfd.readouterr().err == "afterwards\n"
    assert len(os.listdir("/proc/self/fd")) == before

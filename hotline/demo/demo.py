"""`hotline demo`: the whole program on this machine, called by synthetic owners.

Nothing is faked: the calls come from a second process over SIP and RTP on loopback,
are answered by the real endpoint, heard by the real recogniser and kept in a real
store. Only the home folder is a temporary one.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import signal
import socket
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from rich.console import Console

from call_logs import Store
from call_logs.calls import CallFilter, CallRecord
from call_logs.recordings import TranscriptStatus
from call_logs.tickets import Ticket, TicketClass, TicketKind
from call_logs.users import COMMAND_LINE, Role
from hotline.app import Hotline, running
from hotline.config.config import (
    AsrSection,
    Config,
    DashboardSection,
    HotlineSection,
    SipSection,
    TrunkSection,
)
from hotline.config.values import Address
from hotline.demo.console import CallConsole

HOST = "127.0.0.1"
LOOPBACK = (ip_network("127.0.0.0/8"),)
CALL_LIMIT_S = 150.0
TRANSCRIPT_LIMIT_S = 60.0
REVIEW_LIMIT_S = 20.0  # the ticket is read again once its transcript is there
LOGIN = "demo"
START_S = 2.0  # until the engineer's telephone can ring
ENGINEER = """
[[person]]
id = "wang"
name = "王工"
contacts = ["sip:wang@{host}:{port}"]
roles = ["engineer"]

[[schedule]]
id = "always"
name = "值班"
  [[schedule.weekly]]
  people = ["wang"]
  days = "daily"
  start = "00:00"
  end = "24:00"
"""


@dataclass(frozen=True)
class DemoCall:
    """A scripted owner and what their call must leave behind."""

    title: str
    number: str
    steps: Sequence[dict[str, Any]]
    expect: Callable[[Ticket], Sequence[tuple[str, bool]]]
    transcript: str = ""  # words that must stand in it
    engineer: Sequence[dict[str, Any]] = ()  # what the person on call does, when they are needed


CALLS = (
    DemoCall(
        "An owner says that a corridor lamp is broken",
        "13800138001",
        (
            {"wait": 3.0},
            {"say": "三号楼一单元楼道灯坏了"},
            {"listen": 30},  # the place is read back
            {"press": "1"},
            {"listen": 30},  # their number is read back
            {"press": "1"},
        ),
        lambda ticket: (
            ("it is a repair", ticket.kind is TicketKind.REPAIR),
            ("the place is building 3, unit 1", (ticket.building, ticket.unit) == ("3", "1")),
            ("the category is lighting", ticket.category == "lighting"),
            ("the words are in the ticket", "灯坏了" in ticket.text),
        ),
        transcript="灯坏了",
    ),
    DemoCall(
        "An owner complains with keys only",
        "13800138002",
        (
            {"wait": 2.0},  # they know the menu and hear no prompt out
            {"press": "3"},
            {"wait": 2.0},
            {"press": "5#"},
            {"wait": 2.0},
            {"press": "2*1502#"},
            {"wait": 2.0},
            {"press": "1"},  # the place is right
            {"wait": 2.0},
            {"press": "2"},
            {"wait": 2.0},
            {"press": "13900139000#"},
            {"wait": 2.0},
            {"press": "1"},  # and so is the number
            {"wait": 3.0},
            {"hangup": True},
        ),
        lambda ticket: (
            ("it is a complaint", ticket.kind is TicketKind.COMPLAINT),
            (
                "the place is building 5, unit 2, room 1502",
                (ticket.building, ticket.unit, ticket.room) == ("5", "2", "1502"),
            ),
            ("the keyed number is the call-back number", ticket.callback.endswith("13900139000")),
        ),
    ),
    DemoCall(
        "An owner hangs up in the middle of his message",
        "13800138003",
        (
            {"wait": 2.0},
            {"press": "2"},
            {"wait": 2.0},
            {"press": "8#"},
            {"wait": 2.0},
            {"press": "1#"},
            {"wait": 2.0},
            {"press": "1"},
            {"wait": 2.0},
            {"press": "1"},
            {"listen": 20},  # the instruction and the tone
            {"say": "卫生间水管漏水请派人来修"},
            {"hangup": True},
        ),
        lambda ticket: (
            ("it is a repair", ticket.kind is TicketKind.REPAIR),
            ("the place is building 8, unit 1", (ticket.building, ticket.unit) == ("8", "1")),
            ("what he said is in the ticket", "漏水" in ticket.text),
        ),
        transcript="漏水",
    ),
    DemoCall(
        "Somebody is stuck in a lift, and the engineer on call is woken",
        "13800138004",
        (
            {"wait": 3.0},
            {"say": "五号楼电梯困人了有三个人"},
            {"listen": 60},
            {"wait": 30.0},
            {"hangup": True},
        ),
        lambda ticket: (
            ("it is urgent", ticket.ticket_class is TicketClass.URGENT),
            ("the category is a lift with people in it", ticket.category == "lift_entrapment"),
            ("the place is building 5", ticket.building == "5"),
            ("the engineer has taken it", ticket.acknowledged_at is not None),
        ),
        transcript="电梯困人",
        engineer=(
            {"listen": 30},  # what and where, and the keys
            {"press": "1"},
            {"wait": 1.5},
            {"say": "我马上到请不要着急"},
            {"wait": 10.0},
            {"hangup": True},
        ),
    ),
)


async def run(*, once: bool) -> bool:
    """Run the demo; returns whether every check held. Without `once` it stays up."""
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="hotline-demo-") as home:
        async with running(demo_config(Path(home))) as hotline:
            password = secrets.token_urlsafe(9)
            await hotline.store.users.add(
                LOGIN, password, Role.ADMIN, COMMAND_LINE, full_name="Demo"
            )
            follower = asyncio.create_task(CallConsole(hotline.store, console).run())
            try:
                passed = await _place_calls(hotline, console)
            finally:
                follower.cancel()
                await asyncio.gather(follower, return_exceptions=True)
            console.print(
                f"\nDashboard: [bold]{hotline.dashboard_url}[/]   login: {LOGIN} / {password}"
            )
            if not once:
                console.print("It stays up; press Ctrl-C to end.")
                await _interrupted()
    return passed


def demo_config(home: Path) -> Config:
    """The defaults, on loopback, with the synthetic test model named on purpose."""
    return Config(
        hotline=HotlineSection(home=home, site="Demo"),
        sip=SipSection(
            listen=Address(HOST, _free_port(socket.SOCK_DGRAM, 5080)),
            transport=("udp",),
            rtp_ports=(26000, 27999),
        ),
        trunks={"demo": TrunkSection(server=HOST, allow=LOOPBACK, options=False)},
        asr=AsrSection(model=(("zh-CN", "embedded"),)),
        dashboard=DashboardSection(listen=Address(HOST, _free_port(socket.SOCK_STREAM, 8080))),
    )


async def _place_calls(hotline: Hotline, console: Console) -> bool:
    passed = True
    for call in CALLS:
        console.print(f"\n[bold]{call.title}[/]")
        try:
            await _place(hotline, call)
            checks = await _check(hotline.store, call)
        except* (TimeoutError, RuntimeError) as errors:
            checks = [
                (str(error) or "the call took too long", False) for error in errors.exceptions
            ]
        for text, held in checks:
            console.print(f"  {'[green]✓' if held else '[red]✗'}[/] {text}")
            passed = passed and held
    return passed


async def _place(hotline: Hotline, call: DemoCall) -> None:
    """The telephones are other processes, as they would be."""
    server = f"{HOST}:{hotline.config.sip.listen.port}"
    port = _free_port(socket.SOCK_DGRAM, 5090)
    script = {"server": server, "number": call.number, "steps": call.steps, "sip_port": port}
    async with asyncio.TaskGroup() as telephones:
        if call.engineer:
            ringing = _free_port(socket.SOCK_DGRAM, 5092)
            await hotline.store.roster.import_toml(
                ENGINEER.format(host=HOST, port=ringing), COMMAND_LINE
            )
            woken = {"steps": call.engineer, "sip_port": ringing, "answers": True}
            telephones.create_task(_telephone(script | woken | {"rtp_ports": (29000, 29999)}))
            await asyncio.sleep(START_S)
        telephones.create_task(_telephone(script))


async def _telephone(script: dict[str, Any]) -> None:
    """Run a synthetic person to the end of their script.

    Raises:
        RuntimeError: they failed; the message says why.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "hotline.demo.caller",
        stdin=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(CALL_LIMIT_S):
            _, errors = await process.communicate(json.dumps(script).encode())
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    if process.returncode:
        last = (errors.decode(errors="replace").strip().splitlines() or ["no message"])[-1]
        raise RuntimeError(f"a synthetic telephone failed: {last}")


async def _check(store: Store, call: DemoCall) -> list[tuple[str, bool]]:
    """What the call left behind, once its transcript is there."""
    await store.calls.flush()
    calls = (await store.calls.list(CallFilter(caller=call.number))).items
    checks = [("the call is remembered once", len(calls) == 1)]
    if len(calls) != 1:
        return checks
    await _eventually(lambda: _transcribed(store, calls[0]), TRANSCRIPT_LIMIT_S)
    transcripts = await store.transcripts.for_call(calls[0].id)
    if call.transcript:
        checks.append(
            ("the transcript has his words", any(call.transcript in t.text for t in transcripts))
        )
    left: list[tuple[str, bool]] = []

    async def as_expected() -> bool:
        left[:] = await _left_behind(store, call, calls[0])
        return all(held for _, held in left)

    await _eventually(as_expected, REVIEW_LIMIT_S)
    return checks + left


async def _left_behind(
    store: Store, call: DemoCall, record: CallRecord
) -> Sequence[tuple[str, bool]]:
    """What is so of the call's ticket by now."""
    ticket = await store.tickets.for_call(record.id)
    if ticket is None:
        return (("there is a ticket", False),)
    return (("there is a ticket", True), *call.expect(ticket))


async def _transcribed(store: Store, call: CallRecord) -> bool:
    transcripts = await store.transcripts.for_call(call.id)
    finished = (TranscriptStatus.DONE, TranscriptStatus.FAILED)
    return bool(transcripts) and all(item.status in finished for item in transcripts)


async def _eventually(check: Callable[[], Awaitable[bool]], limit_s: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(limit_s):
            while not await check():  # noqa: ASYNC110 - asks the database
                await asyncio.sleep(0.2)


async def _interrupted() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()


def _free_port(kind: socket.SocketKind, wanted: int) -> int:
    """`wanted` if nobody has it, else any free port."""
    for port in (wanted, 0):
        with socket.socket(socket.AF_INET, kind) as probe, suppress(OSError):
            probe.bind((HOST, port))
            return int(probe.getsockname()[1])
    raise RuntimeError("no free port on loopback")

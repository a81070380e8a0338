"""`hotline demo`: the whole program on this machine, called by synthetic owners.

Nothing is faked: the calls come from a second process over SIP and RTP on loopback,
are answered by the real endpoint, heard by the real recogniser and kept in a real
store. Only the home folder is a temporary one.
"""

from __future__ import annotations

import asyncio
import secrets
import signal
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import time
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
from hotline.config.addresses import Address
from hotline.config.config import Config
from hotline.config.sections import (
    AsrSection,
    DashboardSection,
    HotlineSection,
    SipSection,
    SurveySection,
    TrunkSection,
)
from hotline.demo.console import CallConsole
from hotline.demo.line import HOST, eventually, free_port, telephone
from hotline.demo.pictures import Camera, find_chromium, opened_camera
from hotline.demo.story import OWNER, Story, complaint

LOOPBACK = (ip_network("127.0.0.0/8"),)
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
            ("the words are in the ticket", "灯坏" in ticket.text),
        ),
        transcript="灯坏",
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
        "An owner hangs up in the middle of a message",
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
            ("what they said is in the ticket", "漏水" in ticket.text),
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


COMPLAINT = DemoCall(
    "An owner complains that a pipe leaks: one story from the call to the closed file",
    OWNER,
    complaint,
    lambda ticket: (
        ("it is a complaint", ticket.kind is TicketKind.COMPLAINT),
        (
            "the place is building 6, unit 2, room 1101",
            (ticket.building, ticket.unit, ticket.room) == ("6", "2", "1101"),
        ),
        ("what the owner said is in the ticket", "漏水" in ticket.text),
    ),
    transcript="漏水",
)


async def run(*, once: bool, pictures: Path | None = None) -> bool:
    """Run the demo; returns whether every check held. Without `once` it stays up.
    `pictures`: a folder for pictures of the story's pages, where there is a Chromium."""
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
                passed = await _tell_story(hotline, console, password, pictures) and passed
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
            listen=Address(HOST, free_port(socket.SOCK_DGRAM, 5080)),
            transport=("udp",),
            rtp_ports=(26000, 27999),
        ),
        # Whoever is called at a number is reached where the owner of the story has a telephone.
        trunks={
            "demo": TrunkSection(
                server=f"{HOST}:{free_port(socket.SOCK_DGRAM, 5096)}",
                allow=LOOPBACK,
                options=False,
            )
        },
        asr=AsrSection(model=(("zh-CN", "embedded"),)),
        survey=SurveySection(calls=True, hours=((time(0), time(0)),), after_hours=0),
        dashboard=DashboardSection(listen=Address(HOST, free_port(socket.SOCK_STREAM, 8080))),
    )


async def _place_calls(hotline: Hotline, console: Console) -> bool:
    return all([await _place_call(hotline, console, call) for call in CALLS])


async def _place_call(hotline: Hotline, console: Console, call: DemoCall) -> bool:
    console.print(f"\n[bold]{call.title}[/]")
    try:
        await _place(hotline, call)
        checks = await _check(hotline.store, call)
    except* (TimeoutError, RuntimeError) as errors:
        checks = [(str(error) or "the call took too long", False) for error in errors.exceptions]
    return _shown(console, checks)


def _shown(console: Console, checks: Sequence[tuple[str, bool]]) -> bool:
    for text, held in checks:
        console.print(f"  {'[green]✓' if held else '[red]✗'}[/] {text}")
    return all(held for _, held in checks)


async def _tell_story(
    hotline: Hotline, console: Console, password: str, pictures: Path | None
) -> bool:
    if not await _place_call(hotline, console, COMPLAINT):
        return False
    calls = (await hotline.store.calls.list(CallFilter(caller=OWNER))).items
    ticket = await hotline.store.tickets.for_call(calls[0].id)
    if ticket is None:
        return False
    port = int(hotline.config.trunks["demo"].server.rpartition(":")[2])
    story = Story(
        hotline.store,
        server=f"{HOST}:{hotline.config.sip.listen.port}",
        owner_port=port,
        say=lambda line: console.print(f"  {line}"),
    )
    async with _camera(hotline, console, password, pictures) as camera:
        try:
            checks = await story.tell(ticket, camera)
        except (TimeoutError, RuntimeError) as error:
            checks = ((str(error) or "the story took too long", False),)
    return _shown(console, checks)


@asynccontextmanager
async def _camera(
    hotline: Hotline, console: Console, password: str, pictures: Path | None
) -> AsyncIterator[Camera | None]:
    if pictures is None:
        yield None
    elif (chromium := find_chromium()) is None:
        console.print("  [yellow]No Chromium is installed here: there will be no pictures.[/]")
        yield None
    else:
        session = await hotline.store.users.login(LOGIN, password)
        address = hotline.dashboard_url
        language = hotline.config.hotline.languages[0]
        async with opened_camera(
            chromium, pictures, address, token=session.token, language=language
        ) as camera:
            yield camera


async def _place(hotline: Hotline, call: DemoCall) -> None:
    """The telephones are other processes, as they would be."""
    server = f"{HOST}:{hotline.config.sip.listen.port}"
    port = free_port(socket.SOCK_DGRAM, 5090)
    script = {"server": server, "number": call.number, "steps": call.steps, "sip_port": port}
    async with asyncio.TaskGroup() as telephones:
        if call.engineer:
            ringing = free_port(socket.SOCK_DGRAM, 5092)
            await hotline.store.roster.import_toml(
                ENGINEER.format(host=HOST, port=ringing), COMMAND_LINE
            )
            woken = {"steps": call.engineer, "sip_port": ringing, "answers": True}
            telephones.create_task(telephone(script | woken | {"rtp_ports": (29000, 29999)}))
            await asyncio.sleep(START_S)
        telephones.create_task(telephone(script))


async def _check(store: Store, call: DemoCall) -> list[tuple[str, bool]]:
    """What the call left behind, once its transcript is there."""
    await store.calls.flush()
    calls = (await store.calls.list(CallFilter(caller=call.number))).items
    checks = [("the call is remembered once", len(calls) == 1)]
    if len(calls) != 1:
        return checks
    await eventually(lambda: _transcribed(store, calls[0]), TRANSCRIPT_LIMIT_S)
    transcripts = await store.transcripts.for_call(calls[0].id)
    if call.transcript:
        checks.append(
            ("the transcript has their words", any(call.transcript in t.text for t in transcripts))
        )
    left: list[tuple[str, bool]] = []

    async def as_expected() -> bool:
        left[:] = await _left_behind(store, call, calls[0])
        return all(held for _, held in left)

    await eventually(as_expected, REVIEW_LIMIT_S)
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


async def _interrupted() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()

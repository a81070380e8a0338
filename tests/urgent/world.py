"""A running hotline with a roster in which every scenario has people of its own.

A scenario's owner calls from a number that the roster knows as an alarm line: such a
call goes straight to dispatch, so that most scenarios need no speech. Its category,
policy, people, ports and trunk are its own too; so scenarios run side by side.
"""

from __future__ import annotations

import itertools
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from call_logs import Store
from call_logs.calls import CallFilter, CallRecord
from call_logs.dispatches import AttemptStatus, Dispatch, DispatchEvent, DispatchStatus
from call_logs.tickets import Ticket
from tests.program import Program, eventually
from tests.wire.audio import tone, write_wav
from tests.wire.phone import BaresipPhone
from tests.wire.sipp import Sipp

HOST = "127.0.0.1"
PORTS = range(17000, 19000, 2)

_turn = itertools.count(os.getpid() * 13)


@dataclass(frozen=True)
class Setting:
    """What a scenario's policy is like."""

    people: int = 1
    ringing: str = "one_by_one"
    ring_s: int = 8
    repeats: int = 1
    refer: bool = False
    category: str = ""  # of the lexicon, for a scenario that is spoken; else its own
    alarm: bool = True  # the owner's number is an alarm line


@dataclass
class Scene:
    """One scenario's numbers and ports, and what its call has left in the store."""

    name: str
    number: str
    setting: Setting
    people: tuple[str, ...]
    ports: tuple[int, ...]
    owner_port: int
    program: Program
    store: Store
    notes: list[str] = field(default_factory=list)

    @property
    def category(self) -> str:
        return self.setting.category or self.name

    @property
    def uri(self) -> str:
        """Whom the owner calls: the trunk by which they are called back."""
        return f"sip:{self.name}@{HOST}:{self.program.sip_port}"

    def person(self, index: int, scenario: str, **options: object) -> Sipp:
        """An engineer's telephone that follows a SIPp scenario."""
        return Sipp(scenario, port=self.ports[index], **options)  # type: ignore[arg-type]

    def phone(self, index: int, **options: object) -> BaresipPhone:
        """An engineer's telephone that the test answers; they say something all the time."""
        options.setdefault("wav", self._voice())
        return BaresipPhone(port=self.ports[index], user=self.people[index], **options)  # type: ignore[arg-type]

    def _voice(self) -> Path:
        path = self.program.folder / "engineer.wav"
        return path if path.exists() else write_wav(path, tone(700.0, 60.0))

    def owner(self, **options: object) -> BaresipPhone:
        """The owner's telephone, which is also where they are called back."""
        return BaresipPhone(port=self.owner_port, user=self.number, **options)  # type: ignore[arg-type]

    def owner_sipp(self, scenario: str, **options: object) -> Sipp:
        """An owner who follows a SIPp scenario (whose `user` is `number`)."""
        return Sipp(scenario, self.program.remote, to=self.name, **options)  # type: ignore[arg-type]

    # -- what is in the store ------------------------------------------------------

    async def call(self) -> CallRecord:
        """The owner's call, as soon as it is there."""

        async def there() -> CallRecord | None:
            found = (await self.store.calls.list(CallFilter(caller=self.number))).items
            return found[-1] if found else None

        return await eventually(there)

    async def ticket(self) -> Ticket:
        record = await self.call()

        async def there() -> Ticket | None:
            return await self.store.tickets.for_call(record.id)

        return await eventually(there)

    async def dispatch(self) -> Dispatch:
        """The newest dispatch of the call's ticket."""
        ticket = await self.ticket()

        async def there() -> Dispatch | None:
            found = await self.store.dispatches.for_ticket(ticket.id)
            return found[-1] if found else None

        return await eventually(there)

    async def until(self, status: DispatchStatus, limit_s: float = 40.0) -> Dispatch:
        """The dispatch, once it is in this status."""

        async def there() -> Dispatch | None:
            dispatch = await self.dispatch()
            return dispatch if dispatch.status is status else None

        return await eventually(there, limit_s)

    async def outcomes(self) -> list[tuple[str, AttemptStatus]]:
        """Who was rung, in order, and what became of it."""
        attempts = await self.store.dispatches.attempts((await self.dispatch()).id)
        return [(attempt.person, attempt.status) for attempt in attempts]

    async def outcome_is(self, *expected: AttemptStatus, limit_s: float = 40.0) -> None:
        """Wait until the rings have come to these ends; the error says what they were."""
        seen: list[AttemptStatus] = []

        async def so() -> bool:
            seen[:] = [status for _, status in await self.outcomes()]
            return seen[: len(expected)] == list(expected)

        try:
            await eventually(so, limit_s)
        except TimeoutError:
            raise AssertionError(f"{self.name}: the rings ended {seen}, not {expected}") from None

    async def steps(self) -> list[DispatchEvent]:
        return list(await self.store.dispatches.timeline((await self.dispatch()).id))

    async def step(self, kind: str, limit_s: float = 40.0) -> DispatchEvent:
        """The first step of this kind, once it is there."""

        async def there() -> DispatchEvent | None:
            return next((step for step in await self.steps() if step.kind == kind), None)

        try:
            return await eventually(there, limit_s)
        except TimeoutError:
            kinds = [step.kind for step in await self.steps()]
            raise AssertionError(f"{self.name}: no {kind} among {kinds}") from None


Act = Callable[[Scene], Awaitable[None]]


@asynccontextmanager
async def world(
    folder: Path,
    settings: dict[str, Setting],
    sections: dict[str, str] | None = None,
    *,
    stack: str = "baresip",
) -> AsyncIterator[dict[str, Scene]]:
    """The program, and a scene for each setting, by name; `sections` as of `Program`."""
    cast = {
        name: (
            f"139{index:04d}{os.getpid() % 10000:04d}",
            tuple(f"{name}-{person}" for person in "abc"[: setting.people]),
            tuple(free_port() for _ in range(setting.people)),
            free_port(),
        )
        for index, (name, setting) in enumerate(settings.items())
    }
    roster = folder / "roster.toml"
    roster.write_text(
        "".join(
            _entries(name, settings[name], number, people, ports)
            for name, (number, people, ports, _) in cast.items()
        )
    )
    # SIPp sends no sound unless it plays a capture; a real telephone always does.
    given = {"oncall": f"roster = {roster}", "sip": f"stack = {stack}\nrtp_timeout_s = 120"} | {
        f"trunk {name}": f"server = {HOST}:{port}\nusername = {name}\nallow = 127.0.0.0/8\n"
        "options = no"  # SIPp would take the question for a call that goes wrong
        for name, (_, _, _, port) in cast.items()
    }
    transport = "udp, tcp" if stack == "baresip" else "udp"
    async with (
        Program(folder, given | (sections or {}), transport=transport) as program,
        program.store() as store,
    ):
        yield {
            name: Scene(name, number, settings[name], people, ports, port, program, store)
            for name, (number, people, ports, port) in cast.items()
        }


def free_port() -> int:
    """A port of a range that no other tests use, free with the next one."""
    for _ in PORTS:
        port = PORTS[next(_turn) % len(PORTS)]
        try:
            for taken in (port, port + 1):
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                    probe.bind((HOST, taken))
        except OSError:
            continue
        return port
    raise RuntimeError("no free port for a test: are programs of older runs still alive?")


def _entries(
    name: str, setting: Setting, number: str, people: tuple[str, ...], ports: tuple[int, ...]
) -> str:
    category = setting.category or name
    text = "".join(
        f'[[person]]\nid = "{person}"\nname = "{person}"\nroles = ["engineer"]\n'
        f'contacts = ["sip:{person}@{HOST}:{port} via {name}"]\n'
        f"refer = {str(setting.refer).lower()}\n\n"
        for person, port in zip(people, ports, strict=True)
    )
    if not people:
        return text
    who = ", ".join(f'"person:{person}"' for person in people)
    text += (
        f'[[policy]]\ncategory = "{category}"\n  [[policy.level]]\n  who = [{who}]\n'
        f'  ringing = "{setting.ringing}"\n  ring_s = {setting.ring_s}\n'
        f"  repeats = {setting.repeats}\n\n"
    )
    if setting.alarm:
        text += (
            f'[[line]]\nid = "{name}"\nname = "{name}"\ncaller = "{number}"\n'
            f'building = "3"\nlift = "1"\ncategory = "{category}"\n\n'
        )
    return text

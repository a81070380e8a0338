"""The measured program: `hotline serve` on loopback, in a process of its own."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.machine import Usage, usage
from benchmarks.sound import write_prompts
from tests.program import Program

MOST_CALLS = 150


@asynccontextmanager
async def service(
    *, live: bool, greeting_s: float = 0.0, engineer: str = ""
) -> AsyncIterator[Program]:
    """A program whose recordings are tones, and that listens live or not.

    `greeting_s` is how long the greeting lasts (0: as long as the pack's own); `engineer` is
    the SIP URI of who is on call.
    """
    with TemporaryDirectory(prefix="hotline-bench-") as name:
        folder = Path(name)
        sections = {
            "asr": f"live = {'yes' if live else 'no'}",
            "sip": f"max_calls = {MOST_CALLS}",
        }
        write_prompts(folder / "home" / "prompts" / "zh-CN", greeting_s)
        if engineer:
            (folder / "roster.toml").write_text(_ROSTER.format(contact=engineer))
            sections["oncall"] = f"roster = {folder / 'roster.toml'}"
        async with Program(folder, sections) as program:
            yield program


_ROSTER = """\
[[person]]
id = "wang"
name = "王工"
contacts = ["{contact}"]
roles = ["engineer"]
languages = ["zh-CN"]

[[schedule]]
id = "always"
name = "全天"

  [[schedule.weekly]]
  people = ["wang"]

[[policy]]
category = "*"

  [[policy.level]]
  who = ["on-call"]
  ringing = "all_at_once"
  ring_s = 20
"""


@dataclass
class Span:
    """What a process used between two moments."""

    before: Usage
    after: Usage
    seconds: float
    start_s: float  # wall clock, as the telephones' times are
    end_s: float

    @property
    def core_percent(self) -> float:
        """Of one core."""
        return 100 * (self.after.cpu_s - self.before.cpu_s) / self.seconds


@contextmanager
def measured(pid: int) -> Iterator[Span]:
    """Measure a process while the context lasts; the numbers are there after it."""
    before, clock, start_s = usage(pid), time.monotonic(), time.time()
    span = Span(before, before, 1.0, start_s, start_s)
    yield span
    span.after, span.seconds, span.end_s = usage(pid), time.monotonic() - clock, time.time()

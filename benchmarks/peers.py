"""SIPp as the callers' and the engineers' signalling, with the sound elsewhere."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from tests.wire.scenario import Pause, callee, caller
from tests.wire.sipp import Sipp

_MESSAGE = re.compile(
    r"^-{20,} (?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6})\n"
    r"\w+ message (?P<way>sent|received) [^\n]*\n\s*(?P<first>[^\r\n]+)\r?\n"
    r"(?P<rest>.*?)(?=^-{20,} |\Z)",
    re.MULTILINE | re.DOTALL,
)
_CALL_ID = re.compile(r"^Call-ID:\s*(\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Message:
    """A SIP message as SIPp's log tells it."""

    time_s: float  # wall clock
    sent: bool
    first_line: str
    call_id: str


class MediaSipp(Sipp):
    """A SIPp whose calls have their sound at `ports`, one after the other, then again.

    The scenario's offer or answer names port `[field0]`; `[field1]` is the caller's number.
    """

    def __init__(self, scenario: str, ports: Sequence[int], remote: str = "", **options: Any):
        super().__init__(scenario.replace("[auto_media_port]", "[field0]"), remote, **options)
        self._ports = ports
        self._own_folder = tempfile.TemporaryDirectory(prefix="lines-")

    async def __aenter__(self) -> Self:
        lines = [f"{port};{13800000000 + port}" for port in self._ports]
        self._lines_file.write_text("\n".join(["SEQUENTIAL", *lines]) + "\n")
        return await super().__aenter__()

    async def __aexit__(self, *exception: object) -> None:
        await super().__aexit__(*exception)
        self._own_folder.cleanup()

    @property
    def _lines_file(self) -> Path:
        return Path(self._own_folder.name) / "lines.csv"

    def _arguments(self) -> list[str]:
        return [*super()._arguments(), "-inf", str(self._lines_file)]


def owners(
    ports: Sequence[int], remote: str, *, seconds: float, calls: int | None = None, rate: float = 10
) -> MediaSipp:
    """Calls that last `seconds` each and then hang up: `calls` in all, one per line at a time."""
    count = calls or len(ports)
    return MediaSipp(
        caller([Pause(seconds)], user="[field1]"),
        ports,
        remote,
        calls=count,
        at_once=len(ports),
        rate=rate,
        limit_s=count / rate + 2 * seconds + 60,
    )


def engineer(ports: Sequence[int], *, port: int, calls: int, limit_s: float) -> MediaSipp:
    """Somebody on call at `port` who answers at once and leaves it to us to hang up."""
    return MediaSipp(
        callee(ring=False), ports, port=port, calls=calls, at_once=len(ports), limit_s=limit_s
    )


def messages(log: str) -> list[Message]:
    """SIPp's message log, in order."""
    found = []
    for match in _MESSAGE.finditer(log):
        call_id = _CALL_ID.search(match["rest"])
        found.append(
            Message(
                time_s=datetime.fromisoformat(match["time"]).timestamp(),
                sent=match["way"] == "sent",
                first_line=match["first"],
                call_id=call_id[1] if call_id else "",
            )
        )
    return found


def answer_times_s(log: str) -> list[float]:
    """From each INVITE sent to its 200, as SIPp saw them; retransmissions do not reset it."""
    invited: dict[str, float] = {}
    answered: dict[str, float] = {}
    for message in messages(log):
        if message.sent and message.first_line.startswith("INVITE "):
            invited.setdefault(message.call_id, message.time_s)
        elif message.first_line.startswith("SIP/2.0 200") and message.call_id in invited:
            answered.setdefault(message.call_id, message.time_s)
    return [answered[each] - invited[each] for each in answered]

"""SIPp as a real SIP peer: it calls a hotline, or is called by one."""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.wire.ports import free_media_port, free_port, until_taken
from tests.wire.process import PeerProcess

LIMIT_S = 30.0


@dataclass(frozen=True)
class SippResult:
    """How a SIPp run ended: exit code 0 means that every call went as its scenario says."""

    exit_code: int
    messages: str
    errors: str

    @property
    def ok(self) -> bool:
        return self.exit_code == 0

    @property
    def statuses(self) -> list[int]:
        """Status codes received, in order, retransmissions included."""
        return [
            int(code)
            for code in re.findall(r"message received [^\n]*\n\s*SIP/2\.0 (\d{3})", self.messages)
        ]

    def requests(self, method: str) -> list[str]:
        """The messages of this method that the peer sent us, whole."""
        return [
            part.lstrip()
            for part in re.findall(
                r"message received [^\n]*\n(.*?)(?=\n-{20,}|\Z)", self.messages, re.DOTALL
            )
            if part.lstrip().startswith(f"{method} ")
        ]


class Sipp:
    """One SIPp program, running a scenario of `tests.wire.scenario`.

        async with Sipp(scenario.caller([Keys("1")]), "127.0.0.1:15060") as sipp:
            result = await sipp.finished()
        assert result.ok, result.errors

    Without `remote` it waits for calls at `uri`. `calls` in all, `at_once` at a
    time, `rate` new ones a second.
    """

    def __init__(
        self,
        scenario: str,
        remote: str = "",
        *,
        to: str = "hotline",
        calls: int = 1,
        at_once: int | None = None,
        rate: float = 10.0,
        source: str = "127.0.0.1",
        port: int | None = None,
        transport: str = "udp",
        limit_s: float = LIMIT_S,
    ) -> None:
        self.port = port or free_port()
        self.source = source
        self._scenario = scenario
        self._remote = remote
        self._to = to
        self._calls = calls
        self._at_once = at_once or calls
        self._rate = rate
        self._transport = transport
        self._limit_s = limit_s
        self._folder = Path()
        self._process: PeerProcess | None = None

    @property
    def uri(self) -> str:
        """Where a hotline reaches this peer."""
        suffix = "" if self._transport == "udp" else f";transport={self._transport}"
        return f"sip:peer@{self.source}:{self.port}{suffix}"

    async def __aenter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="sipp-"))
        (self._folder / "scenario.xml").write_text(self._scenario)
        self._process = await PeerProcess.start(self._arguments(), self._folder)
        if not self._remote:
            try:
                await until_taken(self.port, self.source)
            except TimeoutError:
                raise RuntimeError(f"SIPp did not start:\n{self._process.output()}") from None
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process is not None:
            await self._process.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def finished(self) -> SippResult:
        """Wait until all its calls are over.

        Raises:
            TimeoutError: they are not, within the limit.
        """
        assert self._process is not None, "use it with `async with`"
        exit_code = await self._process.wait(self._limit_s + 5)
        return SippResult(
            exit_code, self.messages(), self._read("errors.log") or self._process.output()
        )

    def messages(self) -> str:
        """Every SIP message sent and received so far."""
        return self._read("messages.log")

    def vanish(self) -> None:
        """Die without a BYE."""
        if self._process is not None:
            self._process.kill()

    def _read(self, name: str) -> str:
        path = self._folder / name
        return path.read_text(errors="replace") if path.exists() else ""

    def _arguments(self) -> list[str]:
        arguments = ["sipp"]
        if self._remote:
            arguments += [self._remote, "-s", self._to]
        arguments += ["-sf", "scenario.xml", "-i", self.source, "-mi", self.source]
        arguments += ["-p", str(self.port), "-m", str(self._calls), "-l", str(self._at_once)]
        arguments += ["-r", f"{self._rate:g}", "-t", {"udp": "u1", "tcp": "t1"}[self._transport]]
        arguments += ["-mp", str(free_media_port(self.source))]
        arguments += ["-trace_msg", "-message_file", "messages.log"]
        arguments += ["-aa"]  # as every telephone: an OPTIONS within a call is answered
        arguments += ["-trace_err", "-error_file", "errors.log"]
        arguments += ["-timeout", f"{self._limit_s:g}s", "-timeout_error", "-nostdin"]
        return arguments


async def call(scenario: str, remote: str, **options: object) -> SippResult:
    """Run one calling scenario to its end; the options are those of `Sipp`."""
    async with Sipp(scenario, remote, **options) as sipp:  # type: ignore[arg-type]
        return await sipp.finished()

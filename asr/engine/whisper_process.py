"""Whisper in a process of its own, behind everything else on the machine.

It takes 400 MB and a whole core for a while, and native code may end a process. So the telephone's
process holds none of it: a child hears at the lowest priority, one recording at a time, gives its
memory back when it is closed, and takes nothing with it when it dies. Sound goes through a pipe
and never into a file.

    parent: {"rate_hz": 8000, "language": "zh-CN", "bytes": 160000}\\n<PCM>
    child:  {"text": ..., "words": [["你好", 0.1, 0.5, 0.98], ...], "confidence": 0.8, ...}\\n
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from asr.engine.thread_priority import stand_back
from asr.engine.transcriber import Transcript
from asr.engine.whisper import Whisper
from asr.engine.word import SAMPLE_BYTES, Word
from asr.errors import EngineFailed, SpeechError

NICENESS = 19
LOAD_S = 300.0  # behind a busy machine; two seconds on an idle one
SLOWEST = 30.0  # seconds for a second of sound, likewise; 0.3 on an idle one
_LINE_LIMIT = 2**24  # an answer with the words of an hour


class WhisperProcess:
    """A model in a child that is started when it is first needed."""

    def __init__(self, folder: Path, *, load_s: float = LOAD_S) -> None:
        self._folder = folder
        self._load_s = load_s
        self._child: asyncio.subprocess.Process | None = None

    async def write_down(self, pcm: bytes, rate_hz: int, language: str) -> Transcript:
        """Write down 16-bit mono PCM; cancelled, the child ends.

        Raises:
            SpeechError: it cannot be loaded, failed, or took too long; the next one begins anew.
        """
        length_s = len(pcm) / SAMPLE_BYTES / rate_hz
        try:
            async with asyncio.timeout(self._load_s + SLOWEST * length_s):
                answer = await self._answer(pcm, rate_hz, language)
        except TimeoutError as error:
            await self.close()
            raise EngineFailed(f"Whisper took too long for {length_s:.0f} s of audio") from error
        except BaseException:
            await self.close()
            raise
        if "error" in answer:
            raise EngineFailed(answer["error"])
        words = tuple(Word(*word) for word in answer.pop("words"))
        return Transcript(words=words, **answer)

    async def close(self) -> None:
        """End the child. May be called twice."""
        child, self._child = self._child, None
        if child is None:
            return
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()

    async def _answer(self, pcm: bytes, rate_hz: int, language: str) -> dict[str, Any]:
        child = self._child
        if child is None or child.returncode is not None:
            child = self._child = await self._started()
        assert child.stdin is not None
        assert child.stdout is not None
        order = {"rate_hz": rate_hz, "language": language, "bytes": len(pcm)}
        try:
            child.stdin.write(json.dumps(order).encode() + b"\n" + pcm)
            await child.stdin.drain()
            line = await child.stdout.readline()
        except (ConnectionError, ValueError) as error:  # ValueError: an endless line
            raise EngineFailed("Whisper ended in the middle of a recording") from error
        if not line:
            raise EngineFailed("Whisper ended in the middle of a recording")
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def _started(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "asr.engine.whisper_process",
            str(self._folder),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=_LINE_LIMIT,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )


def serve(folder: Path, orders: BinaryIO, answers: BinaryIO) -> None:
    """The child: hear what is given until there is no more."""
    engine: Any = None
    while line := orders.readline():
        order = json.loads(line)
        pcm = orders.read(order["bytes"])
        if len(pcm) < order["bytes"]:
            return  # the parent has ended
        try:
            engine = engine or Whisper(folder)
            told = asdict(engine.write_down(pcm, order["rate_hz"], order["language"]))
            told["words"] = [list(word.values()) for word in told["words"]]
        except SpeechError as error:
            told = {"error": str(error)}
        answers.write(json.dumps(told).encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    stand_back(NICENESS)  # before the engine makes threads: they have it from this one
    serve(Path(sys.argv[1]), sys.stdin.buffer, sys.stdout.buffer)

"""The studio as the renderer and the benchmark use it: a process in an environment of its own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".setup" / "voices" / "bin" / "python"


class StudioError(Exception):
    """The studio is missing or refuses; the message says what to do."""


class Studio:
    """Use it in a `with`; one order at a time."""

    def __enter__(self) -> Studio:
        if not PYTHON.exists():
            raise StudioError("the speech tools are not installed; run `make voices`")
        self._process = subprocess.Popen(
            [PYTHON, "-m", "tools.voices.studio"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()

    def say(self, text: str, language: str, speaker: str, speed: float, file: Path) -> float:
        """Write the sound of `text` into `file`; returns its loudness in LUFS."""
        answer = self._ask(
            do="say",
            text=text,
            language=language,
            speaker=speaker,
            speed=speed,
            file=str(file),
        )
        return float(answer["lufs"])

    def hear(self, file: Path, language: str) -> str:
        """What the independent ear writes."""
        return str(self._ask(do="hear", language=language, file=str(file))["text"])

    def _ask(self, **order: object) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise StudioError("the speech tools ended; run `make voices` again")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise StudioError(str(answer["error"]))
        return answer

"""How well a lexicon (and a speech model) hears what is urgent, on labelled text or audio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asr.errors import SpeechError
from asr.lexicon import Lexicon
from asr.models import SpeechModel

__all__ = ["EvaluateError", "Report", "evaluate"]


class EvaluateError(SpeechError):
    """Labelled data cannot be used; `mistakes` lists all of them as `file:line: fact`."""

    def __init__(self, mistakes: tuple[str, ...]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True)
class Report:
    """Scores; `to_dict` is what `hotline evaluate --json` prints."""

    recall: float
    precision: float

    def to_dict(self) -> dict[str, Any]:
        """One object with `recall`, `precision`, `missed`, `false_alarms`, ..."""
        raise NotImplementedError


def evaluate(
    paths: Sequence[Path], language: str, lexicon: Lexicon, model: SpeechModel | None = None
) -> Report:
    """Score JSON lines `{"text" | "wav": ..., "expected": category | null}`. Blocking.

    Raises:
        EvaluateError: bad lines, missing files, audio without a model.
    """
    raise NotImplementedError

"""A word that an engine heard, and the samples that all engines take."""

from __future__ import annotations

from dataclasses import dataclass

SAMPLE_BYTES = 2  # 16-bit mono, everywhere in this package


@dataclass(frozen=True)
class Word:
    """A recognised word; times are seconds from the start of what was heard.

    `confidence` is 0..1 and only as good as the model's own calibration.
    """

    text: str
    start_s: float
    end_s: float
    confidence: float

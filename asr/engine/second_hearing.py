"""Which of two engines' texts of one recording is the better.

Each engine's confidence has a scale of its own, so they are not compared with one another:
Whisper's own probability decides. The bound was chosen by a few recordings (sentences that it
heard had 0.56 to 0.80, one that it made up 0.41); it is not calibrated on held-out voices.
"""

from __future__ import annotations

from asr.engine.transcriber import Transcript

SURE = 0.5  # Whisper's mean probability of a token
# A text of so much less than the first one has lost what was said: Whisper drops stretches whole.
LEAST_LENGTH = 0.5


def second_is_better(first_text: str, second: Transcript) -> bool:
    """Whether the second text is to stand for the first."""
    if not second.text or second.confidence < SURE:
        return False
    return len(second.text) >= LEAST_LENGTH * len(first_text)

"""A telephone line between a mouth and an ear."""

from __future__ import annotations

import numpy as np

from call_logs.recordings.g711 import ALAW
from ivr.media.pcm import silence

LINE_HZ = 8000
_LEAD_MS = 300  # before and after, as on a line


def over_the_line(pcm: bytes) -> bytes:
    """8 kHz sound as the other end hears it: G.711 A-law, a moment of silence around it."""
    lead = silence(_LEAD_MS, LINE_HZ)
    return lead + ALAW.decode(ALAW.encode(np.frombuffer(pcm, "<i2"))).astype("<i2").tobytes() + lead

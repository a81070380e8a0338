"""Listening while somebody speaks."""

from asr.live.decoder import LiveLexicon
from asr.live.ear import Heard
from asr.live.listener import Listener, Listeners

__all__ = ["Heard", "Listener", "Listeners", "LiveLexicon"]

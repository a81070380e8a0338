"""Labelled audio through the ears of a live call, without the call."""

from __future__ import annotations

from dataclasses import dataclass

from asr.audio.voice_activity import SpeechGate
from asr.engine.live_engine import LiveModel
from asr.engine.transcriber import transcribe
from asr.engine.word import SAMPLE_BYTES, Word
from asr.lexicon.lexicon import Hit, Lexicon
from asr.live.ear import open_ear
from asr.live.listener import PIECE_S
from asr.live.spotter import Spotter

_SILENCE_S = 1.0  # a caller who has spoken waits; without it the last words would never end


@dataclass(frozen=True)
class Listening:
    """What was heard, and when: `hits` come with the stream time at which they were told."""

    text: str
    words: tuple[Word, ...]
    hits: tuple[tuple[Hit, float], ...]
    duration_s: float

    def phrase_end_s(self, hit: Hit) -> float:
        """Where the hit's phrase ends in the audio, by the words of the whole transcript; the
        end of all speech when the final words are others than the partial ones."""
        phrase = "".join(hit.phrase.split())
        spoken = ""
        for word in self.words:
            spoken += "".join(word.text.split())
            if phrase in spoken:
                return word.end_s
        return self.words[-1].end_s if self.words else self.duration_s


def listen(pcm: bytes, rate_hz: int, model: LiveModel, lexicon: Lexicon) -> Listening:
    """Stream `pcm` through voice gate, engine and spotter, piece by piece as in a call."""
    gate = SpeechGate(rate_hz)
    spotter = Spotter(lexicon.hits)
    ear = open_ear(model, rate_hz, lexicon.words, spotter.is_suspicious)
    hits: list[tuple[Hit, float]] = []
    silence = bytes(SAMPLE_BYTES * int(_SILENCE_S * rate_hz))
    stream = pcm + silence
    piece_bytes = SAMPLE_BYTES * int(PIECE_S * rate_hz)
    for start in range(0, len(stream), piece_bytes):
        piece = stream[start : start + piece_bytes]
        fed_s = (start + len(piece)) / SAMPLE_BYTES / rate_hz
        heard = [
            text
            for stretch in gate.push(piece)
            for text in ear.hear(stretch.pcm, stretch.start_sample / rate_hz, ended=stretch.ended)
        ]
        while ear.has_work:
            heard.extend(ear.work())
        hits.extend((hit, fed_s) for text in heard for hit in spotter.look(text))
    if gate.end():
        end_s = len(stream) / SAMPLE_BYTES / rate_hz
        hits.extend((hit, end_s) for text in ear.finish() for hit in spotter.look(text))
    transcript = transcribe(model, pcm, rate_hz)
    return Listening(
        transcript.text, transcript.words, tuple(hits), len(pcm) / SAMPLE_BYTES / rate_hz
    )

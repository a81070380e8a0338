"""Speech on the processor alone: transcription beside raw Vosk, listening with and without gate.

Both run in turn on the same ten seconds of sound, many times. Other programs only ever make
a run slower, so the best of each is compared.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from asr.engine import LiveModel, embedded_model, load_model, transcribe
from asr.engine.word import SAMPLE_BYTES
from asr.lexicon.lexicon import Lexicon, load_lexicon
from asr.live.decoder import LiveDecoder
from asr.live.ear import DictationEar
from benchmarks.report import Row
from benchmarks.sound import CHAT, RATE_HZ, URGENT
from ivr.packs import load_pack
from tests.asr.speech import say, silence

RATIO_BAR = 0.95
PIECE_S = 0.2
STRETCH_S = 10.0
VOICES = ("f5", "m8", "klatt")


async def measure(quick: bool) -> list[Row]:
    """On a thread: it only computes."""
    return await asyncio.to_thread(_measure, 5 if quick else 11)


def _measure(rounds: int) -> list[Row]:
    model = load_model(embedded_model())
    lexicon = load_lexicon(load_pack("zh-CN").lexicon_path)
    speech = _speech()
    call = b"".join(say(text) + silence(4.0) for text in (*CHAT, *URGENT))
    share = sum(len(say(text, before_s=0.0)) - 2 * RATE_HZ for text in (*CHAT, *URGENT)) / len(call)
    raw, ours = _best(rounds, speech, [lambda pcm: _raw(model, pcm), _transcribing(model)])
    quiet_raw, quiet_ours = _best(
        rounds, call, [lambda pcm: _raw(model, pcm), _transcribing(model)]
    )
    gated, ungated, still = (
        *_best(
            rounds,
            call,
            [
                lambda pcm: _listen(model, lexicon, pcm),
                lambda pcm: _listen_to_all(model, lexicon, pcm),
            ],
        ),
        *_best(rounds, silence(60.0), [lambda pcm: _listen(model, lexicon, pcm)]),
    )
    length = f"of {100 * share:.0f} % speech"
    return [
        Row(
            "transcription, speed against raw Vosk, no pauses",
            raw / ours,
            "",
            RATIO_BAR,
            at_least=True,
        ),
        Row(
            "transcription, speed against raw Vosk, a call", quiet_raw / quiet_ours, "", note=length
        ),
        Row("transcription, cost of speech", 1000 * ours / _seconds(speech), "ms a second"),
        Row(
            "live call, with the voice gate",
            1000 * gated / _seconds(call),
            "ms a second",
            note=length,
        ),
        Row("live call, without it", 1000 * ungated / _seconds(call), "ms a second", note=length),
        Row("live call, silent", 1000 * still / 60.0, "ms a second"),
    ]


def _best(rounds: int, pcm: bytes, works: list[Callable[[bytes], object]]) -> tuple[float, ...]:
    """Processor seconds of each work over all of `pcm`, stretch by stretch at its best."""
    size = int(STRETCH_S * RATE_HZ) * SAMPLE_BYTES
    totals = [0.0] * len(works)
    for start in range(0, len(pcm), size):
        stretch = pcm[start : start + size]
        best = [float("inf")] * len(works)
        for _ in range(rounds):
            for number, work in enumerate(works):
                begun = time.thread_time()
                work(stretch)
                best[number] = min(best[number], time.thread_time() - begun)
        totals = [total + each for total, each in zip(totals, best, strict=True)]
    return tuple(totals)


def _speech() -> bytes:
    """About a minute in which nobody pauses."""
    tail = int(1.0 * RATE_HZ) * SAMPLE_BYTES
    return b"".join(
        say(text, f"cmn-latn-pinyin+{voice}", before_s=0.0)[:-tail]
        for voice in VOICES
        for text in (*CHAT, *URGENT)
    )


def _raw(model: LiveModel, pcm: bytes) -> None:
    """What Vosk's own examples do: one recogniser, everything decoded, words with times."""
    recogniser = model.recogniser(RATE_HZ)
    step = int(PIECE_S * RATE_HZ) * SAMPLE_BYTES
    for start in range(0, len(pcm), step):
        if recogniser.accept(pcm[start : start + step]):
            recogniser.result()
    recogniser.finish()


def _transcribing(model: LiveModel) -> Callable[[bytes], object]:
    return lambda pcm: transcribe(model, pcm, RATE_HZ)


def _listen(model: LiveModel, lexicon: Lexicon, pcm: bytes) -> None:
    """A live call's whole way: gate, engine, lexicon."""
    decoder = LiveDecoder(model, lexicon, RATE_HZ, words=(), start_s=0.0, engine=None)
    step = int(PIECE_S * RATE_HZ) * SAMPLE_BYTES
    for start in range(0, len(pcm), step):
        decoder.decode(pcm[start : start + step], stalled=False)
        decoder.take_results()


def _listen_to_all(model: LiveModel, lexicon: Lexicon, pcm: bytes) -> None:
    """The same engine and lexicon, fed with the silence too."""
    ear = DictationEar(model, RATE_HZ)
    step = int(PIECE_S * RATE_HZ) * SAMPLE_BYTES
    last = ""
    for start in range(0, len(pcm), step):
        for heard in ear.hear(
            pcm[start : start + step], start / SAMPLE_BYTES / RATE_HZ, ended=False
        ):
            if heard.text != last:
                last = heard.text
                lexicon.hits(heard.text)


def _seconds(pcm: bytes) -> float:
    return len(pcm) / SAMPLE_BYTES / RATE_HZ

"""The engine that hears each recording once more after the call: `[asr] review`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from asr import SpeechError
from asr.engine import WhisperProcess, check_whisper_folder, has_whisper, second_is_better
from call_logs import Store
from call_logs.jobs import HeardAgain, SecondHearingLoop
from call_logs.recordings import (
    Channel,
    RecordingReader,
    Transcript,
    TranscriptData,
    TranscriptWord,
)
from call_logs.storage import Check, Severity
from hotline.config.config import Config
from ivr.after import Review

OFF = "off"


def review_problem(config: Config) -> str:
    """Why recordings are not heard once more although the configuration asks for it; "" when
    they are, or nobody asks."""
    name = config.asr.review
    if name == OFF:
        return ""
    try:
        check_whisper_folder(_folder(config))
    except SpeechError:
        return f"the model {name} is not installed: run hotline models install {name}"
    if not has_whisper():
        return "faster-whisper is not installed: pip install 'hotline[whisper]'"
    return ""


@asynccontextmanager
async def second_hearing(config: Config, store: Store, review: Review) -> AsyncIterator[None]:
    """Recordings are heard again while the context lasts, when the configuration asks for it."""
    if config.asr.review == OFF:
        yield
        return
    store.checks.register("second hearing", lambda: _check(config))
    process = WhisperProcess(_folder(config))

    async def hear(reader: RecordingReader, first: Transcript) -> HeardAgain:
        pcm = await asyncio.to_thread(reader.pcm, Channel.CALLER)
        second = await process.write_down(pcm, reader.rate_hz, first.language)
        return HeardAgain(
            data=TranscriptData(
                text=second.text,
                words=tuple(TranscriptWord(**vars(word)) for word in second.words),
                language=second.language,
                model=second.model,
                duration_s=second.duration_s,
            ),
            confidence=second.confidence,
            first_confidence=_confidence(first),
            won=second_is_better(first.heard_text, second),
        )

    loop = SecondHearingLoop(
        store,
        hear,
        ready=lambda: not review_problem(config),
        on_better=review,
        on_idle=process.close,
    )
    loop.start()
    try:
        yield
    finally:
        await loop.close()


def _confidence(first: Transcript) -> float:
    words = first.words
    return round(sum(word.confidence for word in words) / len(words), 4) if words else 0.0


def _check(config: Config) -> Check:
    problem = review_problem(config)
    if problem:
        return Check("second hearing", False, problem, Severity.DEGRADED)
    return Check("second hearing", True, f"by {config.asr.review}")


def _folder(config: Config) -> Path:
    return config.home / "models" / config.asr.review

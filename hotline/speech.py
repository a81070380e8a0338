"""The speech models of the configured languages, and transcription with them."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from asr import TranscriptionCancelled
from asr.engine import (
    WRITING_DOWN,
    LiveModel,
    ModelInfo,
    find_model,
    load_model,
    stand_back,
    transcribe,
)
from call_logs import Store
from call_logs.calls import CallEventKind
from call_logs.recordings import Channel, RecordingReader, TranscriptData, TranscriptWord
from call_logs.storage import Check, Checks, Loop, NoModel, Severity
from hotline.config.config import Config

logger = logging.getLogger(__name__)

LOOK_AGAIN_S = 60.0  # how soon a model that was installed meanwhile is taken into use


class SpeechModels:
    """What the program can understand. Models are shared by all calls and loaded once."""

    def __init__(self, config: Config, checks: Checks) -> None:
        self._config = config
        self._checks = checks
        self._models: dict[str, LiveModel] = {}
        self._on_new: Callable[[], Awaitable[None]] = _nobody
        self._looking = Loop(
            "speech models",
            self._look,
            checks=checks,
            every_s=LOOK_AGAIN_S,
            first_s=LOOK_AGAIN_S,
            severity=Severity.DEGRADED,
        )

    async def start(self, on_new: Callable[[], Awaitable[None]]) -> None:
        """Load what is installed and keep looking for what is not; `on_new` is told."""
        self._on_new = on_new
        self._checks.register("speech models", self._check)
        await self._load_missing()
        self._looking.start()

    async def close(self) -> None:
        await self._looking.close()

    def model(self, language: str) -> LiveModel | None:
        """The language's model, None while there is none."""
        return self._models.get(language)

    def live_model(self, language: str) -> LiveModel | None:
        """The model to listen to live calls with, None when that is switched off."""
        return self.model(language) if self._config.asr.live else None

    @property
    def loaded(self) -> tuple[ModelInfo, ...]:
        return tuple(model.info for model in self._models.values())

    @property
    def missing(self) -> tuple[str, ...]:
        """Languages of the configuration that have no model."""
        return tuple(
            language for language in self._config.hotline.languages if language not in self._models
        )

    def _check(self) -> Check:
        if not self.missing:
            return Check("speech models", True, "each language has one")
        fact = (
            f"none for {', '.join(self.missing)}: its callers are routed by keys and recorded; "
            "run hotline models install"
        )
        return Check("speech models", False, fact, Severity.DEGRADED)

    async def _look(self) -> None:
        if await self._load_missing():
            await self._on_new()

    async def _load_missing(self) -> bool:
        found = False
        for language in self.missing:
            try:
                model = await asyncio.to_thread(self._load, language)
            except Exception:
                # Whatever is wrong with one (half a download, a disk that does not answer):
                # the calls of the other languages are heard.
                logger.exception("a speech model cannot be used", extra={"language": language})
                continue
            if model is not None:
                self._models[language] = model
                found = True
        return found

    def _load(self, language: str) -> LiveModel | None:
        info = find_model(
            language, configured=self._config.model_for(language), home=self._config.home
        )
        if info is None:
            return None
        model = load_model(info)
        _ = model.capabilities  # measured once, here and not in the first call
        return model


async def _nobody() -> None:
    """Who is told of a new model before anybody wants to know."""


class Transcriber:
    """Turns a finished recording's caller channel into words; for `call_logs.Jobs`."""

    def __init__(self, speech: SpeechModels, store: Store, *, threads: int) -> None:
        self._speech = speech
        self._store = store
        # Threads of its own: they stand back, and what stands back cannot come forward again.
        self._threads = ThreadPoolExecutor(
            threads, "write-down", initializer=stand_back, initargs=(WRITING_DOWN,)
        )

    def close(self) -> None:
        """Its threads end; nothing may be given to it any more."""
        self._threads.shutdown()

    async def __call__(self, reader: RecordingReader) -> TranscriptData:
        """Raises:
        NoModel: there is no model for the call's language yet.
        """
        language = await self._language(reader.recording.call_id)
        model = self._speech.model(language)
        if model is None:
            raise NoModel(
                f"no speech model for {language}: install one with `hotline models install "
                f"{language}`; the recording waits for it"
            )
        cancelled = threading.Event()
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._threads, _write_down, model, reader, cancelled)
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            cancelled.set()  # the thread stops within 0.2 s of audio
            with suppress(TranscriptionCancelled):
                await work
            raise

    async def _language(self, call_id: str) -> str:
        """The language that the caller chose last."""
        language = (await self._store.calls.get(call_id)).language
        for event in await self._store.calls.events(call_id):
            if event.kind is CallEventKind.LANGUAGE:
                language = str(event.data["language"])
        return language


def _write_down(
    model: LiveModel, reader: RecordingReader, cancelled: threading.Event
) -> TranscriptData:
    pcm = reader.pcm(Channel.CALLER)
    transcript = transcribe(model, pcm, reader.rate_hz, cancelled=cancelled.is_set)
    return TranscriptData(
        text=transcript.text,
        words=tuple(TranscriptWord(**vars(word)) for word in transcript.words),
        language=transcript.language,
        model=transcript.model,
        duration_s=transcript.duration_s,
    )

"""One live call's way from PCM to live text and hits, without threads or event loop."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from asr.audio.voice_activity import SpeechGate
from asr.engine.live_engine import LiveEngine, LiveModel
from asr.engine.word import SAMPLE_BYTES
from asr.lexicon.lexicon import Hit
from asr.live.ear import Ear, Heard, open_ear
from asr.live.spotter import Spotter

Result = Heard | tuple[Hit, ...]


class LiveLexicon(Protocol):
    """What a listener needs of a lexicon."""

    def hits(self, text: str, *, at_s: float = 0.0) -> tuple[Hit, ...]: ...


@runtime_checkable
class HasWords(Protocol):
    """A lexicon that a model which listens by word list can use too."""

    @property
    def words(self) -> tuple[str, ...]:
        """Phrases to listen for, and fillers that soak up other speech."""
        ...


class LiveDecoder:
    """A call's way from PCM to results; used by one thread at a time."""

    def __init__(
        self,
        model: LiveModel,
        lexicon: LiveLexicon | None,
        rate_hz: int,
        *,
        words: tuple[str, ...],
        start_s: float,
        engine: LiveEngine | None,
    ) -> None:
        self.epoch = 0
        self._model = model
        self._rate_hz = rate_hz
        self._start_s = start_s
        self._engine = engine
        self._words = (*(lexicon.words if isinstance(lexicon, HasWords) else ()), *words)
        self._gate = SpeechGate(rate_hz)
        self._spotter = Spotter(lexicon.hits) if lexicon is not None else None
        self._ear: Ear | None = None
        self._last_text = ""  # a partial is told when it has changed
        self._results: list[Result] = []

    def decode(self, pcm: bytes, *, stalled: bool) -> None:
        """Take the next 16-bit mono PCM; `stalled`: no more will come for now.

        Raises:
            EngineFailed: the engine reported an error; `drop_ear` starts afresh.
        """
        for stretch in self._gate.push(pcm):
            start_s = self._start_s + stretch.start_sample / self._rate_hz
            self._keep(self._opened_ear().hear(stretch.pcm, start_s, ended=stretch.ended))
        if stalled and self._gate.end() and self._ear is not None:
            self._keep(self._ear.finish())
        if self._ear is not None and self._ear.has_work:
            self._keep(self._ear.work())

    def skip(self, lost_bytes: int) -> None:
        """Audio was dropped: what stands before the hole is an utterance of its own."""
        if self._gate.is_open and self._ear is not None:
            self._keep(self._ear.finish())
        self._gate.skip(lost_bytes // SAMPLE_BYTES)

    def reset(self, epoch: int) -> None:
        """Forget the running utterance; results from now on belong to `epoch`."""
        self.epoch = epoch
        self._gate.end()
        self.drop_ear()
        self._results.clear()

    def drop_ear(self) -> None:
        """Give the engine back; the next speech opens a new one."""
        self._ear = None
        self._last_text = ""
        if self._spotter is not None:
            self._spotter.forget()

    @property
    def has_work(self) -> bool:
        """Is there something left to do without new audio?"""
        return self._ear is not None and self._ear.has_work

    def take_results(self) -> list[Result]:
        """What was heard and found since the last time, in order."""
        results, self._results = self._results, []
        return results

    def _opened_ear(self) -> Ear:
        if self._ear is None:
            self._ear = open_ear(
                self._model, self._rate_hz, self._words, self._is_suspicious, engine=self._engine
            )
        return self._ear

    def _is_suspicious(self, text: str) -> bool:
        return self._spotter is not None and self._spotter.is_suspicious(text)

    def _keep(self, heard: list[Heard]) -> None:
        for utterance in heard:
            if utterance.final or utterance.text != self._last_text:
                self._results.append(utterance)
            self._last_text = "" if utterance.final else utterance.text
            if self._spotter is not None and (hits := self._spotter.look(utterance)):
                self._results.append(hits)

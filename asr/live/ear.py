"""How one call's speech becomes live text: two engines behind one interface.

`DictationEar` hears everything and is expensive. `WordListEar` hears only a list, for a tenth of
the cost, but small models are known to force other speech onto the list with full confidence:
what it spots is a suspicion, and it then dictates the same audio to confirm it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from asr.engine.live_engine import LiveEngine, LiveModel, LiveRecogniser
from asr.engine.word import SAMPLE_BYTES, Word
from asr.spoken.writing import joined

RENEW_AFTER_S = 60.0  # a recogniser keeps features and lattices of what it heard
CONFIRM_S = 10.0  # how much of an utterance's end is dictated to confirm a suspicion
_CONFIRM_PIECES = 2  # per step, so that one call's confirmation does not hold up the others


@dataclass(frozen=True)
class Heard:
    """Live text: of the running utterance (`final` False) or of one that ended.

    Times are seconds since the listener's start. Chinese has no blanks and its numerals stay
    characters (`find_number` reads them). `certain` is False when only a word list was
    listened for.
    """

    text: str
    final: bool
    start_s: float
    end_s: float
    certain: bool = True


class Ear(Protocol):
    """One call's engine. Used by one thread at a time."""

    def hear(self, pcm: bytes, start_s: float, *, ended: bool) -> list[Heard]:
        """Decode a piece of speech; `ended` when the stretch of speech is over with it."""
        ...

    def finish(self) -> list[Heard]:
        """The stream has a hole or stopped: end the running utterance."""
        ...

    @property
    def has_work(self) -> bool:
        """Is there something left to do without new audio?"""
        ...

    def work(self) -> list[Heard]:
        """Do a little of it."""
        ...


def open_ear(
    model: LiveModel,
    rate_hz: int,
    words: tuple[str, ...],
    is_suspicious: Callable[[str], bool],
    *,
    engine: LiveEngine | None = None,
) -> Ear:
    """The engine that suits the model on this machine, or the one asked for.

    A word list needs words, and a model that obeys it; otherwise it is dictation all the same.
    """
    if not words or engine is LiveEngine.DICTATION:
        return DictationEar(model, rate_hz)
    capabilities = model.capabilities  # measured at the first use
    wanted = engine or capabilities.live_engine
    if capabilities.supports_word_list and wanted is LiveEngine.WORD_LIST:
        return WordListEar(model, rate_hz, words, is_suspicious)
    return DictationEar(model, rate_hz)


class _Utterances:
    """Partial and final texts of one recogniser, which it renews between utterances."""

    def __init__(self, model: LiveModel, rate_hz: int, words: tuple[str, ...] | None) -> None:
        self._model = model
        self._rate_hz = rate_hz
        self._words = words
        self._recogniser: LiveRecogniser | None = None
        self._offset_s = 0.0  # stream time minus recogniser time
        self._start_s: float | None = None  # of the running utterance
        self._end_s = 0.0
        self._partial = ""

    def hear(self, pcm: bytes, start_s: float, *, ended: bool) -> list[Heard]:
        recogniser = self._recogniser
        if recogniser is None:
            recogniser = self._recogniser = self._model.recogniser(self._rate_hz, self._words)
        if self._start_s is None:
            self._start_s = start_s
        self._offset_s = start_s - recogniser.accepted_s
        self._end_s = start_s + len(pcm) / SAMPLE_BYTES / self._rate_hz
        if recogniser.accept(pcm):
            return self._final(recogniser.result())
        if ended:
            return self._final(recogniser.finish())
        return self._running(recogniser.partial())

    def finish(self) -> list[Heard]:
        if self._recogniser is None or self._start_s is None:
            return []
        return self._final(self._recogniser.finish())

    def _running(self, spoken: str) -> list[Heard]:
        text = joined(spoken, self._model.info.language)
        if not text:
            return []
        self._partial = text
        return [self._heard(text, final=False)]

    def _final(self, words: tuple[Word, ...]) -> list[Heard]:
        text = joined(" ".join(word.text for word in words), self._model.info.language)
        had_partial, self._partial = bool(self._partial), ""
        heard = []
        if words:
            self._start_s = words[0].start_s + self._offset_s
            self._end_s = words[-1].end_s + self._offset_s
        if text or had_partial:  # an empty final takes a wrong partial back
            heard.append(self._heard(text, final=True))
        self._start_s = None
        if self._recogniser is not None and self._recogniser.accepted_s > RENEW_AFTER_S:
            self._recogniser = None
        return heard

    def _heard(self, text: str, *, final: bool) -> Heard:
        start_s = self._end_s if self._start_s is None else self._start_s
        return Heard(text, final, round(start_s, 3), round(self._end_s, 3), self._words is None)


class DictationEar:
    """Free speech, with partial results."""

    has_work = False

    def __init__(self, model: LiveModel, rate_hz: int) -> None:
        self._utterances = _Utterances(model, rate_hz, None)

    def hear(self, pcm: bytes, start_s: float, *, ended: bool) -> list[Heard]:
        return self._utterances.hear(pcm, start_s, ended=ended)

    def finish(self) -> list[Heard]:
        return self._utterances.finish()

    def work(self) -> list[Heard]:
        return []


class WordListEar:
    """Only the words of a list; a suspicious utterance is dictated once it has ended."""

    def __init__(
        self,
        model: LiveModel,
        rate_hz: int,
        words: tuple[str, ...],
        is_suspicious: Callable[[str], bool],
    ) -> None:
        self._model = model
        self._rate_hz = rate_hz
        self._is_suspicious = is_suspicious
        self._spotter = _Utterances(model, rate_hz, model.word_list(words))
        self._held: deque[bytes] = deque()
        self._held_s = 0.0
        self._confirming: deque[_Confirmation] = deque()

    def hear(self, pcm: bytes, start_s: float, *, ended: bool) -> list[Heard]:
        self._hold(pcm)
        return self._watch(self._spotter.hear(pcm, start_s, ended=ended))

    def finish(self) -> list[Heard]:
        return self._watch(self._spotter.finish())

    @property
    def has_work(self) -> bool:
        return bool(self._confirming)

    def work(self) -> list[Heard]:
        confirmation = self._confirming[0]
        heard = confirmation.step()
        if confirmation.is_done:
            self._confirming.popleft()
        return heard

    def _hold(self, pcm: bytes) -> None:
        self._held.append(pcm)
        self._held_s += self._seconds(pcm)
        while self._held_s > CONFIRM_S:
            self._held_s -= self._seconds(self._held.popleft())

    def _watch(self, heard: list[Heard]) -> list[Heard]:
        for utterance in heard:
            if utterance.final and self._is_suspicious(utterance.text):
                pieces = deque(self._held)
                self._confirming.append(
                    _Confirmation(self._model, self._rate_hz, pieces, utterance)
                )
        if any(utterance.final for utterance in heard):
            self._held.clear()
            self._held_s = 0.0
        return heard

    def _seconds(self, pcm: bytes) -> float:
        return len(pcm) / SAMPLE_BYTES / self._rate_hz


class _Confirmation:
    """The audio of a suspicious utterance on its way through free dictation."""

    def __init__(
        self, model: LiveModel, rate_hz: int, pieces: deque[bytes], suspicion: Heard
    ) -> None:
        self._language = model.info.language
        self._recogniser = model.recogniser(rate_hz)
        self._pieces = pieces
        self._suspicion = suspicion
        self._words: list[Word] = []

    @property
    def is_done(self) -> bool:
        return not self._pieces

    def step(self) -> list[Heard]:
        for _ in range(min(_CONFIRM_PIECES, len(self._pieces))):
            if self._recogniser.accept(self._pieces.popleft()):
                self._words += self._recogniser.result()
        if self._pieces:
            return []
        self._words += self._recogniser.finish()
        text = joined(" ".join(word.text for word in self._words), self._language)
        return [Heard(text, True, self._suspicion.start_s, self._suspicion.end_s)] if text else []

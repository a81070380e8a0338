"""Sentences put together from recorded parts, and from the runtime voice where there is none."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import chain
from types import MappingProxyType

from call_logs.storage import SYSTEM_CLOCK
from ivr.media.pcm import silence
from ivr.media.tones import Sound
from ivr.packs.pack import Pack
from ivr.prompts.numerals import LARGEST, digit_groups, digit_parts, moment_parts, number_parts
from ivr.prompts.recording import Gap, Recording, Slot
from ivr.prompts.recordings import PromptMissing, Prompts
from ivr.prompts.voice import Voice, VoiceError

logger = logging.getLogger(__name__)

SENTENCE_GAP_MS = 250  # between two utterances of one `render`
GROUP_GAP_MS = 200  # between two groups of digits


@dataclass(frozen=True, init=False)
class Prompt:
    """A prompt of the pack, or a `Sound`, by name; its slots filled:
    `Prompt("ticket_number", number=Digits("1234566"))`.
    """

    name: str
    slots: Mapping[str, Utterance]

    def __init__(self, name: str, /, **slots: Utterance) -> None:
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "slots", MappingProxyType(slots))


@dataclass(frozen=True)
class Digits:
    """Digits one by one: a ticket number, a room. Characters other than digits are passed over.

    `phone`, and any number of five digits or more, is spoken like a telephone number.
    """

    value: str
    phone: bool = False


@dataclass(frozen=True)
class Number:
    """A quantity; above 9999 the runtime voice speaks it."""

    value: int


@dataclass(frozen=True)
class Moment:
    """A time of day and its day, spoken as the clock in `zone` shows it."""

    at: datetime  # timezone-aware
    zone: tzinfo


@dataclass(frozen=True)
class Text:
    """Free text, spoken by the runtime voice."""

    value: str


@dataclass(frozen=True)
class Pause:
    """Silence."""

    ms: int


@dataclass(frozen=True, init=False)
class Phrase:
    """Several utterances as one, without pauses: what fills a slot."""

    parts: tuple[Utterance, ...]

    def __init__(self, *parts: Utterance) -> None:
        object.__setattr__(self, "parts", parts)


Utterance = Prompt | Digits | Number | Moment | Text | Pause | Phrase

_Atom = Recording | Sound | Text | Pause


class Phrasebook:
    """Renders utterances in one language; one for all calls of that language."""

    def __init__(
        self, pack: Pack, voice: Voice, *, now: Callable[[], datetime] | None = None
    ) -> None:
        """`now` tells which day is today; the wall clock unless given."""
        self._prompts: Prompts = pack.prompts
        self._voice = voice
        self._now = now or SYSTEM_CLOCK.now

    async def render(
        self, utterances: Sequence[Utterance], rate_hz: int, *, slowly: bool = False
    ) -> list[bytes]:
        """PCM pieces (signed 16-bit mono at `rate_hz`, 8000 or 16000), to be played one
        after another. Recordings are shared `bytes`, never copied. `slowly`: recordings are
        longer by a fifth, at their own pitch.

        What cannot be spoken (a file deleted under us, a voice that fails) is logged and
        left out, so that the rest of the sentence reaches the caller.

        Raises:
            PromptMissing: no prompt of this name, or a slot that nobody filled.
        """
        pieces = [await self._sound(atom, rate_hz, slowly) for atom in self._sentences(utterances)]
        return [piece for piece in pieces if piece]

    def words(self, utterances: Sequence[Utterance]) -> str:
        """What `render` says, as text.

        Raises:
            PromptMissing: no prompt of this name, or a slot that nobody filled.
        """
        said: list[str] = []
        for atom in self._sentences(utterances):
            match atom:
                case Recording(text=text) | Text(value=text):
                    said.append(text)
                case Pause():
                    said.append(",")
        return " ".join(said)

    def _sentences(self, utterances: Iterable[Utterance]) -> Iterator[_Atom]:
        """What is played one after another, two pieces as one where they are recorded so."""
        last: _Atom | None = None
        for atom in self._apart(utterances):
            one = self._as_one(last, atom)
            if last is not None and one is None:
                yield last
            last = one or atom
        if last is not None:
            yield last

    def _as_one(self, first: _Atom | None, second: _Atom) -> Recording | None:
        """The recording that stands for both; not where a company has recorded one of them
        with another voice."""
        if not (isinstance(first, Recording) and isinstance(second, Recording)):
            return None
        one = self._prompts.texts.joined.get((first, second))
        own = self._prompts.own
        if one is None or own(one.id) or not (own(first.id) or own(second.id)):
            return one
        return None

    def _apart(self, utterances: Iterable[Utterance]) -> Iterator[_Atom]:
        for index, utterance in enumerate(utterances):
            if index and not isinstance(utterance, Pause):
                yield Pause(SENTENCE_GAP_MS)
            yield from self._atoms(utterance)

    def _atoms(self, utterance: Utterance) -> Iterator[_Atom]:
        """What an utterance is made of when every sentence is taken apart."""
        match utterance:
            case Pause() | Text():
                yield utterance
            case Number(value) if not 0 <= value <= LARGEST:
                yield Text(str(value))
            case Number(value):
                yield from self._parts(number_parts(value, self._prompts.language))
            case Moment(at, zone):
                local, now = at.astimezone(zone), self._now().astimezone(zone)
                yield from self._parts(moment_parts(local, now, self._prompts.language))
            case Digits():
                yield from self._digits(utterance)
            case Phrase(parts=parts):
                yield from chain.from_iterable(map(self._atoms, parts))
            case Prompt(name=name) if name in set(Sound):
                yield Sound(name)
            case Prompt():
                yield from self._prompt(utterance)

    def _digits(self, digits: Digits) -> Iterator[_Atom]:
        groups = digit_groups(digits.value)
        phone = digits.phone or len(groups) > 1
        for index, group in enumerate(groups):
            if index:
                yield Pause(GROUP_GAP_MS)
            yield from self._parts(digit_parts(group, self._prompts.language, phone=phone))

    def _prompt(self, prompt: Prompt) -> Iterator[_Atom]:
        for segment in self._prompts.get(prompt.name).segments:
            match segment:
                case Gap(ms):
                    yield Pause(ms)
                case Recording():
                    yield segment
                case Slot(name):
                    yield from self._atoms(self._filling(prompt, name))

    def _filling(self, prompt: Prompt, slot: str) -> Utterance:
        """What fills a slot: given by the flow, else the prompt of the slot's name."""
        if slot in prompt.slots:
            return prompt.slots[slot]
        if slot in self._prompts.names:
            return Prompt(slot)
        raise PromptMissing(f"prompt {prompt.name!r} needs its slot {slot!r} to be filled")

    def _parts(self, names: Iterable[str]) -> Iterator[Recording]:
        for name in names:
            yield from self._prompts.get(name).recordings

    async def _sound(self, atom: _Atom, rate_hz: int, slowly: bool) -> bytes:
        match atom:
            case Pause(ms):
                return silence(ms, rate_hz)
            case Text(value):
                return await self._speak(value, self._prompts.language, rate_hz)
            case Sound():
                return await self._recorded(atom, rate_hz, slowly=False)
            case Recording() if self._prompts.is_by_voice(atom):
                return await self._speak(atom.spoken, atom.language, rate_hz)
            case Recording():
                try:
                    return await self._recorded(atom.id, rate_hz, slowly=slowly)
                except PromptMissing as error:
                    logger.warning(
                        "recording missing, spoken instead", extra={"reason": str(error)}
                    )
                    return await self._speak(atom.spoken, atom.language, rate_hz)

    async def _recorded(self, name: str, rate_hz: int, *, slowly: bool) -> bytes:
        """A recording or generated sound, decoded on a thread the first time."""
        known = self._prompts.cached(name, rate_hz, slowly=slowly)
        if known is not None:
            return known
        return await asyncio.to_thread(self._prompts.pcm, name, rate_hz, slowly=slowly)

    async def _speak(self, text: str, language: str, rate_hz: int) -> bytes:
        try:
            return await self._voice.speak(text, language, rate_hz)
        except VoiceError as error:
            logger.warning("text left unspoken", extra={"reason": str(error)})
            return b""

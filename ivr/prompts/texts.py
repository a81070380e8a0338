"""What a language pack can say, read from its `prompts.toml`.

A prompt's text may have slots, `您的工单号是{number}。`. What stands between the
slots is recorded in pieces; a slot that bears the name of another prompt is that
prompt, so that sentences which end alike share a recording.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from asr.lexicon import Document, DocumentError, read_document
from ivr.prompts.joined import Pieces, Range, joined_recordings, range_mistakes
from ivr.prompts.recording import Gap, PromptText, Recording, Segment, Slot
from ivr.prompts.takes import Takes, read_takes, with_take, with_takes

_SLOT = re.compile(r"\{(\w*)\}")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_INDEX = "_0123456789"  # of a part that stands in a list
_PAUSE_CHARACTERS = " .,;:!?，。；：！？、"
_LONG_PAUSE = frozenset(".!?;。！？；")
_SHORT_PAUSE = frozenset(",:，：、")
_LONG_PAUSE_MS = 300
_SHORT_PAUSE_MS = 150


@dataclass(frozen=True)
class PromptTexts:
    """All prompts and number parts of a language, in the order of the file."""

    language: str
    prompts: Mapping[str, PromptText]
    parts: Mapping[str, PromptText]
    document: Document = field(compare=False, repr=False)
    own: frozenset[str] = frozenset()  # names that a company has added or worded anew
    joined: Mapping[Pieces, Recording] = field(default_factory=dict)  # for two pieces, the one

    def get(self, name: str) -> PromptText | None:
        """A prompt or a number part by its name."""
        return self.prompts.get(name) or self.parts.get(name)

    @property
    def recordings(self) -> Mapping[str, Recording]:
        """Every recording of the pack by its id."""
        pieces = {
            recording.id: recording
            for prompt in (*self.prompts.values(), *self.parts.values())
            for recording in prompt.recordings
        }
        return pieces | {recording.id: recording for recording in self.joined.values()}

    def having(self, prompts: Mapping[str, PromptText]) -> PromptTexts:
        """These and more prompts; the given ones stand for those of the same name."""
        return replace(self, prompts={**self.prompts, **prompts})

    def open_slots(self, name: str) -> frozenset[str]:
        """The slots of a prompt that must be filled at run time, nested ones included."""
        found: set[str] = set()
        for slot in self.prompts[name].slots:
            found |= self.open_slots(slot) if slot in self.prompts else {slot}
        return frozenset(found)


@dataclass(frozen=True)
class _Entry:
    text: str
    language: str = ""
    speaker: str = ""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class _VoiceTable:
    words_per_minute: int = 165  # of espeak-ng
    parts_words_per_minute: int = 150  # numbers are written down while they are heard
    speaker: str = ""  # of Kokoro, instead of espeak-ng
    speed: float = 1.0
    parts_speed: float = 1.0

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class _File:
    prompts: dict[str, str | _Entry]
    parts: dict[str, str | list[str]]
    voice: _VoiceTable = field(default_factory=_VoiceTable)
    joined: dict[str, Range] = field(default_factory=dict)

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


_ADAPTER = TypeAdapter(_File)


def read_prompt_texts(
    path: Path, language: str, own: Path | None = None
) -> tuple[PromptTexts | None, tuple[str, ...]]:
    """Read `prompts.toml`, with a company's `own` laid over it; returns the texts and every
    mistake, None with any mistake.

    What the company words anew has no recording: the runtime voice speaks it until there is one.
    """
    try:
        shipped = read_document(path)
        document = shipped if own is None else _laid_over(read_document(own), shipped)
        takes, wrong = read_takes(path.parent)
        texts, more = _texts(document, language, takes)
        if own is not None:
            texts = _spoken_where_new(texts, _texts(shipped, language, takes)[0])
    except DocumentError as error:
        return None, (str(error),)
    except ValidationError as error:
        names = [".".join(map(str, each["loc"])) for each in error.errors()]
        facts = [each["msg"] for each in error.errors()]
        told = zip(names, facts, strict=True)
        return None, tuple(document.told(name, f"{name}: {fact}") for name, fact in told)
    mistakes = (*document.clashes, *_mistakes(texts), *more)
    told_all = (*wrong, *(document.told(name, fact) for name, fact in mistakes))
    return (None, told_all) if told_all else (texts, ())


def _laid_over(own: Document, shipped: Document) -> Document:
    laid = own.only("prompts", "parts").laid_over(shipped)
    others = sorted(own.data.keys() - {"prompts", "parts"})
    unknown = [(name, f"{name}: only [prompts] and [parts] may stand here") for name in others]
    return replace(
        laid,
        clashes=(*laid.clashes, *unknown),
        places={**laid.places, **{name: own.place(name) for name in others}},
    )


def _texts(
    document: Document, language: str, takes: Takes
) -> tuple[PromptTexts, tuple[tuple[str, str], ...]]:
    """The texts, and what is wrong with what is to be joined.

    Raises:
    ValidationError: a mistake of shape.
    """
    file = _ADAPTER.validate_python(document.data)
    voice = file.voice
    prompts = {
        name: _prompt(name, entry, language, voice)
        if isinstance(entry, str)
        else _prompt(
            name,
            entry.text,
            entry.language or language,
            replace(voice, speaker=entry.speaker) if entry.language else voice,
        )
        for name, entry in file.prompts.items()
    }
    parts = {
        name: PromptText(
            name,
            text,
            (
                Recording(
                    name,
                    text,
                    language,
                    voice.parts_words_per_minute,
                    speaker=voice.speaker,
                    speed=voice.parts_speed,
                ),
            ),
        )
        for name, text in _numbered(file.parts)
    }
    mistakes = tuple(range_mistakes(file.joined, prompts, parts))
    joined = {} if mistakes else joined_recordings(file.joined, prompts, parts, language)
    taken = PromptTexts(
        language,
        with_takes(prompts, takes),
        with_takes(parts, takes),
        document,
        joined={
            (with_take(first, takes), with_take(second, takes)): with_take(one, takes)
            for (first, second), one in joined.items()
        },
    )
    return taken, mistakes


def _spoken_where_new(texts: PromptTexts, shipped: PromptTexts) -> PromptTexts:
    """`texts`, what is not worded as in `shipped` spoken by the runtime voice."""

    def spoken(prompts: Mapping[str, PromptText]) -> dict[str, PromptText]:
        return {
            name: prompt if prompt == shipped.get(name) else _by_voice(prompt)
            for name, prompt in prompts.items()
        }

    both = {**texts.prompts, **texts.parts}
    own = frozenset(name for name, prompt in both.items() if prompt != shipped.get(name))
    return replace(
        texts,
        prompts=spoken(texts.prompts),
        parts=spoken(texts.parts),
        own=own,
        joined=shipped.joined,  # of a piece that is worded anew nothing is joined
    )


def prompt_text(name: str, text: str, language: str) -> PromptText:
    """A prompt that is in no file: spoken by the runtime voice."""
    return _by_voice(_prompt(name, text, language, _VoiceTable()))


def _by_voice(prompt: PromptText) -> PromptText:
    segments = (
        replace(each, by_voice=True) if isinstance(each, Recording) else each
        for each in prompt.segments
    )
    return replace(prompt, segments=tuple(segments))


def _numbered(parts: Mapping[str, str | list[str]]) -> Iterator[tuple[str, str]]:
    """`month = [...]` -> `month_0`, `month_1` ...; a single text keeps its name."""
    for name, value in parts.items():
        if isinstance(value, str):
            yield name, value
        else:
            yield from ((f"{name}_{index}", text) for index, text in enumerate(value))


def _prompt(name: str, text: str, language: str, voice: _VoiceTable) -> PromptText:
    pieces = _SLOT.split(text)  # text, slot, text, slot ... text
    spoken = [index for index in range(0, len(pieces), 2) if pieces[index].strip(_PAUSE_CHARACTERS)]
    segments: list[Segment] = []
    for index, piece in enumerate(pieces):
        if index % 2:
            segments.append(Slot(piece))
            continue
        before, after = _pauses(piece)
        last = index == len(pieces) - 1
        if index and before and not (last and index not in spoken):
            segments.append(Gap(before))
        if index in spoken:
            segments.append(
                Recording(
                    name if len(spoken) == 1 else f"{name}-{spoken.index(index) + 1}",
                    piece.strip().lstrip(_PAUSE_CHARACTERS),
                    language,
                    voice.words_per_minute,
                    goes_on=not last and not after,
                    speaker=voice.speaker,
                    speed=voice.speed,
                )
            )
            if after and not last:
                segments.append(Gap(after))
    return PromptText(name, text, tuple(segments))


def _pauses(piece: str) -> tuple[int, int]:
    """Milliseconds of pause that the punctuation before and after a piece means."""
    stripped = piece.strip()
    words = piece.strip(_PAUSE_CHARACTERS)
    before = stripped[: stripped.index(words)] if words else stripped
    after = stripped[len(before) + len(words) :] if words else ""
    return _pause_ms(before), _pause_ms(after)


def _pause_ms(punctuation: str) -> int:
    if _LONG_PAUSE & set(punctuation):
        return _LONG_PAUSE_MS
    return _SHORT_PAUSE_MS if _SHORT_PAUSE & set(punctuation) else 0


def _mistakes(texts: PromptTexts) -> Iterator[tuple[str, str]]:
    """(name in the document, fact) of each."""
    every = (
        *((f"prompts.{name}", name, prompt) for name, prompt in texts.prompts.items()),
        *((f"parts.{name.rstrip(_INDEX)}", name, prompt) for name, prompt in texts.parts.items()),
    )
    for place, name, prompt in every:
        if not _NAME.fullmatch(name):
            yield place, f"{name}: a name is lower-case letters, digits and _"
        if not prompt.text.strip():
            yield place, f"{name}: has no text"
        if name in texts.prompts and name in texts.parts:
            yield place, f"{name}: is both a prompt and a part"
        if set("{}") & set(_SLOT.sub("", prompt.text)) or "" in prompt.slots:
            yield place, f"{name}: a brace that is not a {{slot}}"
    for name in texts.prompts:
        if _contains_itself(texts, name, frozenset()):
            yield f"prompts.{name}", f"{name}: its slots lead back to itself"


def _contains_itself(texts: PromptTexts, name: str, above: frozenset[str]) -> bool:
    if name in above:
        return True
    return any(
        _contains_itself(texts, slot, above | {name})
        for slot in texts.prompts[name].slots
        if slot in texts.prompts
    )

"""Single recordings that are spoken otherwise than `[voice]` says: `takes.toml` of a pack.

The renderer lets an independent ear choose among several takes of a recording. What it chose
stands here, so that the next rendering makes the same sound without listening again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from asr.lexicon import DocumentError, read_document
from ivr.prompts.recording import PromptText, Recording, Segment

FILE = "takes.toml"
_HEAD = """\
# Recordings that an ear understood better when they were spoken otherwise than [voice] of
# prompts.toml says. `python -m tools.voices.render` adds to it: docs/packs.md.

"""


@dataclass(frozen=True)
class Take:
    """How one recording is spoken."""

    speaker: str  # of Kokoro, or a blend
    speed: float

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


Takes = Mapping[str, Take]

_ADAPTER = TypeAdapter(dict[str, Take])


def read_takes(pack: Path) -> tuple[Takes, tuple[str, ...]]:
    """Recording -> its take, and every mistake; a pack needs no such file."""
    path = pack / FILE
    if not path.exists():
        return {}, ()
    try:
        document = read_document(path)
        return _ADAPTER.validate_python(document.data), ()
    except DocumentError as error:
        return {}, (str(error),)
    except ValidationError as error:
        found = ((".".join(map(str, each["loc"])), each["msg"]) for each in error.errors())
        return {}, tuple(document.told(name, f"{name}: {fact}") for name, fact in found)


def write_takes(pack: Path, takes: Takes) -> None:
    """Put it in place at once, in the order of the names."""
    lines = (
        f'{name} = {{ speaker = "{take.speaker}", speed = {take.speed} }}\n'
        for name, take in sorted(takes.items())
    )
    new = pack / f".{FILE}.new"
    new.write_text(_HEAD + "".join(lines), "utf-8")
    new.replace(pack / FILE)


def with_take(recording: Recording, takes: Takes) -> Recording:
    """`recording` as its take says; espeak-ng's have none."""
    take = takes.get(recording.id)
    if take is None or not recording.speaker:
        return recording
    return replace(recording, speaker=take.speaker, speed=take.speed)


def with_takes(prompts: Mapping[str, PromptText], takes: Takes) -> dict[str, PromptText]:
    """`prompts`, each recording as its take says."""
    return {
        name: replace(prompt, segments=tuple(_segments(prompt, takes)))
        for name, prompt in prompts.items()
    }


def _segments(prompt: PromptText, takes: Takes) -> Iterator[Segment]:
    for segment in prompt.segments:
        yield with_take(segment, takes) if isinstance(segment, Recording) else segment

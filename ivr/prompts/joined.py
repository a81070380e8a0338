"""A number and the word that follows it, recorded as one: 三号楼, 二十五分, building six.

Two recordings one after the other have a seam in the middle of a word, and an ear hears 十五号
as three words. `[joined]` of `prompts.toml` says which numbers are recorded together with which
part or prompt; the texts are those of the two pieces.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ivr.prompts.recording import PromptText, Recording, Slot

Pieces = tuple[Recording, Recording]
Range = tuple[int, int]  # first and last number

_BETWEEN = {"zh-CN": "", "en": " ", "ko": " "}


def joined_recordings(
    ranges: Mapping[str, Range],
    prompts: Mapping[str, PromptText],
    parts: Mapping[str, PromptText],
    language: str,
) -> Mapping[Pieces, Recording]:
    """The recording that stands for two pieces."""
    found: dict[Pieces, Recording] = {}
    for name, (first, last) in ranges.items():
        prompt = prompts.get(name) or parts[name]
        (word,) = prompt.recordings
        number_first = name in parts or isinstance(prompt.segments[0], Slot)
        for value in range(first, last + 1):
            (number,) = parts[f"number_{value}"].recordings
            pieces = (number, word) if number_first else (word, number)
            found[pieces] = replace(
                number,
                id="-".join(piece.id for piece in pieces),
                text=_BETWEEN[language].join(piece.text for piece in pieces),
            )
    return found


def range_mistakes(
    ranges: Mapping[str, Range],
    prompts: Mapping[str, PromptText],
    parts: Mapping[str, PromptText],
) -> Iterator[tuple[str, str]]:
    """(name in the document, fact) of each that cannot be joined."""
    for name, (first, last) in ranges.items():
        place, text = f"joined.{name}", prompts.get(name) or parts.get(name)
        if text is None:
            yield place, f"joined.{name}: there is no prompt or part of this name"
        elif len(text.recordings) != 1 or len(text.segments) != (1 if name in parts else 2):
            yield place, f"joined.{name}: must be one word, or one word and one slot beside it"
        if not 0 <= first <= last or f"number_{last}" not in parts:
            yield place, f"joined.{name}: must be the first and the last number, from 0 to 99"

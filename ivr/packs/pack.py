"""A language pack: menu, lexicon and prompts of one language, checked as a whole."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from ivr.errors import PhoneError
from ivr.media.tones import Sound
from ivr.packs.menu import Menu, read_menu
from ivr.packs.menu_check import menu_mistakes
from ivr.prompts.numerals import needed_parts
from ivr.prompts.recordings import Prompts
from ivr.prompts.texts import PromptTexts, read_prompt_texts

logger = logging.getLogger(__name__)

LANGUAGES = ("zh-CN", "en", "ko")


class PackError(PhoneError):
    """A pack cannot be used; `mistakes` holds every mistake, one line each."""

    def __init__(self, mistakes: tuple[str, ...]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True)
class Pack:
    """Everything that depends on the caller's language."""

    language: str
    menu: Menu
    lexicon_path: Path
    prompts: Prompts


def languages() -> tuple[str, ...]:
    """The languages that have a pack; the first is the default, which the others follow."""
    return LANGUAGES


def pack_folder(language: str) -> Path:
    """The folder of a language's pack inside the installed package."""
    return Path(__file__).parent / language


def load_pack(
    language: str,
    overrides: Path | None = None,
    *,
    folder: Path | None = None,
    strict: bool = True,
) -> Pack:
    """Load and check a pack. Reads files: call it at start, on a thread.

    Args:
        language: one of `languages()`.
        overrides: folder of a company's own recordings in this language; it need not exist.
        folder: read the pack from here instead of from the package.
        strict: False at a start: a recording that cannot be read, or that no prompt is called
            by (any more, after an upgrade), is left out with a warning.

    Raises:
        PackError: with every mistake, for `hotline check`.
    """
    if language not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise PackError((f"there is no language pack {language!r}; there are {known}",))
    folder = folder or pack_folder(language)
    menu, mistakes = read_menu(folder / "menu.toml")
    texts, text_mistakes = read_prompt_texts(folder / "prompts.toml", language)
    mistakes += text_mistakes
    if menu is None or texts is None:
        raise PackError(mistakes)
    prompts = Prompts(texts, folder / "prompts", overrides)
    mistakes += tuple(
        f"{folder / 'menu.toml'}: {mistake}"
        for mistake in menu_mistakes(menu, frozenset(texts.prompts), LANGUAGES)
    )
    mistakes += tuple(f"{folder / 'prompts.toml'}: {mistake}" for mistake in _needs(texts))
    mistakes += _differences(menu, texts)
    if strict:
        mistakes += prompts.mistakes()
    else:
        for mistake in prompts.mistakes():
            logger.warning("a recording is left out", extra={"reason": mistake})
    if menu.language != language:
        mistakes += (f"{folder / 'menu.toml'}: language: must be {language!r}",)
    if mistakes:
        raise PackError(mistakes)
    return Pack(language, menu, folder / "lexicon.toml", prompts)


def _needs(texts: PromptTexts) -> tuple[str, ...]:
    """Parts that numbers and dates are made of, and names that sounds already have."""
    missing = sorted(needed_parts(texts.language) - texts.parts.keys())
    taken = sorted({*texts.prompts, *texts.parts} & set(Sound))
    return (
        *(f"parts: {name} is missing; numbers or dates need it" for name in missing),
        *(f"prompts: {name} is the name of a generated sound" for name in taken),
    )


def _differences(menu: Menu, texts: PromptTexts) -> tuple[str, ...]:
    """Where a pack departs from the default one: the flow counts on the same nodes,
    prompts and slots in every language, or a caller who changes it falls into a hole."""
    default = pack_folder(LANGUAGES[0])
    first_menu, menu_errors = read_menu(default / "menu.toml")
    first_texts, text_errors = read_prompt_texts(default / "prompts.toml", LANGUAGES[0])
    if first_menu is None or first_texts is None:
        return menu_errors + text_errors
    where = f"pack {texts.language}"
    found = [
        f"{where}: menu node {node_id} is only in one of {LANGUAGES[0]} and {texts.language}"
        for node_id in sorted(first_menu.nodes.keys() ^ menu.nodes.keys())
    ]
    found += [
        f"{where}: menu node {node_id} has another kind than in {LANGUAGES[0]}"
        for node_id in sorted(first_menu.nodes.keys() & menu.nodes.keys())
        if first_menu.nodes[node_id].kind is not menu.nodes[node_id].kind
    ]
    found += [
        f"{where}: prompt {name} is missing"
        for name in first_texts.prompts
        if name not in texts.prompts
    ]
    for name in first_texts.prompts.keys() & texts.prompts.keys():
        ours, theirs = texts.open_slots(name), first_texts.open_slots(name)
        if ours != theirs:
            found.append(f"{where}: prompt {name} must have the slots {sorted(theirs)}")
    return tuple(found)

"""A language pack: menu, lexicon and prompts of one language, checked as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from ivr.errors import PhoneError
from ivr.menu import Menu
from ivr.prompts import Prompts

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
    """The languages that have a pack; the first is the default."""
    return LANGUAGES


def pack_folder(language: str) -> Path:
    """The folder of a language's pack inside the installed package."""
    return Path(str(resources.files("ivr"))) / "packs" / language


def load_pack(language: str, overrides: Path | None = None) -> Pack:
    """Load and check a pack; `overrides` is the folder of a company's own recordings.

    Raises:
        PackError: with every mistake, for `hotline check`.
    """
    raise NotImplementedError

"""What a sentence means: categories heard in a caller's words, live and after the call.

A lexicon is read from a language pack's `lexicon.toml` (schema in `docs/urgent.md`). It finds
phrases with gaps and order, then asks of every find whether it is told as an event: negation,
past, question, hypothesis and idiom are told apart after the ConText algorithm (Harkema et al.
2009, "ConText: an algorithm for determining negation, experiencer, and temporal status").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from asr.errors import SpeechError
from asr.places import Place

__all__ = ["Category", "Classification", "Hit", "Lexicon", "LexiconError", "load_lexicon"]


class LexiconError(SpeechError):
    """A lexicon file cannot be used; `mistakes` lists all of them as `file:line: fact`."""

    def __init__(self, mistakes: tuple[str, ...]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True)
class Category:
    """A kind of trouble: its identifier, ticket class and spoken name by language."""

    id: str
    ticket_class: str  # "urgent", "important" or "general"
    names: Mapping[str, str]  # language -> name


@dataclass(frozen=True)
class Hit:
    """A rule that fired: `phrase` is the caller's own words, `level` 0..1 how sure it is."""

    category: str
    phrase: str
    level: float
    at_s: float  # seconds from the call's answer
    rule: str
    people: int | None = None  # "三个人被困" -> 3
    place: Place = Place()


@dataclass(frozen=True)
class Classification:
    """What a text is about; `category` is "other" when no rule fired."""

    category: str
    ticket_class: str
    hits: tuple[Hit, ...]


class Lexicon:
    """Compiled rules of one language; pure and safe to share between threads."""

    language: str
    categories: Mapping[str, Category]  # by identifier, in the file's order
    urgent: frozenset[str]  # identifiers of the categories of class "urgent"

    def hits(self, text: str, *, at_s: float = 0.0) -> tuple[Hit, ...]:
        """Every category told in `text`, urgent ones first, then by level; one hit a category.

        Categories that are not urgent are hits too: filter by `urgent` before dispatching.
        """
        raise NotImplementedError

    def classify(self, text: str) -> Classification:
        """The category that decides a ticket's class."""
        raise NotImplementedError


def load_lexicon(path: Path) -> Lexicon:
    """Read and compile a `lexicon.toml`.

    Raises:
        LexiconError: with every mistake of the file at once.
    """
    raise NotImplementedError

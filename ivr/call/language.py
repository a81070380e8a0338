"""One language as all calls share it."""

from __future__ import annotations

from dataclasses import dataclass

from asr.lexicon import NO_CATEGORY, Category, Lexicon
from ivr.packs import Pack, Phrasebook
from ivr.packs.phrasebook import Prompt


@dataclass(frozen=True)
class Language:
    """What is heard, said and offered in it."""

    pack: Pack
    phrasebook: Phrasebook
    lexicon: Lexicon

    @property
    def id(self) -> str:
        return self.pack.language

    @property
    def left_out(self) -> tuple[str, ...]:
        """Mistakes in the company's own files, which are not used."""
        return self.pack.left_out + self.lexicon.left_out

    def category(self, category: str) -> Category:
        """What is known of a category; of one that is unknown, what any emergency needs."""
        return self.pack.categories.get(category, NO_CATEGORY)

    def spoken(self, category: str) -> Prompt:
        """A category as it is named on the telephone. The prompt is in every language, so
        that a person hears it in another one than the caller speaks."""
        return self._prompt(self.category(category).spoken, NO_CATEGORY.spoken)

    def question(self, category: str) -> Prompt:
        """Whether that is what the caller means."""
        return self._prompt(self.category(category).question, NO_CATEGORY.question)

    def advice(self, category: str) -> Prompt:
        """What to do until help comes."""
        return self._prompt(self.category(category).advice, NO_CATEGORY.advice)

    def public_number(self, category: str) -> tuple[Prompt, ...]:
        """The advice to call the fire brigade and the like as well; empty where there is none."""
        name = self.category(category).public_number
        return (Prompt(name),) if name in self.pack.prompts else ()

    def _prompt(self, name: str, generic: str) -> Prompt:
        """A company may have worded it in another language only."""
        return Prompt(name if name in self.pack.prompts else generic)

"""What a sentence means: categories heard in a caller's words, live and after the call.

A lexicon is read from a language pack's `lexicon.toml` (schema in `docs/urgent.md`):
`asr.lexicon.file` reads it, `asr.lexicon.rules` applies it, on top of `asr.lexicon.tokens`
(tokens), `asr.lexicon.pattern` (phrases with gaps), `asr.lexicon.sound` (sound-alikes) and
`asr.lexicon.guard` (negation, past, questions ...).
"""

from __future__ import annotations

from asr.lexicon.file import LexiconError, load_lexicon
from asr.lexicon.rules import OTHER, Category, Classification, Hit, Lexicon

__all__ = [
    "OTHER",
    "Category",
    "Classification",
    "Hit",
    "Lexicon",
    "LexiconError",
    "load_lexicon",
]

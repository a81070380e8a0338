"""What a sentence means: categories heard in a caller's words, live and after the call.

A lexicon is read from a language pack's `lexicon.toml` (schema in `docs/urgent.md`):
`asr.lexicon.loading` reads it, `asr.lexicon.rules` applies it, on top of `asr.lexicon.tokens`
(tokens), `asr.lexicon.pattern` (phrases with gaps), `asr.lexicon.sound` (sound-alikes) and
`asr.lexicon.guard` (negation, past, questions ...).
"""

from __future__ import annotations

from asr.lexicon.category import NO_CATEGORY, OTHER, Category
from asr.lexicon.document import Document, DocumentError, Place, read_document
from asr.lexicon.loading import LexiconError, known_categories, load_lexicon
from asr.lexicon.rules import Classification, Hit, Lexicon

__all__ = [
    "NO_CATEGORY",
    "OTHER",
    "Category",
    "Classification",
    "Document",
    "DocumentError",
    "Hit",
    "Lexicon",
    "LexiconError",
    "Place",
    "known_categories",
    "load_lexicon",
    "read_document",
]

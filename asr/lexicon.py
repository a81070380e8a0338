"""What a sentence means: categories heard in a caller's words, live and after the call.

A lexicon is read from a language pack's `lexicon.toml` (schema in `docs/urgent.md`):
`asr.lexicon_file` reads it, `asr.lexicon_rules` applies it, on top of `asr.lexicon_text`
(tokens), `asr.lexicon_pattern` (phrases with gaps), `asr.lexicon_sound` (sound-alikes) and
`asr.lexicon_guard` (negation, past, questions ...).
"""

from __future__ import annotations

from asr.lexicon_file import LexiconError, load_lexicon
from asr.lexicon_rules import OTHER, Category, Classification, Hit, Lexicon

__all__ = [
    "OTHER",
    "Category",
    "Classification",
    "Hit",
    "Lexicon",
    "LexiconError",
    "load_lexicon",
]

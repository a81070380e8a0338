"""What words mean: phrases, rules and the categories they stand for."""

from asr.lexicon.lexicon import (
    NO_CATEGORY,
    OTHER,
    Category,
    Classification,
    Document,
    DocumentError,
    Hit,
    Lexicon,
    LexiconError,
    Place,
    known_categories,
    load_lexicon,
    read_document,
)

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

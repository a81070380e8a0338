"""What words mean: phrases, rules and the categories they stand for."""

from asr.lexicon.lexicon import Category, Classification, Hit, Lexicon, LexiconError, load_lexicon

__all__ = ["Category", "Classification", "Hit", "Lexicon", "LexiconError", "load_lexicon"]

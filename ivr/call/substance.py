"""What remains of a caller's words without those that only answer, choose or greet.

报修 alone names a kind and says nothing; a ticket that holds only that helps nobody.
"""

from __future__ import annotations

import re
from functools import lru_cache

from asr.lexicon import OTHER, Lexicon
from call_logs.tickets import TicketClass
from ivr.packs.menu import Menu

SHORTEST_STATEMENT = 2  # characters


def substance(text: str, menu: Menu) -> str:
    """Letters and digits of `text` beside the menu's own words and `spoken.polite`."""
    words = tuple(sorted((*menu.spoken_words, *menu.spoken.polite), key=len, reverse=True))
    said = " ".join("".join(c if c.isalnum() else " " for c in text.lower()).split())
    return "".join(c for c in _pattern(words).sub(" ", said) if c.isalnum())


def has_substance(text: str, menu: Menu, lexicon: Lexicon) -> bool:
    """Whether somebody who reads it learns anything."""
    rest = substance(text, menu)
    if len(rest) >= SHORTEST_STATEMENT:
        return True
    found = lexicon.classify(text)
    return found.ticket_class == TicketClass.URGENT or (bool(rest) and found.category != OTHER)


@lru_cache
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Each word where it stands alone; Chinese and Korean are not parted reliably."""
    parts = [rf"\b{re.escape(w)}\b" if w.isascii() else re.escape(w) for w in map(str.lower, words)]
    return re.compile("|".join(parts) or r"(?!)")

"""What short spoken answers mean, in the words of the caller's language pack."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum

from ivr.call.session import Session
from ivr.packs.menu import Choice, Node

SHORT, SHORT_WORD = 3, 5  # characters of a phrase that other words hold, too; of one in letters
SLACK = 3  # characters around a known answer: 嗯是的, 我要找人工


class YesNo(StrEnum):
    YES = "yes"
    NO = "no"


class Wish(StrEnum):
    """What a caller may say at any question."""

    PERSON = "person"
    BACK = "back"
    REPEAT = "repeat"


def says(text: str, phrases: Iterable[str]) -> bool:
    """Whether `text` is little more than one of the phrases.

    A longer sentence that only contains one ("三号楼门禁坏了" and "坏了") tells
    something, and is not the choice alone.
    """
    said = _plain(text)
    for phrase in map(_plain, phrases):
        if phrase and phrase in said and len(said) - len(phrase) <= _slack(phrase):
            return True
    return False


def best_of(text: str, groups: Sequence[Iterable[str]], polite: Iterable[str] = ()) -> int | None:
    """Which group's phrase it is, by the longest one that it is: 不满意 holds 满意. A short one
    must stand alone but for `polite` words: 等一下 and "phone" hold a number, and say none."""
    around = sorted(map(_plain, polite), key=len, reverse=True)

    def is_it(phrase: str) -> bool:
        plain = _plain(phrase)
        if len(plain) > (SHORT_WORD if plain.isascii() else SHORT):
            return says(text, (phrase,))
        said = _plain(text)
        for word in around:
            if word not in plain:
                said = said.replace(word, "")
        return said == plain

    said = [
        (max((len(_plain(phrase)) for phrase in phrases if is_it(phrase)), default=0), index)
        for index, phrases in enumerate(groups)
    ]
    length, index = max(said, default=(0, 0), key=lambda each: each[0])
    return index if length else None


def _slack(phrase: str) -> int:
    """One character alone says little; a long phrase may stand in a longer sentence."""
    return SLACK - 1 if len(phrase) == 1 else max(SLACK, len(phrase) // 2)


def yes_or_no(session: Session) -> Callable[[str], YesNo | None]:
    """Understands a yes or a no; a no wins (不是 holds 是)."""
    words = session.language.pack.menu.spoken

    def understand(text: str) -> YesNo | None:
        if says(text, words.no):
            return YesNo.NO
        return YesNo.YES if says(text, words.yes) else None

    return understand


def the_choice(node: Node) -> Callable[[str], Choice | None]:
    """Understands a node's spoken choices."""

    def understand(text: str) -> Choice | None:
        return next((choice for choice in node.choices if says(text, choice.spoken)), None)

    return understand


def wish(session: Session, text: str) -> Wish | None:
    words = session.language.pack.menu.spoken
    table = ((Wish.PERSON, words.person), (Wish.BACK, words.back), (Wish.REPEAT, words.repeat))
    return next((meaning for meaning, phrases in table if says(text, phrases)), None)


def _plain(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalnum())

# ruff: noqa: E501 -- a table
"""The keys that mean the same at every question, and what belongs to one answer.

| key    | means              | where |
|--------|--------------------|-------|
| person | a person, please   | at every question, also while a message is recorded; alone, for among the digits of a number it is one of them |
| back   | where they came from | at every question, unless the number that is asked for has this key inside |
| end    | that was all       | ends a number or a message; behind any other answer it belongs to that answer |

`yes` and `no` answer a question that has these two answers; what else is keyed there is
no answer. People key as they are used to: an `end` behind everything, `person` until
somebody comes. So the keys that can only belong to the last answer are passed over for
`TRAILING_S`, and keys that mean nothing here are one wrong answer however many they are.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from ivr.call.jumps import Back, Jump
from ivr.packs.menu import Keys, NodeKind

TRAILING_S = 2.0  # this soon behind an answer a key that ends it belongs to it
BURST_S = 0.7  # between the keys of one answer that means nothing; keying by hand has 0.3 s


class Common(StrEnum):
    """What a key means wherever it is pressed."""

    PERSON = "person"
    BACK = "back"
    END = "end"


def common(keys: Keys, pressed: str, own: Collection[str] = ()) -> Common | None:
    """What an answer means whatever was asked; None: it answers the question. `own` are
    the keys that the question has a meaning of its own for."""
    if pressed in own:
        return None
    if not pressed or pressed == keys.end:  # a number of no digits
        return Common.END
    if not pressed.strip(keys.person):  # some press it until somebody comes
        return Common.PERSON
    return Common.BACK if pressed == keys.back else None


def obey(keys: Keys, pressed: str, own: Collection[str] = ()) -> Common | None:
    """Do what `common` says; `END` and None are for the question to see to.

    Raises:
        Jump, Back: the caller leaves the question.
    """
    meant = common(keys, pressed, own)
    if meant is Common.PERSON:
        raise Jump(NodeKind.PERSON)
    if meant is Common.BACK:
        raise Back
    return meant

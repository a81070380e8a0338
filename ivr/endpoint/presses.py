"""One press of a key is one key, by however many ways it comes.

A telephone may send a key as an RFC 4733 event, by SIP INFO and as a tone in the sound,
and many send two of them at once: whoever took each for a key of its own would hear "33"
where "3" was pressed.
"""

from __future__ import annotations

from enum import StrEnum

#: How long the same press may take by the slower way (INFO passes through every proxy and
#: is sent again after a loss).
SAME_S = 2.0


class KeySource(StrEnum):
    """How a key came."""

    EVENT = "event"  # RFC 4733
    INFO = "info"
    TONE = "tone"


class Presses:
    """Tells a new press from the second report of an old one."""

    def __init__(self) -> None:
        # Reports whose counterpart may still come: key, the ways it has come, when.
        self._open: list[tuple[str, set[KeySource], float]] = []

    def is_new(self, key: str, source: KeySource, at: float) -> bool:
        """Whether this report at `at` (seconds) is a press that was not counted yet.

        Reports of one way are presses in their order, so the second "3" by INFO belongs to
        the second "3" by event.
        """
        self._open = [report for report in self._open if at - report[2] < SAME_S]
        for known, sources, _ in self._open:
            if known == key and source not in sources:
                sources.add(source)
                return False
        self._open.append((key, {source}, at))
        return True

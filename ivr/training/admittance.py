"""Who comes into training: staff by their number, and whoever knows the code.

Anybody can write any number into From: without a trunk that vouches for it a number alone
opens nothing. An alarm's line is never trained with.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

from call_logs.roster import Person, Roster
from ivr.endpoint import Call

__all__ = ["MOST_WRONG_A_DAY", "Codes", "trainee"]

MOST_WRONG_A_DAY = 10  # of all callers together, as for the digits of one ticket
_DAY = timedelta(days=1)


class Codes:
    """The code, and how often it was not known."""

    def __init__(self, code: str) -> None:
        self._code = code
        self._wrong: list[datetime] = []

    @property
    def asked(self) -> bool:
        return bool(self._code)

    def closed(self, now: datetime) -> bool:
        """Whether nobody is asked any more today."""
        self._wrong = [at for at in self._wrong if now - at < _DAY]
        return len(self._wrong) >= MOST_WRONG_A_DAY

    def knows(self, keyed: str, now: datetime) -> bool:
        """Whether it is the code and one more try was left; a wrong one is counted."""
        if self.closed(now):
            return False
        if hmac.compare_digest(keyed.encode(), self._code.encode()):
            return True
        self._wrong.append(now)
        return False


def trainee(roster: Roster, call: Call) -> Person | None:
    """Whose number it is, of the people on the roster."""
    if not call.caller or roster.line_for(call.trunk, call.caller) is not None:
        return None
    return roster.person_at(call.caller)

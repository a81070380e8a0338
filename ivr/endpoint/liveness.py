"""Whether the peer of an established call is still there.

Silence is no proof that somebody is gone: a gateway with silence suppression, a telephone
on mute and a call on hold send nothing for minutes. So whoever has been quiet for a while
is asked (OPTIONS in the dialog), and only who does not answer is given up.
docs/decisions/liveness.md has the table.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from enum import StrEnum

#: How often to look.
LOOK_S = 0.5
#: What an answer may take. SIP sends the question again after 0.5, 1.5 and 3.5 s
#: (RFC 3261 section 17.1.2.2).
ANSWER_S = 4.0


class Presence(StrEnum):
    """What is known of a peer."""

    HEARD = "heard"  # a sign of life came lately
    ASKED = "asked"  # quiet; a question is out
    SILENT = "silent"  # quiet; the question came to nothing
    GONE = "gone"


TRANSITIONS: Mapping[Presence, frozenset[Presence]] = {
    Presence.HEARD: frozenset({Presence.ASKED}),
    Presence.ASKED: frozenset({Presence.HEARD, Presence.SILENT, Presence.GONE}),
    Presence.SILENT: frozenset({Presence.HEARD, Presence.ASKED, Presence.GONE}),
    Presence.GONE: frozenset(),
}

#: Answers that say that the peer knows nothing of the call (RFC 3261 section 12.2.1.2), or
#: that nobody was reached to say anything.
_NO_SIGN = frozenset({404, 408, 410, 480, 481, 500, 502, 503, 504, 604})


class Liveness:
    """Watches one peer from `start` to `stop`; calls `gone` at most once.

    `heard_at` tells the loop's time of the last sign of life by sound (RTP, comfort noise)
    or RTCP; `ask` sends a question whose outcome comes back through `answered`. With a
    `quiet_s` of 0 nobody is ever given up.
    """

    def __init__(
        self,
        *,
        quiet_s: float,
        heard_at: Callable[[], float],
        ask: Callable[[], None],
        gone: Callable[[], None],
    ) -> None:
        self._quiet_s = quiet_s
        self._patience_s = 0.0
        self._heard_at = heard_at
        self._ask = ask
        self._gone = gone
        self._state = Presence.HEARD
        self._sign_at = 0.0  # the last sign of any kind
        self._asked_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def state(self) -> Presence:
        return self._state

    def start(self) -> None:
        """Begin to watch: the call is up."""
        if self._quiet_s > 0 and self._timer is None:
            self._sign_at = self._now()
            self._look_later()

    def stop(self) -> None:
        """Look no more. May be called twice."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def spare(self, patience_s: float) -> None:
        """Give the peer up only after this long without a sign, whatever it answers."""
        self._patience_s = max(self._patience_s, patience_s)

    def answered(self, status: int) -> None:
        """What came of a question: a final SIP status, 0 when there was no answer at all."""
        if self._timer is None:
            return  # the call ended meanwhile
        if status == 0 or status in _NO_SIGN:
            if self._state is Presence.ASKED:
                self._move(Presence.SILENT)
            return
        self.noticed()

    def noticed(self) -> None:
        """A sign of life that is no sound: an answer, a key."""
        if self._timer is None:
            return
        self._sign_at = self._now()
        if self._state is not Presence.HEARD:
            self._move(Presence.HEARD)

    def _look(self) -> None:
        now = self._now()
        self._look_later()
        self._sign_at = max(self._sign_at, self._heard_at())
        quiet_s = now - self._sign_at
        if quiet_s <= self._quiet_s:
            if self._state is not Presence.HEARD:
                self._move(Presence.HEARD)
            return
        late = now - self._asked_at > ANSWER_S
        if self._state is Presence.HEARD:
            self._put_question(now)
        elif self._state is Presence.ASKED and not late:
            return
        elif quiet_s > self._patience_s:
            self.stop()
            self._move(Presence.GONE)
            self._gone()
        elif now - self._asked_at > max(self._quiet_s, ANSWER_S):
            self._put_question(now)  # spared: it may be back

    def _put_question(self, now: float) -> None:
        if self._state is Presence.ASKED:
            self._move(Presence.SILENT)
        self._move(Presence.ASKED)
        self._asked_at = now
        self._ask()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _look_later(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(LOOK_S, self._look)

    def _move(self, state: Presence) -> None:
        if state not in TRANSITIONS[self._state]:
            raise AssertionError(f"a peer cannot go from {self._state} to {state}")
        self._state = state

"""The gate: every SIP request is judged by where it comes from, before a stack remembers it.

docs/decisions/sip.md has the table of the rules. A stranger gets 403 a few times a second and
then nothing; a trunk may start so many calls a second, and only so many that it does not
acknowledge. What belongs to a call that is up passes always: a dialog's peer may speak from
another address than it was called at (RFC 3261 section 12.2).
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from ivr.endpoint.admission import Address, Admission, RefusalLog

#: Refusals sent to strangers: enough for whoever set up a PBX and forgot its address.
ANSWERS_PER_S = 10.0
ANSWERS_AT_ONCE = 20.0
#: New calls of one source: a power cut in a district makes a PBX busy, not 30 a second for long.
CALLS_PER_S = 30.0
CALLS_AT_ONCE = 120.0
#: Other requests that belong to no call (OPTIONS, mostly), of one source.
REQUESTS_PER_S = 50.0
REQUESTS_AT_ONCE = 100.0
#: A caller acknowledges within a round trip; whoever has not after this makes room for others.
ABANDONED_S = 2.0
#: As long as a transaction can take (RFC 3261, 64 * T1), with some to spare: then a call that
#: nobody told us of is forgotten.
FORGOTTEN_S = 40.0
FEWEST_UNACKNOWLEDGED = 4
SOURCES_KEPT = 1024
PROBES_KEPT = 64


class Verdict(Enum):
    """What becomes of a request: it passes, is left without an answer, or gets this one."""

    PASS = (0, "")
    IGNORE = (1, "")
    MALFORMED = (400, "Bad Request")
    FORBIDDEN = (403, "Forbidden")
    UNAVAILABLE = (503, "Service Unavailable")

    @property
    def refuses(self) -> bool:
        return self.value[0] >= 400

    @property
    def code(self) -> int:
        return self.value[0]

    @property
    def phrase(self) -> str:
        return self.value[1]


@dataclass(frozen=True)
class Request:
    """What the gate needs to know of a SIP request."""

    source: Address | None
    method: str
    call_id: str
    in_dialog: bool  # its To has a tag
    whole: bool = True  # an INVITE that the stack can make a dialog of


class Bucket:
    """A token bucket: `rate` a second, `most` at once."""

    def __init__(self, rate: float, most: float, now: float) -> None:
        self._rate = rate
        self._most = most
        self._left = most
        self._at = now

    def take(self, now: float) -> bool:
        """Whether one more is within the limit."""
        self._left = min(self._most, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


class Gate:
    """Judges the requests of one endpoint, from whichever thread they come on."""

    def __init__(
        self,
        admission: Admission,
        *,
        max_calls: int,
        knows: Callable[[str], bool],
        room: Callable[[], int],
        abandon: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Args: `knows` says whether a call of this Call-ID lives; `room` how many more may
        come in; `abandon` ends a call that its caller never acknowledged."""
        self._admission = admission
        self._knows = knows
        self._room = room
        self._abandon = abandon
        self._clock = clock
        self._most_unacknowledged = max(FEWEST_UNACKNOWLEDGED, max_calls // 2)
        self._lock = threading.Lock()
        self._refusals = RefusalLog()
        self._answers = Bucket(ANSWERS_PER_S, ANSWERS_AT_ONCE, clock())
        self._strange = Bucket(REQUESTS_PER_S, REQUESTS_AT_ONCE, clock())
        self._calls: OrderedDict[Address, Bucket] = OrderedDict()
        self._requests: OrderedDict[Address, Bucket] = OrderedDict()
        # Call-ID -> since when it waits: for our answer, then for the caller's acknowledgement
        self._coming: OrderedDict[str, float] = OrderedDict()
        self._answered: OrderedDict[str, float] = OrderedDict()
        self._probes: OrderedDict[str, None] = OrderedDict()  # Call-IDs of our own questions
        self._draining = False
        self.refused = 0
        """Requests that did not pass so far."""

    def open(self) -> None:
        """Take new calls from now on."""
        self._draining = False

    def drain(self) -> None:
        """Take no new calls from now on."""
        self._draining = True

    def expect(self, call_id: str) -> None:
        """Let one question of our own in, asked from an address that may be no trunk's."""
        with self._lock:
            self._probes[call_id] = None
            while len(self._probes) > PROBES_KEPT:
                self._probes.popitem(last=False)

    def answered(self, call_id: str) -> None:
        """Our 200 is out: the caller is to acknowledge it."""
        with self._lock:
            if self._coming.pop(call_id, None) is not None:
                self._answered[call_id] = self._clock()

    def settled(self, call_id: str) -> None:
        """The call is acknowledged or over. May be told twice."""
        with self._lock:
            self._coming.pop(call_id, None)
            self._answered.pop(call_id, None)

    def reads(self, source: Address | None) -> bool:
        """Whether a datagram is worth reading before anybody knows what is in it. For a stack
        of ours that reads in Python, where a flood of strangers would cost the calls time."""
        if source is not None and self._admission.trunk_for(source) is not None:
            return True
        with self._lock:
            return self._strange.take(self._clock())

    def judge(self, request: Request) -> Verdict:
        """Whether a request may reach the stack."""
        with self._lock:
            verdict = self._judged(request)
        if verdict is not Verdict.PASS:
            self.refused += 1
        return verdict

    def _judged(self, request: Request) -> Verdict:
        if request.call_id in self._probes and request.method == "OPTIONS":
            return Verdict.PASS
        source = request.source
        if source is None or self._admission.trunk_for(source) is None:
            return self._stranger(request)
        if request.in_dialog or request.method in {"ACK", "CANCEL"}:
            return Verdict.PASS
        now = self._clock()
        if request.method != "INVITE":
            bucket = _of(self._requests, source, REQUESTS_PER_S, REQUESTS_AT_ONCE, now)
            return Verdict.PASS if bucket.take(now) else Verdict.IGNORE
        if self._has(request.call_id) or self._knows(request.call_id):
            return Verdict.PASS  # a copy of what we have: the stack answers it as before
        return self._new_call(request, source, now)

    def _stranger(self, request: Request) -> Verdict:
        related = request.in_dialog or request.method in {"ACK", "CANCEL"}
        if related and self._knows(request.call_id):
            return Verdict.PASS
        if request.method == "ACK":
            return Verdict.IGNORE  # of our refusal, and itself never answered
        self._refusals.refused(request.source)
        return Verdict.FORBIDDEN if self._answers.take(self._clock()) else Verdict.IGNORE

    def _new_call(self, request: Request, source: Address, now: float) -> Verdict:
        if not request.whole:
            return Verdict.MALFORMED
        if self._draining:
            return Verdict.UNAVAILABLE  # another node may take it, which 486 would forbid
        if not _of(self._calls, source, CALLS_PER_S, CALLS_AT_ONCE, now).take(now):
            return Verdict.UNAVAILABLE
        _forget(self._coming, now)
        _forget(self._answered, now)
        # Those that we have not answered yet are no caller's fault: a burst may be honest.
        crowded = len(self._answered) >= self._most_unacknowledged
        if crowded or self._room() <= 0:
            made_room = self._end_an_abandoned_one(now)
            if crowded and not made_room:
                return Verdict.UNAVAILABLE
        self._coming[request.call_id] = now
        return Verdict.PASS

    def _end_an_abandoned_one(self, now: float) -> bool:
        oldest, since = next(iter(self._answered.items()), ("", now))
        if now - since < ABANDONED_S:
            return False
        del self._answered[oldest]
        self._abandon(oldest)
        return True

    def _has(self, call_id: str) -> bool:
        return call_id in self._coming or call_id in self._answered


def _forget(waiting: OrderedDict[str, float], now: float) -> None:
    """Drop what waits longer than anything can."""
    while waiting:
        oldest, since = next(iter(waiting.items()))
        if now - since < FORGOTTEN_S:
            return
        del waiting[oldest]


def _of(
    buckets: OrderedDict[Address, Bucket], source: Address, rate: float, most: float, now: float
) -> Bucket:
    """The source's bucket; the one that was longest not asked for makes room."""
    bucket = buckets.pop(source, None) or Bucket(rate, most, now)
    buckets[source] = bucket
    while len(buckets) > SOURCES_KEPT:
        buckets.popitem(last=False)
    return bucket

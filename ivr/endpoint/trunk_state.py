"""What is known of a trunk: whether its server is there, and takes us."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from call_logs.storage import Check, Severity


class TrunkState(StrEnum):
    """Whether calls can go by a trunk, as far as can be known without one."""

    ASKING = "asking"  # no answer yet, since the start
    UNASKED = "unasked"  # it has no server, or is not to be asked
    REACHABLE = "reachable"  # it answers our OPTIONS
    REGISTERED = "registered"  # it has taken our registration
    SILENT = "silent"  # it does not answer
    REFUSED = "refused"  # it answers, and does not take us


#: States in which nobody can call by a trunk.
AWAY = frozenset({TrunkState.SILENT, TrunkState.REFUSED})
#: Answers to a REGISTER that say that we are not who we say (RFC 3261 section 21.4).
REFUSALS = frozenset({401, 403, 404, 407})

#: Pause before the next try when a server did not answer, or could not.
RETRY_S = 15.0
#: Pauses after a first, second, third ... refusal. Five wrong passwords in ten minutes are
#: enough for fail2ban to lock our address out, calls and all.
REFUSED_S = (60.0, 240.0, 900.0)


@dataclass(frozen=True)
class TrunkReport:
    """A trunk's state; `detail` is a fact, and what to do when it is away."""

    state: TrunkState
    detail: str

    @property
    def away(self) -> bool:
        return self.state in AWAY


ASKING = TrunkReport(TrunkState.ASKING, "is being asked")
UNASKED = TrunkReport(TrunkState.UNASKED, "is not asked")
REGISTERED = TrunkReport(TrunkState.REGISTERED, "has taken our registration")


def refused(code: int) -> TrunkReport:
    """The server answered a REGISTER with `code`."""
    if code == 404:
        mend = "does not know our user: correct username"
    elif code in REFUSALS:
        mend = "refuses our username or password: correct them"
    else:
        return TrunkReport(TrunkState.REFUSED, f"answers {code} to our registration")
    return TrunkReport(TrunkState.REFUSED, f"{mend} ({code}); it is tried again by itself")


def silent(reason: str) -> TrunkReport:
    """The server gave no answer at all."""
    return TrunkReport(TrunkState.SILENT, f"{reason}: check server, transport and the network")


def pause_s(refusals: int) -> float:
    """How long to wait for the next REGISTER after so many refusals in a row."""
    return REFUSED_S[min(refusals, len(REFUSED_S)) - 1] if refusals else RETRY_S


def check_of(name: str, report: TrunkReport) -> Check:
    """What health says of one trunk: one away is not yet the end of the line."""
    return Check(f"trunk {name}", not report.away, report.detail, Severity.DEGRADED)


def check_all(reports: Mapping[str, TrunkReport]) -> Check:
    """What health says of all of them."""
    if reports and all(report.away for report in reports.values()):
        return Check("trunks", False, "none can be reached: nobody can call")
    away = sum(report.away for report in reports.values())
    return Check("trunks", True, f"{len(reports) - away} of {len(reports)} can be reached")

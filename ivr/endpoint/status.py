"""SIP statuses that refuse a call: their words, and what they mean (RFC 3261 section 21)."""

from __future__ import annotations

from collections.abc import Mapping

from ivr.endpoint.protocol import CloseReason

_PHRASES: Mapping[int, str] = {
    403: "Forbidden",
    404: "Not Found",
    480: "Temporarily Unavailable",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    503: "Service Unavailable",
    600: "Busy Everywhere",
    603: "Decline",
}

#: RFC 3261 section 21: what a refusal of our INVITE means to whoever dialled.
_REASONS: Mapping[int, CloseReason] = {
    403: CloseReason.DECLINED,  # how a PBX passes on that a telephone has refused
    404: CloseReason.UNREACHABLE,
    408: CloseReason.NO_ANSWER,
    410: CloseReason.UNREACHABLE,
    480: CloseReason.NO_ANSWER,
    484: CloseReason.UNREACHABLE,
    486: CloseReason.BUSY,
    487: CloseReason.NO_ANSWER,
    502: CloseReason.UNREACHABLE,
    503: CloseReason.UNREACHABLE,
    504: CloseReason.UNREACHABLE,
    600: CloseReason.BUSY,
    603: CloseReason.DECLINED,
    604: CloseReason.UNREACHABLE,
}


def reason_of_status(status: int) -> CloseReason:
    """What a final status of an INVITE means."""
    return _REASONS.get(status, CloseReason.FAILED)


def phrase_of(status: int) -> str:
    """The words that go with a status that refuses a call."""
    return _PHRASES.get(status, "Refused")

"""Offer and answer on the pyVoIP stack (RFC 3264), from what its parser found."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyVoIP.RTP import PayloadType

from ivr.endpoint.pyvoip.message import Message

CODECS: Mapping[str, PayloadType] = {"pcma": PayloadType.PCMA, "pcmu": PayloadType.PCMU}
#: The payload type that our own offers give to telephone events.
EVENT_NUMBER = 101


#: What we answer to a direction that the peer offers (RFC 3264 section 6.1).
_ANSWERS: Mapping[str, str] = {
    "sendrecv": "sendrecv",
    "sendonly": "recvonly",
    "recvonly": "sendonly",
    "inactive": "inactive",
}
#: The address of a call on hold before there were directions (RFC 2543 appendix B.5).
_HOLD_ADDRESS = "0.0.0.0"


@dataclass(frozen=True)
class Media:
    """Where a peer's sound goes, and what we may send: the codec first."""

    address: str
    port: int
    payloads: Mapping[int, PayloadType]
    direction: str = "sendrecv"  # as the peer sees it

    @property
    def held(self) -> bool:
        """Whether the peer wants no sound from us for now."""
        return self.address == _HOLD_ADDRESS or self.direction in {"sendonly", "inactive"}

    @property
    def answer_direction(self) -> str:
        return _ANSWERS[self.direction]

    @property
    def takes_keys(self) -> bool:
        """Whether the peer speaks RFC 4733."""
        return PayloadType.EVENT in self.payloads.values()


def agreed(message: Message, codecs: Sequence[str]) -> Media | None:
    """What both sides can speak, or None: no audio, no common codec, SRTP only."""
    audio = message.audio
    if message.sdp_broken or audio is None or not message.body.get("c"):
        return None
    if str(getattr(audio["protocol"], "value", "")) != "RTP/AVP":
        return None
    methods: Sequence[str] = audio["methods"]  # type: ignore[assignment]
    offered = {number for text in methods if (number := _number(text)) is not None}
    wanted = next((name for name in codecs if int(CODECS[name]) in offered), None)
    if wanted is None:
        return None
    payloads = {int(CODECS[wanted]): CODECS[wanted]}
    event = _event_number(audio["attributes"])  # type: ignore[arg-type]
    if event is not None:
        payloads[event] = PayloadType.EVENT
    port = int(str(audio["port"]))
    if port == 0:
        return None  # refused, or switched off (RFC 3264 section 8.2)
    address = str(message.body["c"][-1]["address"])
    return Media(address, port, payloads, _direction(message.text))


def offer(codecs: Sequence[str]) -> dict[int, PayloadType]:
    """Everything we can speak, in order of preference, with telephone events."""
    payloads = {int(CODECS[name]): CODECS[name] for name in codecs}
    return {**payloads, EVENT_NUMBER: PayloadType.EVENT}


def session(
    host: str,
    port: int,
    payloads: Mapping[int, PayloadType],
    direction: str = "sendrecv",
) -> str:
    """The SDP that says where we listen."""
    lines = [
        "v=0",
        f"o=hotline {secrets.randbelow(1_000_000)} 1 IN IP4 {host}",
        "s=-",
        f"c=IN IP4 {host}",
        "t=0 0",
        f"m=audio {port} RTP/AVP {' '.join(str(number) for number in payloads)}",
    ]
    for number, kind in payloads.items():
        lines.append(f"a=rtpmap:{number} {kind}/8000")
        if kind == PayloadType.EVENT:
            lines.append(f"a=fmtp:{number} 0-15")
    return "\r\n".join([*lines, "a=ptime:20", f"a={direction}", ""])


def _direction(text: str) -> str:
    """Of the first media, or of the session when that says none."""
    session_lines, _, media_lines = text.partition("\nm=")
    for lines in (media_lines.partition("\nm=")[0], session_lines):
        found = re.search(r"^a=(sendrecv|sendonly|recvonly|inactive)\s*$", lines, re.MULTILINE)
        if found is not None:
            return found[1]
    return "sendrecv"


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() else None


def _event_number(attributes: Mapping[str, Mapping[str, Mapping[str, str]]]) -> int | None:
    for number, known in attributes.items():
        name = known.get("rtpmap", {}).get("name", "")
        if name.lower() == "telephone-event":
            return int(number)
    return None

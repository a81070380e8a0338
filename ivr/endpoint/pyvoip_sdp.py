"""Offer and answer on the pyVoIP stack (RFC 3264), from what its parser found."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyVoIP.RTP import PayloadType

from ivr.endpoint.pyvoip_message import Message

CODECS: Mapping[str, PayloadType] = {"pcma": PayloadType.PCMA, "pcmu": PayloadType.PCMU}
#: The payload type that our own offers give to telephone events.
EVENT_NUMBER = 101


@dataclass(frozen=True)
class Media:
    """Where a peer's sound goes, and what we may send: the codec first."""

    address: str
    port: int
    payloads: Mapping[int, PayloadType]


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
    return Media(str(message.body["c"][-1]["address"]), int(str(audio["port"])), payloads)


def offer(codecs: Sequence[str]) -> dict[int, PayloadType]:
    """Everything we can speak, in order of preference, with telephone events."""
    payloads = {int(CODECS[name]): CODECS[name] for name in codecs}
    return {**payloads, EVENT_NUMBER: PayloadType.EVENT}


def session(host: str, port: int, payloads: Mapping[int, PayloadType]) -> str:
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
    return "\r\n".join([*lines, "a=ptime:20", "a=sendrecv", ""])


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() else None


def _event_number(attributes: Mapping[str, Mapping[str, Mapping[str, str]]]) -> int | None:
    for number, known in attributes.items():
        name = known.get("rtpmap", {}).get("name", "")
        if name.lower() == "telephone-event":
            return int(number)
    return None

"""SIP messages on the pyVoIP stack: its parser, mended where real peers break it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

# The library's modules import each other in a circle that only this one opens.
import pyVoIP.VoIP  # noqa: F401
from pyVoIP.SIP import SIPMessage, SIPMessageType, SIPParseError

from ivr.endpoint.sip_text import session_part

__all__ = ["Message", "SIPParseError"]

METHODS = ("INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "INFO", "UPDATE", "NOTIFY", "REFER")

#: RFC 3261 section 7.3.3 and 20: the one-letter forms.
_COMPACT = {
    "i": "Call-ID",
    "m": "Contact",
    "l": "Content-Length",
    "c": "Content-Type",
    "f": "From",
    "s": "Subject",
    "k": "Supported",
    "t": "To",
    "v": "Via",
}
_CANONICAL = {
    name.lower(): name
    for name in (*_COMPACT.values(), "CSeq", "Record-Route", "Allow", "WWW-Authenticate")
}
_FOLD = re.compile(rb"\r\n[ \t]+")

Source = tuple[str, int]


class Message(SIPMessage):
    """A request or response with the address it really came from.

    Mends the library's parser: compact and oddly written header names, folded
    lines, methods it does not know, and SDP it cannot read (`sdp_broken`).

    Raises:
        SIPParseError: it is not SIP, or lacks what every message carries.
    """

    def __init__(self, data: bytes, source: Source) -> None:
        self.source = source
        self.sdp_broken = False
        self.lines: list[tuple[str, str]] = []
        self.method = ""
        try:
            super().__init__(self._normalised(data))
        except (ValueError, LookupError, NameError) as error:
            # The library lets its own slips (unbound names too) out of the parser.
            raise SIPParseError(f"a malformed message: {type(error).__name__}") from error
        for name in ("From", "To", "Call-ID", "CSeq"):
            if name not in self.headers:
                raise SIPParseError(f"a message without {name}")

    def parse(self, data: bytes) -> None:
        self.SIPCompatibleMethods = list(METHODS)
        super().parse(data)

    def parse_header(self, header: str, data: str) -> None:
        if header in ("From", "To") and "sip:" not in data:
            # The library knows `sip:` alone; IMS trunks write `tel:`. What it makes of these
            # headers nobody reads.
            self.headers[header] = {"raw": data, "tag": "", "address": "", "number": None}
            return
        super().parse_header(header, data)

    @staticmethod
    def parse_raw_body(body: bytes, handle: Callable[[str, str], None]) -> None:
        """Lines of any body; the library breaks on those without an equals sign."""
        for line in body.split(b"\r\n"):
            name, equals, value = line.decode("utf-8", "replace").partition("=")
            if equals:
                handle(name, value)

    def parse_body(self, header: str, data: str) -> None:
        if self.value("Content-Type").split(";")[0].strip().lower() != "application/sdp":
            return
        try:
            super().parse_body(header, data)
        except (ValueError, LookupError, NameError, SIPParseError):
            self.sdp_broken = True

    @property
    def is_request(self) -> bool:
        return bool(self.type is SIPMessageType.MESSAGE)

    @property
    def code(self) -> int:
        """A response's status."""
        return int(self.status)

    @property
    def call_id(self) -> str:
        return str(self.headers["Call-ID"])

    @property
    def cseq(self) -> int:
        return int(self.headers["CSeq"]["check"])

    @property
    def cseq_method(self) -> str:
        return str(self.headers["CSeq"]["method"])

    @property
    def branch(self) -> str:
        vias = self.headers["Via"]
        return str(vias[0].get("branch", "")) if vias else ""

    @property
    def request_uri(self) -> str:
        return self.heading.split(b" ")[1].decode("utf-8", "replace")

    @property
    def text(self) -> str:
        """The body as it came."""
        return str(self.raw.partition(b"\r\n\r\n")[2].decode("utf-8", "replace"))

    @property
    def audio(self) -> dict[str, object] | None:
        """The first audio line of the SDP, as the library parsed it."""
        media = self.body.get("m", [])
        return next((line for line in media if line["type"] == "audio"), None)

    def value(self, name: str) -> str:
        """The first value of a header, "" when absent; the name in any case."""
        return next(self.values(name), "")

    def values(self, name: str) -> Iterator[str]:
        return (value for key, value in self.lines if key.lower() == name.lower())

    def _normalised(self, data: bytes) -> bytes:
        head, separator, body = data.partition(b"\r\n\r\n")
        if not separator:
            raise SIPParseError("a message without end of headers")
        first, *lines = _FOLD.sub(b" ", head).split(b"\r\n")
        for line in lines:
            name, _, value = line.decode("utf-8", "replace").partition(":")
            name = name.strip()
            name = _COMPACT.get(name.lower(), _CANONICAL.get(name.lower(), name))
            self.lines.append((name, value.strip()))
        part = session_part(self.value("Content-Type"), body)
        if part is not None:
            body = body[part.start : part.end]
            self.lines = [
                (name, "application/sdp" if name == "Content-Type" else value)
                for name, value in self.lines
            ]
        # The library cuts a value at ": " and a body at an empty line.
        written = [f"{name}: {value.replace(': ', ':')}" for name, value in self.lines]
        text = "\r\n".join(written).encode()
        return first + b"\r\n" + text + b"\r\n\r\n" + body.split(b"\r\n\r\n")[0]

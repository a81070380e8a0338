"""A SIP message's text as far as this program looks at it (RFC 3261 section 7)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

_START = re.compile(rb"^(?:SIP/2\.0 (?P<status>\d{3})\b|(?P<method>[A-Z]+) \S+ SIP/2\.0)", re.M)
_FOLD = re.compile(r"\r?\n[ \t]+")
_TAG = re.compile(r";\s*tag\s*=\s*([^\s;,>]+)", re.I)
_BOUNDARY = re.compile(r';\s*boundary\s*=\s*(?:"([^"]+)"|([^\s;]+))', re.I)
#: RFC 3261 section 7.3.3.
_COMPACT: Mapping[str, str] = {
    "i": "call-id",
    "c": "content-type",
    "f": "from",
    "t": "to",
    "l": "content-length",
}


@dataclass(frozen=True)
class SipText:
    """The start line and the first value of each header, by lower-case name."""

    method: str = ""  # of a request
    status: int = 0  # of a response
    headers: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.headers.get(name, "")

    @property
    def answers(self) -> str:
        """The method that a response answers."""
        return self["cseq"].rpartition(" ")[2]

    def tag(self, name: str) -> str:
        """The tag of From or To; "" when it has none."""
        match = _TAG.search(self[name])
        return match[1] if match is not None else ""


def read_head(head: bytes) -> SipText:
    """The message whose headers end where `head` does; what a stream has before it is
    passed over. Never raises: what cannot be read is empty."""
    starts = list(_START.finditer(head))
    if not starts:
        return SipText()
    start = starts[-1]
    lines = _FOLD.sub(" ", head[start.start() :].decode("utf-8", "replace")).splitlines()
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        name = name.strip().lower()
        if colon:
            headers.setdefault(_COMPACT.get(name, name), value.strip())
    method = (start["method"] or b"").decode()
    return SipText(method, int(start["status"] or 0), headers)


class Span(NamedTuple):
    """A stretch of a body, in bytes."""

    start: int
    end: int


def session_part(content_type: str, body: bytes) -> Span | None:
    """Where the SDP stands in a multipart body (RFC 5621); None: it is no such body, or
    has no SDP in it. The first part that is SDP counts."""
    kind = content_type.split(";", maxsplit=1)[0].strip().lower()
    match = _BOUNDARY.search(content_type)
    if not kind.startswith("multipart/") or match is None:
        return None
    mark = b"--" + (match[1] or match[2]).encode()
    at = body.find(mark)
    while at >= 0:
        start = at + len(mark)
        following = body.find(mark, start)
        end = following if following >= 0 else len(body)
        head, blank, content = body[start:end].partition(b"\r\n\r\n")
        if blank and _is_session(head):
            begin = start + len(head) + len(blank)
            return Span(begin, begin + len(content.removesuffix(b"\r\n")))
        at = following
    return None


def _is_session(head: bytes) -> bool:
    text = head.decode("utf-8", "replace").lower()
    return re.search(r"^(?:content-type|c)\s*:\s*application/sdp\b", text, re.M) is not None

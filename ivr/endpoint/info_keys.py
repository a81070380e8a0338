"""Keys by SIP INFO, as telephones and gateways write them (no RFC; Cisco's bodies)."""

from __future__ import annotations

import re
from collections.abc import Mapping

RELAY = "application/dtmf-relay"
PLAIN = "application/dtmf"
_SIGNAL = re.compile(r"^\s*Signal\s*=[ \t]*(\S*)[ \t]*$", re.MULTILINE | re.IGNORECASE)
#: RFC 4733's numbers of the two keys that are no digits.
_NUMBERED: Mapping[str, str] = {"10": "*", "11": "#"}


def carries_key(content_type: str) -> bool:
    """Whether a body of this Content-Type is about a key."""
    return _kind(content_type) in {RELAY, PLAIN}


def key_of(content_type: str, body: str) -> str:
    """The key that a body reports; "" when it reports none (a flash, a broken body).

    `Duration` is not asked for: nobody needs it, and some leave it out.
    """
    if _kind(content_type) == RELAY:
        match = _SIGNAL.search(body.replace("\r", "\n"))
        signal = match[1] if match is not None else ""
    else:
        signal = body.strip()
    signal = _NUMBERED.get(signal, signal).upper()
    return signal if len(signal) == 1 and signal in "0123456789ABCD*#" else ""


def _kind(content_type: str) -> str:
    return content_type.split(";", maxsplit=1)[0].strip().lower()

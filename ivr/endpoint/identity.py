"""Who calls, as the headers of an INVITE say it, and how far that is to be believed.

Anybody can write anything into From. A trunk that is marked `verified` asserts who calls:
there P-Asserted-Identity (RFC 3325) comes before Remote-Party-ID (an old draft that many
PBXs still send), and that before From; Privacy (RFC 3323) says whether the number may be
shown, and Diversion (RFC 5806) from whom the call was passed on.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from ivr.endpoint.uri import caller_of, user_of

ASSERTED = "P-Asserted-Identity"
REMOTE_PARTY = "Remote-Party-ID"
PRIVACY = "Privacy"
DIVERSION = "Diversion"

#: What the hotline itself reads; `[sip] headers` names what it passes on besides.
IDENTITY_HEADERS = (ASSERTED, REMOTE_PARTY, PRIVACY, DIVERSION)

_PRIVATE = frozenset({"id", "user", "header"})
_PARAMETER = r';\s*{}\s*=\s*"?([^\s;,"]+)'


@dataclass(frozen=True)
class Identity:
    """The caller's number: to be shown, or only to be called back."""

    caller: str = field(default="", repr=False)  # empty when it must not be shown
    withheld: str = field(default="", repr=False)  # then it is here, if anybody told it
    diverted_from: str = field(default="", repr=False)  # who passed the call on


def identify(from_: str, header: Callable[[str], str], *, verified: bool) -> Identity:
    """Who calls. `header` gives the first value of a header, "" when it is absent."""
    if not verified:
        return Identity(caller=caller_of(from_))
    remote = header(REMOTE_PARTY)
    if _parameter(remote, "party") not in ("", "calling"):
        remote = ""
    number = caller_of(header(ASSERTED)) or caller_of(remote) or caller_of(from_)
    private = {token.strip().lower() for token in header(PRIVACY).split(";")} & _PRIVATE
    hidden = (
        bool(private)
        or _parameter(remote, "privacy") not in ("", "off")
        or (bool(user_of(from_)) and not caller_of(from_))  # From says "anonymous"
    )
    return Identity(
        caller="" if hidden else number,
        withheld=number if hidden else "",
        diverted_from=caller_of(header(DIVERSION)),
    )


def _parameter(value: str, name: str) -> str:
    match = re.search(_PARAMETER.format(name), value, re.IGNORECASE)
    return match[1].lower() if match is not None else ""

"""What a server asks for before it takes a request of ours (RFC 3261 section 22)."""

from __future__ import annotations

from ivr.endpoint.digest import authorization
from ivr.endpoint.pyvoip.message import Message
from ivr.endpoint.pyvoip.sip import Dialog
from ivr.endpoint.sip_settings import Trunk

#: Status of a challenge -> its header, and the one that answers it.
_HEADERS = {
    401: ("WWW-Authenticate", "Authorization"),
    407: ("Proxy-Authenticate", "Proxy-Authorization"),
}
CHALLENGES = frozenset(_HEADERS)


def credentials(response: Message, dialog: Dialog, trunk: Trunk, method: str) -> dict[str, str]:
    """The header that answers the challenge in `response` with the trunk's password."""
    asked, given = _HEADERS[response.code]
    value = authorization(
        response.value(asked),
        method=method,
        uri=dialog.target,
        username=trunk.username,
        password=trunk.password,
    )
    return {given: value}

"""Signed links: by which an on-call person acknowledges from a notice, and that hang on walls.

A token is `<claim>.<signature>`, both base64url: the claim is the dispatch, the person
and the expiry, the signature HMAC-SHA256 (RFC 2104) under a key derived from the master
key for this purpose alone. It needs no table, and a leaked one acknowledges one dispatch
as one person until it expires. Mail and chat programs open links to preview them, so the
page behind it must ask for a press on a button before it acknowledges.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from call_logs.storage.errors import StoreError

__all__ = [
    "LINK_LIFETIME",
    "AcknowledgeClaim",
    "AcknowledgeLinks",
    "LinkExpired",
    "LinkInvalid",
    "PlaceLinks",
]

LINK_LIFETIME = timedelta(hours=24)
PURPOSE = "acknowledge-link"
_MAX_TOKEN = 512


class LinkInvalid(StoreError):
    """The token was not made by this hotline, or was changed."""


class LinkExpired(LinkInvalid):
    """The token was good once; acknowledge on the dashboard instead."""


@dataclass(frozen=True)
class AcknowledgeClaim:
    """What a token says: `person` has `dispatch_id`."""

    dispatch_id: str
    person: str
    expires_at: datetime


class AcknowledgeLinks:
    """Makes and verifies tokens under one key (32 bytes)."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def make(self, dispatch_id: str, person: str, *, expires_at: datetime) -> str:
        """A token for a URL path or query; `expires_at` is aware, to the second."""
        claim = f"{dispatch_id}\n{person}\n{int(expires_at.timestamp())}".encode()
        return f"{_encode(claim)}.{_encode(self._sign(claim))}"

    def verify(self, token: str, now: datetime) -> AcknowledgeClaim:
        """Raises:
        LinkExpired: it was good once.
        LinkInvalid: it never was.
        """
        claim_text, _, signature_text = token[:_MAX_TOKEN].partition(".")
        try:
            claim, signature = _decode(claim_text), _decode(signature_text)
        except (binascii.Error, ValueError):
            raise LinkInvalid("this link is damaged; open it from the notice again") from None
        # A changed last character can decode to the same bytes: one token has one spelling.
        canonical = f"{_encode(claim)}.{_encode(signature)}" == token
        if not canonical or not hmac.compare_digest(signature, self._sign(claim)):
            raise LinkInvalid("this link is not valid; open it from the notice again")
        dispatch_id, person, expires = claim.decode().split("\n")
        expires_at = datetime.fromtimestamp(int(expires), UTC)
        if now >= expires_at:
            raise LinkExpired("this link is too old; acknowledge on the dashboard instead")
        return AcknowledgeClaim(dispatch_id, person, expires_at)

    def _sign(self, claim: bytes) -> bytes:
        return hmac.digest(self._key, claim, sha256)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    padded = text.encode("ascii") + b"=" * (-len(text) % 4)
    return base64.b64decode(padded, altchars=b"-_", validate=True)


class PlaceLinks:
    """Links that hang on a wall: short, without an end, and good after the key is renewed.

    A token is `<number><signature>`: the number in base 36, a dash, and the first 9 bytes of a
    keyed hash in base64url. Nobody can go from one link to the next, and trying out signatures
    is what the form's limits are for.
    """

    def __init__(self, sign: Callable[[str], bytes]) -> None:
        """`sign`: the keyed hash of a text, the same for ever."""
        self._sign = sign

    def make(self, number: int) -> str:
        text = _base36(number)
        return f"{text}-{_encode(self._sign(text)[:_PLACE_SIGN_BYTES])}"

    def verify(self, token: str) -> int:
        """The number.

        Raises:
            LinkInvalid: the token was not made here, or was changed.
        """
        text, _, _ = token[:_MAX_PLACE_TOKEN].partition("-")
        # What is no number in its one spelling makes no token that is equal.
        try:
            number = int(text, 36)
        except ValueError:
            number = -1
        known = 0 <= number < 2**63
        if not known or not hmac.compare_digest(self.make(number).encode(), token.encode()):
            raise LinkInvalid("this link is not valid; scan the code again")
        return number


_PLACE_SIGN_BYTES = 9
_MAX_PLACE_TOKEN = 40
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"

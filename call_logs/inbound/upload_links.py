"""Addresses to which the files of a message are sent: of one ticket, for a day, while its source
may send. Whoever has one needs no secret, so a telephone can send its photo by itself."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from call_logs.storage.signed_links import LinkExpired, LinkInvalid

__all__ = ["UPLOAD_LIFETIME", "UploadClaim", "UploadLinks"]

UPLOAD_LIFETIME = timedelta(days=1)
_MAX_TOKEN = 120


@dataclass(frozen=True)
class UploadClaim:
    ticket_id: int
    source_id: int


class UploadLinks:
    """A token is `<ticket>-<source>-<seconds>-<signature>`."""

    def __init__(self, sign: Callable[[str], bytes]) -> None:
        """`sign`: a keyed hash."""
        self._sign = sign

    def make(self, claim: UploadClaim, expires_at: datetime) -> str:
        said = f"{claim.ticket_id}-{claim.source_id}-{int(expires_at.timestamp())}"
        return f"{said}-{urlsafe_b64encode(self._sign(said)).rstrip(b'=').decode()}"

    def verify(self, token: str, now: datetime) -> UploadClaim:
        """Raises:
        LinkExpired: it was good once.
        LinkInvalid: it never was.
        """
        numbers = token[:_MAX_TOKEN].split("-", 3)[:3]
        if len(numbers) < 3 or not all(n.isascii() and n.isdigit() for n in numbers):
            raise LinkInvalid("this address is not valid")
        ticket_id, source_id, expires = map(int, numbers)
        claim = UploadClaim(ticket_id, source_id)
        try:
            expires_at = datetime.fromtimestamp(expires, now.tzinfo)
        except (OverflowError, ValueError, OSError):
            raise LinkInvalid("this address is not valid") from None
        if not hmac.compare_digest(self.make(claim, expires_at).encode(), token.encode()):
            raise LinkInvalid("this address is not valid")
        if now >= expires_at:
            raise LinkExpired("files may be sent for a day after their message")
        return claim

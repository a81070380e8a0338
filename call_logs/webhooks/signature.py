"""Signatures of messages between programs, as Standard Webhooks has them.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
HMAC-SHA256 over `id.timestamp.body`; the key is what stands behind `whsec_` in base64.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

__all__ = ["BadSignature", "check_signature", "new_secret", "signature_of"]

_MARK = "whsec_"
_VERSION = "v1"
KEY_BYTES = 32
TOLERANCE = timedelta(minutes=5)  # how wrong a clock may be, and how old a message


class BadSignature(ValueError):
    """It is not signed with the secret, or at another time. The message is a fact."""


def new_secret() -> str:
    return _MARK + base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def signature_of(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """One part of the header `webhook-signature`; several stand beside each other with blanks."""
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    digest = hmac.new(_key(secret), signed, hashlib.sha256).digest()
    return f"{_VERSION},{base64.b64encode(digest).decode()}"


def check_signature(
    secrets_: Iterable[str],
    message_id: str,
    timestamp: str,
    body: bytes,
    signatures: str,
    *,
    now: datetime,
) -> None:
    """Any of the signatures by any of the secrets will do.

    Raises:
        BadSignature.
    """
    if not message_id or len(message_id) > 200:
        raise BadSignature("webhook-id is missing or longer than 200 characters")
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        raise BadSignature("webhook-timestamp must be seconds since 1970")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        raise BadSignature("webhook-timestamp is more than 5 minutes from now: see both clocks")
    wanted = [signature_of(each, message_id, int(timestamp), body) for each in secrets_]
    found = False
    for sent in signatures.split()[:10]:
        for each in wanted:
            found |= hmac.compare_digest(sent.encode(), each.encode())
    if not found:
        raise BadSignature("webhook-signature is not that of the body and the secret")


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(_MARK), validate=True)
    except (binascii.Error, ValueError):
        raise BadSignature("the secret is no base64") from None

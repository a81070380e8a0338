"""Answering a challenge with a password (RFC 2617, and RFC 8760 for SHA-256)."""

from __future__ import annotations

import hashlib
import re
import secrets

_HASHES = {"MD5": "md5", "SHA-256": "sha256"}


def authorization(challenge: str, *, method: str, uri: str, username: str, password: str) -> str:
    """The value that answers a Digest challenge (MD5 or SHA-256, qop `auth` or none)."""
    fields = dict(re.findall(r'(\w+)=(?:"?)([^",]*)', challenge.partition(" ")[2]))
    realm, nonce = fields.get("realm", ""), fields.get("nonce", "")
    algorithm = fields.get("algorithm", "MD5").upper()
    algorithm = algorithm if algorithm in _HASHES else "MD5"

    def digest(text: str) -> str:
        # It protects a password on a trusted line only.
        return hashlib.new(_HASHES[algorithm], text.encode(), usedforsecurity=False).hexdigest()

    first = digest(f"{username}:{realm}:{password}")
    second = digest(f"{method}:{uri}")
    answer = f'Digest username="{username}",realm="{realm}",nonce="{nonce}",uri="{uri}"'
    if "auth" in fields.get("qop", ""):
        cnonce = secrets.token_hex(8)
        response = digest(f"{first}:{nonce}:00000001:{cnonce}:auth:{second}")
        answer += f',qop=auth,nc=00000001,cnonce="{cnonce}"'
    else:
        response = digest(f"{first}:{nonce}:{second}")
    if "opaque" in fields:
        answer += f',opaque="{fields["opaque"]}"'
    return f'{answer},response="{response}",algorithm={algorithm}'

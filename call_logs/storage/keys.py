"""The master key and the keys derived from it.

A key file holds one key a line, `<8 hex digits key id> <44 base64 characters>`, newest first,
mode 600. The first key encrypts; the others only open what they once sealed, so a key is
rotated by putting a new line on top (`Keys.rotate`). Every ciphertext names its key id.

Sub-keys come from the master key by HKDF-SHA256 (RFC 5869) with the purpose as `info`, so a
leaked search key opens nothing. Search hashes use the *oldest* key: they must stay the same
after a rotation, or nothing written earlier could be found.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import logging
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from call_logs.storage.errors import KeyProblem, Tampered

log = logging.getLogger(__name__)

KEY_ENVIRONMENT = "HOTLINE_KEY"
KEY_BYTES = 32
NONCE_BYTES = 12
KEY_ID_BYTES = 4
FORMAT = b"\x01"
HEAD_BYTES = len(FORMAT) + KEY_ID_BYTES + NONCE_BYTES


@dataclass(frozen=True)
class _Master:
    id: bytes
    secret: bytes

    def __repr__(self) -> str:
        return f"_Master({self.id.hex()})"

    def derive(self, purpose: str, salt: bytes | None = None) -> bytes:
        info = b"hotline/v1/" + purpose.encode()
        return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=info).derive(self.secret)


class Keys:
    """Encrypts and opens fields, gives recordings their keys, hashes what must be searchable.

    Safe to share between threads. `repr` shows key ids only.
    """

    def __init__(self, masters: Sequence[tuple[bytes, bytes]]) -> None:
        """`masters`: (key id, 32 secret bytes), newest first."""
        if not masters:
            raise KeyProblem("no encryption key is given")
        self._masters = {key_id: _Master(key_id, secret) for key_id, secret in masters}
        self._current = masters[0][0]
        self._search = self._masters[masters[-1][0]].derive("search")
        self._ciphers: dict[tuple[bytes, str], AESGCM] = {}

    def __repr__(self) -> str:
        return f"Keys({', '.join(key_id.hex() for key_id in self._masters)})"

    @classmethod
    def generate(cls) -> Keys:
        """Fresh keys that are kept nowhere: for tests and the demo."""
        return cls([_new_master()])

    @classmethod
    def load(
        cls, path: Path, *, environ: Mapping[str, str] | None = None, create: bool = True
    ) -> Keys:
        """Read `HOTLINE_KEY` from the environment if it is set, else the key file.

        The file is made, mode 600, when it does not exist and `create` is true.

        Raises:
            KeyProblem: missing, malformed, or readable by others.
        """
        text = (os.environ if environ is None else environ).get(KEY_ENVIRONMENT, "")
        if text.strip():
            # An environment variable of one line: keys apart by a semicolon.
            lines = text.replace(";", "\n")
            return cls(_parse(lines, f"environment variable {KEY_ENVIRONMENT}"))
        if not path.exists():
            if not create:
                raise KeyProblem(
                    f"key file {path} does not exist: restore it from the backup; "
                    "without it names, numbers, texts and recordings cannot be read"
                )
            _write_new(path, [_new_master()])
            log.info("new key file made; keep a copy in a safe place", extra={"path": str(path)})
        mode = path.stat().st_mode & 0o777
        if mode & 0o077:
            raise KeyProblem(f"key file {path} has mode {mode:o}: run chmod 600 {path}")
        try:
            text = path.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise KeyProblem(f"key file {path} cannot be read: {error}") from None
        return cls(_parse(text, f"key file {path}"))

    @classmethod
    def rotate(cls, path: Path) -> Keys:
        """Put a new key on top of the file; data written before stays readable."""
        masters = _parse(path.read_text(encoding="ascii"), f"key file {path}")
        _write_new(path, [_new_master(), *masters])
        return cls.load(path, environ={})

    @property
    def current_id(self) -> bytes:
        """Id (4 bytes) of the key that encrypts now."""
        return self._current

    def seal(self, plain: bytes, context: str, purpose: str = "fields") -> bytes:
        """AES-256-GCM with a random nonce. `context` (the column) is authenticated too, so
        a ciphertext moved to another column does not open."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        head = FORMAT + self._current + nonce
        sealed = self._cipher(self._current, purpose).encrypt(nonce, plain, context.encode())
        return head + sealed

    def open(self, sealed: bytes, context: str, purpose: str = "fields") -> bytes:
        """Raises:
        Tampered: changed, cut, or moved from another column.
        KeyProblem: sealed with a key that is not in the key file.
        """
        if len(sealed) < HEAD_BYTES or sealed[:1] != FORMAT:
            raise Tampered("an encrypted value is cut short or of an unknown format")
        key_id = sealed[1 : 1 + KEY_ID_BYTES]
        nonce = sealed[1 + KEY_ID_BYTES : HEAD_BYTES]
        try:
            return self._cipher(key_id, purpose).decrypt(
                nonce, sealed[HEAD_BYTES:], context.encode()
            )
        except InvalidTag:
            raise Tampered("an encrypted value was changed or moved") from None

    def derive(self, purpose: str, salt: bytes | None = None, key_id: bytes | None = None) -> bytes:
        """32 bytes for one purpose and salt, from the current master key or the named one."""
        return self._master(self._current if key_id is None else key_id).derive(purpose, salt)

    def search_hash(self, value: str, context: str) -> bytes:
        """Keyed hash (16 bytes of HMAC-SHA256) that finds equal values without showing them."""
        message = context.encode() + b"\0" + value.encode()
        return hmac.digest(self._search, message, sha256)[:16]

    def _master(self, key_id: bytes) -> _Master:
        try:
            return self._masters[key_id]
        except KeyError:
            raise KeyProblem(
                f"data was encrypted with key {key_id.hex()}, which is not in the key file: "
                "put that line back from the backup"
            ) from None

    def _cipher(self, key_id: bytes, purpose: str) -> AESGCM:
        cipher = self._ciphers.get((key_id, purpose))
        if cipher is None:
            cipher = AESGCM(self._master(key_id).derive(purpose))
            self._ciphers[key_id, purpose] = cipher
        return cipher


def _new_master() -> tuple[bytes, bytes]:
    return secrets.token_bytes(KEY_ID_BYTES), secrets.token_bytes(KEY_BYTES)


def _parse(text: str, source: str) -> list[tuple[bytes, bytes]]:
    masters: list[tuple[bytes, bytes]] = []
    lines = [line.strip() for line in text.splitlines()]
    for number, line in enumerate(lines, start=1):
        if not line or line.startswith("#"):
            continue
        try:
            key_text, secret_text = line.split()
            key_id = bytes.fromhex(key_text)
            secret = base64.b64decode(secret_text, validate=True)
        except (ValueError, binascii.Error):
            key_id = secret = b""
        if len(key_id) != KEY_ID_BYTES or len(secret) != KEY_BYTES:
            # The line itself is a secret and must not be shown.
            raise KeyProblem(
                f"{source}, line {number}: expected 8 hex digits, a blank and 44 base64 characters"
            )
        masters.append((key_id, secret))
    if not masters:
        raise KeyProblem(f"{source} holds no key")
    return masters


def _write_new(path: Path, masters: Sequence[tuple[bytes, bytes]]) -> None:
    """Write beside and rename: a crash leaves the old file or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lines = [f"{key_id.hex()} {base64.b64encode(secret).decode()}" for key_id, secret in masters]
    text = "# hotline master keys, newest first. Back this file up; keep it secret.\n"
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text + "\n".join(lines) + "\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)

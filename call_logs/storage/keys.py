"""The master key and the keys derived from it.

A key file holds one key a line, `<8 hex digits key id> <44 base64 characters>`, newest first,
mode 600. The first key encrypts; the others only open what they once sealed, so a key is
rotated by putting a new line on top (`Keys.rotate`). Every ciphertext names its key id. The
file is looked at before each seal, and when a key id is unknown: whoever else has put a key
there is followed at once, in every process.

Sub-keys come from the master key by HKDF-SHA256 (RFC 5869) with the purpose as `info`, so a
leaked search key opens nothing. Search hashes and links come from the *oldest* key: they must
stay the same after a rotation, or nothing written earlier could be found. Before that key is
destroyed (`Keys.forget`), these sub-keys get lines of their own: `for <purpose> <44 base64>`.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import logging
import os
import secrets
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

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


LASTING = ("search", "acknowledge-link")  # sub-keys that outlive the key that they came from

Masters = Sequence[tuple[bytes, bytes]]
Stamp = tuple[int, int, int]  # of a file: what differs once it was replaced


class _Ring:
    """The keys of one reading of the file; never changed, so threads may share it."""

    def __init__(self, masters: Masters, lasting: Mapping[str, bytes]) -> None:
        if not masters:
            raise KeyProblem("no encryption key is given")
        self.masters = {key_id: _Master(key_id, secret) for key_id, secret in masters}
        self.current = masters[0][0]
        oldest = self.masters[masters[-1][0]]
        self.lasting = {each: oldest.derive(each) for each in LASTING} | dict(lasting)
        self.ciphers: dict[tuple[bytes, str], AESGCM] = {}


class Keys:
    """Encrypts and opens fields, gives recordings their keys, hashes what must be searchable.

    Safe to share between threads. `repr` shows key ids only.
    """

    def __init__(
        self,
        masters: Masters,
        lasting: Mapping[str, bytes] = MappingProxyType({}),
        file: Path | None = None,
    ) -> None:
        """`masters`: (key id, 32 secret bytes), newest first; `lasting`: sub-keys whose master is
        gone; `file`: where they stand, to be followed when it is changed."""
        self.file = file
        self._stamp = None if file is None else _stamp(file)
        self._ring = _Ring(masters, lasting)

    def __repr__(self) -> str:
        return f"Keys({', '.join(key_id.hex() for key_id in self._ring.masters)})"

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
            return cls(*_parse(lines, f"environment variable {KEY_ENVIRONMENT}"))
        if not path.exists():
            if not create:
                raise KeyProblem(
                    f"key file {path} does not exist: restore it from the backup; "
                    "without it names, numbers, texts and recordings cannot be read"
                )
            _write_new(path, [_new_master()], {})
            log.info("new key file made; keep a copy in a safe place", extra={"path": str(path)})
        mode = path.stat().st_mode & 0o777
        if mode & 0o077:
            raise KeyProblem(f"key file {path} has mode {mode:o}: run chmod 600 {path}")
        return cls(*_read(path), path)

    @classmethod
    def rotate(cls, path: Path) -> Keys:
        """Put a new key on top of the file; data written before stays readable."""
        _forget_halves(path)
        masters, lasting = _read(path)
        kept = _Ring(masters, lasting).lasting
        _write_new(path, [_new_master(), *masters], kept)
        return cls.load(path, environ={})

    @classmethod
    def forget(cls, path: Path, ids: Collection[bytes]) -> Keys:
        """Destroy keys of the file: what only they open is lost. What was never there is no error.

        Raises:
            KeyProblem: no key would be left.
        """
        _forget_halves(path)
        masters, lasting = _read(path)
        left = [each for each in masters if each[0] not in ids]
        if not left:
            raise KeyProblem(f"key file {path} would hold no key: a new one goes on top first")
        if len(left) < len(masters):
            _write_new(path, left, _Ring(masters, lasting).lasting)
        return cls.load(path, environ={})

    @property
    def current_id(self) -> bytes:
        """Id (4 bytes) of the key that encrypts now."""
        return self._followed().current

    @property
    def ids(self) -> tuple[bytes, ...]:
        """Of all keys, the one that encrypts first."""
        return tuple(self._followed().masters)

    def seal(self, plain: bytes, context: str, purpose: str = "fields") -> bytes:
        """AES-256-GCM with a random nonce. `context` (the column) is authenticated too, so
        a ciphertext moved to another column does not open."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        ring = self._followed()
        head = FORMAT + ring.current + nonce
        sealed = _cipher(ring, ring.current, purpose).encrypt(nonce, plain, context.encode())
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
            return _cipher(self._holding(key_id), key_id, purpose).decrypt(
                nonce, sealed[HEAD_BYTES:], context.encode()
            )
        except InvalidTag:
            raise Tampered("an encrypted value was changed or moved") from None

    def derive(self, purpose: str, salt: bytes | None = None, key_id: bytes | None = None) -> bytes:
        """32 bytes for one purpose and salt, from the current master key or the named one."""
        ring = self._followed() if key_id is None else self._holding(key_id)
        return ring.masters[ring.current if key_id is None else key_id].derive(purpose, salt)

    def lasting(self, purpose: str) -> bytes:
        """32 bytes for one of the purposes in `LASTING`, the same after any rotation."""
        return self._ring.lasting[purpose]

    def search_hash(self, value: str, context: str) -> bytes:
        """Keyed hash (16 bytes of HMAC-SHA256) that finds equal values without showing them."""
        message = context.encode() + b"\0" + value.encode()
        return hmac.digest(self._ring.lasting["search"], message, sha256)[:16]

    def _followed(self) -> _Ring:
        """The keys as the file has them now. One look at it costs a microsecond or two; a file
        that is away or damaged for a moment changes nothing."""
        if self.file is not None and (stamp := _stamp(self.file)) not in (None, self._stamp):
            try:
                self._ring = _Ring(*_read(self.file))
            except KeyProblem:
                log.error("the key file was changed and cannot be read: the keys stay as they were")
            self._stamp = stamp
        return self._ring

    def _holding(self, key_id: bytes) -> _Ring:
        """The keys, with this one among them.

        Raises:
            KeyProblem: it is in no line.
        """
        ring = self._ring
        if key_id not in ring.masters:
            ring = self._followed()
        if key_id not in ring.masters:
            raise KeyProblem(
                f"data was encrypted with key {key_id.hex()}, which is not in the key file: "
                "put that line back from the backup"
            )
        return ring


def _cipher(ring: _Ring, key_id: bytes, purpose: str) -> AESGCM:
    cipher = ring.ciphers.get((key_id, purpose))
    if cipher is None:
        cipher = AESGCM(ring.masters[key_id].derive(purpose))
        ring.ciphers[key_id, purpose] = cipher
    return cipher


def _stamp(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size


def _read(path: Path) -> tuple[list[tuple[bytes, bytes]], dict[str, bytes]]:
    try:
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise KeyProblem(f"key file {path} cannot be read: {error}") from None
    return _parse(text, f"key file {path}")


def _new_master() -> tuple[bytes, bytes]:
    return secrets.token_bytes(KEY_ID_BYTES), secrets.token_bytes(KEY_BYTES)


def _parse(text: str, source: str) -> tuple[list[tuple[bytes, bytes]], dict[str, bytes]]:
    masters: list[tuple[bytes, bytes]] = []
    lasting: dict[str, bytes] = {}
    lines = [line.strip() for line in text.splitlines()]
    for number, line in enumerate(lines, start=1):
        if not line or line.startswith("#"):
            continue
        *_, purpose, secret_text = ("", "", *line.split())
        try:
            secret = base64.b64decode(secret_text, validate=True)
            key_id = b"" if purpose in LASTING else bytes.fromhex(purpose)
        except (ValueError, binascii.Error):
            key_id = secret = b""
        words = 3 if purpose in LASTING and line.startswith("for ") else 2
        if len(line.split()) != words or len(secret) != KEY_BYTES:
            raise KeyProblem(_malformed(source, number))
        if purpose in LASTING:
            lasting[purpose] = secret
        elif len(key_id) != KEY_ID_BYTES:
            raise KeyProblem(_malformed(source, number))
        else:
            masters.append((key_id, secret))
    if not masters:
        raise KeyProblem(f"{source} holds no key")
    return masters, lasting


def _malformed(source: str, number: int) -> str:
    # The line itself is a secret and must not be shown.
    return f"{source}, line {number}: expected 8 hex digits, a blank and 44 base64 characters"


def _write_new(path: Path, masters: Masters, lasting: Mapping[str, bytes]) -> None:
    """Write beside and rename: a crash leaves the old file or the new one, never half of one.
    The bytes of the old one are overwritten, as far as the disk does that."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lines = [f"{key_id.hex()} {base64.b64encode(secret).decode()}" for key_id, secret in masters]
    lines += [f"for {name} {base64.b64encode(secret).decode()}" for name, secret in lasting.items()]
    text = "# hotline master keys, newest first. Back this file up; keep it secret.\n"
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text + "\n".join(lines) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileNotFoundError):
            old = path.open("rb+")
            with old:
                beside.replace(path)
                _sync_folder(path.parent)
                old.write(bytes(os.fstat(old.fileno()).st_size))
                old.flush()
                os.fsync(old.fileno())
            return
        beside.replace(path)
        _sync_folder(path.parent)
    finally:
        beside.unlink(missing_ok=True)


def _forget_halves(path: Path) -> None:
    """Remove what a kill in `_write_new` has left: it holds keys, and in a container the next
    program bears the same number."""
    for half in path.parent.glob(f".{path.name}.*"):
        if half.suffix[1:].isdigit():
            half.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

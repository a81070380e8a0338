"""The file of one piece of evidence: a header and sealed chunks, as a recording has them.

    header  8 bytes magic "HLEVD\\0\\0\\1", 4 bytes key id, 16 bytes salt, 16 bytes evidence id
    chunk   AES-256-GCM ciphertext with tag of: 1 byte (1: the last), then the content:
            `CHUNK_BYTES` in every chunk but the last

The file's key is HKDF of the master key with the file's salt, so the chunk's index serves as
nonce and never repeats under one key. Header and index are authenticated with every chunk: one
that was changed, moved, repeated or taken from another file does not open, and a file that was
cut off has no last chunk. Chunks of one size make every byte findable, for players that jump.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import struct
import threading
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from call_logs.storage.errors import Tampered
from call_logs.storage.keys import KEY_ID_BYTES, Keys

__all__ = ["CHUNK_BYTES", "SealedReader", "SealedWriter", "reseal"]

MAGIC = b"HLEVD\0\0\1"
SALT_BYTES = 16
CHUNK_BYTES = 64 * 1024
_TAG_BYTES = 16
_SEALED_BYTES = 1 + CHUNK_BYTES + _TAG_BYTES
_HEADER = struct.Struct(f">{len(MAGIC)}s{KEY_ID_BYTES}s{SALT_BYTES}s16s")
PURPOSE = "evidence"


class SealedWriter:
    """Blocking: call it on a thread. The file has its name when `finish` returns, and is then on
    the disk whole; before that it has another, which nobody reads."""

    def __init__(self, evidence_id: str, path: Path, keys: Keys) -> None:
        self._path = path
        self._part = path.with_suffix(".part")
        salt = secrets.token_bytes(SALT_BYTES)
        self._head = _HEADER.pack(MAGIC, keys.current_id, salt, bytes.fromhex(evidence_id))
        self._cipher = AESGCM(keys.derive(PURPOSE, salt, keys.current_id))
        self._lock = threading.Lock()  # who gives up may come while another thread writes
        self._file: BinaryIO | None = None
        self._held = bytearray()
        self._index = 0
        self._digest = hashlib.sha256()
        self.size_bytes = 0

    @property
    def digest(self) -> bytes:
        return self._digest.digest()

    def write(self, content: bytes) -> None:
        """Raises:
        OSError: the disk takes no more.
        """
        with self._lock:
            file = self._opened()
            self._digest.update(content)
            self.size_bytes += len(content)
            self._held += content
            while len(self._held) > CHUNK_BYTES:  # the last one is left for `finish`
                file.write(self._seal(bytes(self._held[:CHUNK_BYTES]), last=False))
                del self._held[:CHUNK_BYTES]

    def finish(self) -> None:
        """Raises:
        OSError: the disk takes no more.
        """
        with self._lock:
            file = self._opened()
            file.write(self._seal(bytes(self._held), last=True))
            file.flush()
            os.fsync(file.fileno())
            file.close()
            self._part.replace(self._path)
            folder = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def give_up(self) -> None:
        """Nothing is left of it. May come at any moment, and twice."""
        with self._lock:
            if self._file is not None:
                self._file.close()
            self._part.unlink(missing_ok=True)
            self._path.unlink(missing_ok=True)

    def _opened(self) -> BinaryIO:
        if self._file is None:
            self._part.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            self._file = os.fdopen(descriptor, "wb")
            self._file.write(self._head)
        return self._file

    def _seal(self, content: bytes, *, last: bool) -> bytes:
        nonce = _nonce(self._index)
        self._index += 1
        return self._cipher.encrypt(nonce, bytes((last,)) + content, self._head + nonce)


class SealedReader:
    """Blocking: call it on a thread. Not shared between threads.

    Raises:
        Tampered: it is not whole, or not of this program.
        KeyProblem: the key that sealed it is not in the key file.
    """

    def __init__(self, file: BinaryIO, keys: Keys, evidence_id: str) -> None:
        self._file = file
        total = file.seek(0, os.SEEK_END)
        file.seek(0)
        self._head = file.read(_HEADER.size)
        if len(self._head) < _HEADER.size or not self._head.startswith(MAGIC):
            raise Tampered("the file is no evidence of this program")
        _, key_id, salt, its_id = _HEADER.unpack(self._head)
        if its_id.hex() != evidence_id:
            raise Tampered("the file is that of another piece of evidence")
        self._cipher = AESGCM(keys.derive(PURPOSE, salt, key_id))
        sealed = total - _HEADER.size
        self.chunks = -(-sealed // _SEALED_BYTES)
        self.size_bytes = sealed - self.chunks * (1 + _TAG_BYTES)
        if self.chunks < 1 or self.size_bytes < 0:
            raise Tampered("the file is cut off")
        self.chunk(self.chunks - 1)  # proves that nothing is cut off

    def read(self, first: int, count: int) -> bytes:
        """At most `count` bytes from `first` on, up to the end of a chunk; b"": there are none.

        Raises:
            Tampered.
        """
        if not 0 <= first < self.size_bytes:
            return b""
        index, offset = divmod(first, CHUNK_BYTES)
        return self.chunk(index)[offset : offset + count]

    def close(self) -> None:
        self._file.close()

    def chunk(self, index: int) -> bytes:
        """The content of one chunk."""
        self._file.seek(_HEADER.size + index * _SEALED_BYTES)
        nonce = _nonce(index)
        try:
            plain = self._cipher.decrypt(nonce, self._file.read(_SEALED_BYTES), self._head + nonce)
        except InvalidTag:
            raise Tampered("a part of the file was changed, moved or cut off") from None
        if bool(plain[0]) is not (index == self.chunks - 1):
            raise Tampered("the file is cut off")
        return plain[1:]


def reseal(keys: Keys, evidence_id: str, source: BinaryIO, target: BinaryIO) -> None:
    """The same content under the key of today and a new salt.

    Raises:
        Tampered: it does not open.
    """
    reader = SealedReader(source, keys, evidence_id)
    salt = secrets.token_bytes(SALT_BYTES)
    key_id = keys.current_id
    head = _HEADER.pack(MAGIC, key_id, salt, bytes.fromhex(evidence_id))
    cipher = AESGCM(keys.derive(PURPOSE, salt, key_id))
    target.write(head)
    for index in range(reader.chunks):
        last = index == reader.chunks - 1
        content = bytes((last,)) + reader.chunk(index)
        target.write(cipher.encrypt(_nonce(index), content, head + _nonce(index)))


def _nonce(index: int) -> bytes:
    return index.to_bytes(12, "big")

"""The file of a recording: a header and sealed chunks.

    header  8 bytes magic "HLREC\\0\\0\\1", 4 bytes key id, 16 bytes salt, 16 bytes recording id,
            4 bytes rate in Hz (big-endian)
    chunk   4 bytes length, then that many bytes of AES-256-GCM ciphertext with tag
    plain   1 byte kind (0 audio, 1 end), 8 bytes first frame, 4 bytes frames, then for audio
            caller and hotline channel, each: 1 byte codec, 1 byte packed, 4 bytes length, data

Each file has its own key, HKDF of the master key with the file's salt, so the nonce is simply
the chunk's index and can never repeat under one key. The header and the index are
authenticated with every chunk: a chunk that was changed, moved, repeated or taken from another
file does not open. A chunk names its first frame, so a gap (a full disk) becomes silence of
the right length. The end chunk proves that nothing was cut off behind it.

Audio is kept as G.711: a telephone line carries nothing else, an A-law or mu-law line is kept
bit for bit, and wideband speech keeps its bandwidth at mu-law's 38 dB. Silence packs to nearly
nothing with zlib; speech hardly packs at all, and is then left as it is.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from call_logs.recordings.g711 import ALAW, MULAW, Codec
from call_logs.recordings.recording import RATES_HZ
from call_logs.storage.errors import Tampered
from call_logs.storage.keys import KEY_ID_BYTES, Keys

MAGIC = b"HLREC\0\0\1"
SALT_BYTES = 16
_HEADER = struct.Struct(f">{len(MAGIC)}s{KEY_ID_BYTES}s{SALT_BYTES}s16sI")
HEADER_BYTES = _HEADER.size
_LENGTH = struct.Struct(">I")
_CHUNK = struct.Struct(">BQI")
_CHANNEL = struct.Struct(">BBI")
AUDIO, END = 0, 1
CHUNK_LIMIT_BYTES = 4 * 1024 * 1024
_CODECS: dict[int, Codec] = {codec.id: codec for codec in (MULAW, ALAW)}

Samples = npt.NDArray[np.int16]


@dataclass(frozen=True)
class Header:
    key_id: bytes
    salt: bytes
    recording_id: str
    rate_hz: int

    def encode(self) -> bytes:
        return _HEADER.pack(
            MAGIC, self.key_id, self.salt, bytes.fromhex(self.recording_id), self.rate_hz
        )

    @classmethod
    def decode(cls, data: bytes) -> Header:
        """Raises:
        Tampered: not a recording, or cut within its header.
        """
        if len(data) < HEADER_BYTES or data[: len(MAGIC)] != MAGIC:
            raise Tampered("the file is not a recording of this program")
        _, key_id, salt, recording_id, rate_hz = _HEADER.unpack(data[:HEADER_BYTES])
        if rate_hz not in RATES_HZ:
            raise Tampered(f"the recording says that it was made at {rate_hz} Hz: it has no sound")
        return cls(key_id, salt, recording_id.hex(), rate_hz)


@dataclass(frozen=True)
class Chunk:
    """An opened chunk: two channels of `frames` samples from frame `start` on."""

    kind: int
    start: int
    caller: Samples
    hotline: Samples


class Sealer:
    """Makes and opens the chunks of one file."""

    def __init__(self, header: Header, keys: Keys) -> None:
        self.header = header
        self._head = header.encode()
        self._cipher = AESGCM(keys.derive("recordings", header.salt, header.key_id))

    def seal(self, index: int, kind: int, start: int, caller: Samples, hotline: Samples) -> bytes:
        """A framed chunk, ready to append. Both channels have the same length."""
        plain = _CHUNK.pack(kind, start, len(caller))
        if kind == AUDIO:
            plain += _pack(caller) + _pack(hotline)
        return self.framed(index, plain)

    def framed(self, index: int, plain: bytes) -> bytes:
        """A chunk of these plain bytes, ready to append."""
        sealed = self._cipher.encrypt(_nonce(index), plain, self._head + _nonce(index))
        return _LENGTH.pack(len(sealed)) + sealed

    def open(self, index: int, sealed: bytes) -> Chunk:
        """Raises:
        Tampered: it is not the chunk that was sealed with this index in this file.
        """
        plain = self.plain(index, sealed)
        kind, start, frames = _CHUNK.unpack_from(plain)
        if kind == END:
            empty = np.zeros(0, np.int16)
            return Chunk(kind, start, empty, empty)
        caller, offset = _unpack(plain, _CHUNK.size)
        hotline, _ = _unpack(plain, offset)
        if len(caller) != frames or len(hotline) != frames:
            raise Tampered(f"chunk {index} of recording {self.header.recording_id} is malformed")
        return Chunk(kind, start, caller, hotline)

    def plain(self, index: int, sealed: bytes) -> bytes:
        """What was sealed, as bytes.

        Raises:
            Tampered: as `open`.
        """
        try:
            return self._cipher.decrypt(_nonce(index), sealed, self._head + _nonce(index))
        except InvalidTag:
            raise Tampered(
                f"chunk {index} of recording {self.header.recording_id} was changed or moved"
            ) from None


def read_header(file: BinaryIO) -> Header:
    """Raises:
    Tampered: see `Header.decode`.
    """
    file.seek(0)
    return Header.decode(file.read(HEADER_BYTES))


def frames_of(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """(offset, length) of each whole chunk's ciphertext; a torn tail is left out."""
    size = file.seek(0, 2)
    offset = HEADER_BYTES
    while offset + _LENGTH.size <= size:
        file.seek(offset)
        (length,) = _LENGTH.unpack(file.read(_LENGTH.size))
        offset += _LENGTH.size
        if length > CHUNK_LIMIT_BYTES or offset + length > size:
            return
        yield offset, length
        offset += length


def _nonce(index: int) -> bytes:
    return index.to_bytes(12, "big")


def _pack(samples: Samples) -> bytes:
    codec, data = _encode(samples)
    packed = zlib.compress(data, 1)
    is_packed = len(packed) < len(data)
    data = packed if is_packed else data
    return _CHANNEL.pack(codec.id, is_packed, len(data)) + data


def _encode(samples: Samples) -> tuple[Codec, bytes]:
    alaw = ALAW.encode(samples)
    if np.array_equal(ALAW.decode(alaw), samples):
        return ALAW, alaw
    return MULAW, MULAW.encode(samples)


def _unpack(plain: bytes, offset: int) -> tuple[Samples, int]:
    codec_id, is_packed, length = _CHANNEL.unpack_from(plain, offset)
    offset += _CHANNEL.size
    data = plain[offset : offset + length]
    if is_packed:
        data = zlib.decompress(data)
    return _CODECS[codec_id].decode(data), offset + length

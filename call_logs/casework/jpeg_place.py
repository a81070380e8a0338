"""A JPEG without the place where it was taken, while it passes through.

A telephone writes the place into the picture. What stands on a ticket is the place of the
matter; where the owner's home is on the map, or where a witness stood, is nobody's business.
The picture itself stays as it was, bit for bit: only the segments before it change, and what
telephones hang on behind its end (previews with a place of their own, short films) goes.

Segments: ITU-T T.81, annex B. The place: Exif 2.3, section 4.6.6 (GPS); XMP and IPTC may have it
as well and go as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto

__all__ = ["BrokenPicture", "PlaceRemover"]

_SOI, _EOI, _SOS, _APP1, _APP13 = 0xD8, 0xD9, 0xDA, 0xE1, 0xED
_STANDS_ALONE = {0x01, _SOI, _EOI, *range(0xD0, 0xD8)}  # markers without a length
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7]")
_FILLING = re.compile(rb"\xff+")
_EXIF = b"Exif\0\0"
_GPS = 0x8825  # the tag that leads to the place
_MOST_SEGMENTS = 10_000  # a telephone writes some dozens


class BrokenPicture(ValueError):
    """Not built as a JPEG is: what is in it cannot be told."""


class _At(Enum):
    MARKER = auto()
    SCAN = auto()  # the picture's own bytes, up to the next marker
    END = auto()


class PlaceRemover:
    """Takes a JPEG in pieces of any size and gives it back without a place."""

    def __init__(self) -> None:
        self._held = bytearray()  # gives up its beginning without a copy of the rest
        self._at = _At.MARKER
        self._segments = 0
        self._exif = False  # it was there: a picture has one

    def feed(self, piece: bytes) -> bytes:
        """Raises:
        BrokenPicture.
        """
        if self._at is _At.END:
            return b""
        self._held += piece
        return b"".join(self._parts())

    def close(self) -> bytes:
        """What is still held. A picture may be cut off in its own bytes, and nowhere else.

        Raises:
            BrokenPicture: it was cut off before its picture began.
        """
        if self._at is _At.MARKER:
            raise BrokenPicture("it ends before its picture begins")
        held = self._take(len(self._held))
        return b"" if self._at is _At.END else held

    def _parts(self) -> Iterator[bytes]:
        while True:
            part = self._scan() if self._at is _At.SCAN else self._segment()
            if part is None or self._at is _At.END:
                yield part or b""
                return
            yield part

    def _segment(self) -> bytes | None:
        """The next marker with all that belongs to it; None: more must come first."""
        length = self._length()
        if length is None or len(self._held) < length:
            return None
        self._segments += 1
        if self._segments > _MOST_SEGMENTS:
            raise BrokenPicture("it has more parts than any picture")
        marker, segment = self._held[1], self._take(length)
        if marker == _EOI:
            self._at = _At.END
        elif marker == _SOS:
            self._at = _At.SCAN
        elif marker == _APP13:
            return b""
        if marker != _APP1:
            return segment
        if self._exif:
            return b""
        kept = _without_place(segment)
        self._exif = segment.startswith(_EXIF, 4)
        return kept

    def _length(self) -> int | None:
        """Of the next marker with all that belongs to it; None: more must come first."""
        if len(self._held) < 2:
            return None
        if self._held[0] != 0xFF:
            raise BrokenPicture("a part of it does not begin as one")
        if self._held[1] == 0xFF:  # filling, up to the marker's own
            return max(1, _FILLING.match(self._held).end() - 1)  # type: ignore[union-attr]
        if self._held[1] in _STANDS_ALONE:
            return 2
        if len(self._held) < 4:
            return None
        length = int.from_bytes(self._held[2:4], "big")
        if length < 2:
            raise BrokenPicture("a part of it has no length")
        return 2 + length

    def _scan(self) -> bytes | None:
        """The picture's bytes up to the next marker that is none of its own; None: more must
        come."""
        found = _NEXT_MARKER.search(self._held)
        if found is not None:
            self._at = _At.MARKER
            return self._take(found.start())
        whole = len(self._held) - self._held.endswith(b"\xff")  # what follows has yet to come
        return self._take(whole) or None

    def _take(self, count: int) -> bytes:
        taken = bytes(self._held[:count])
        del self._held[:count]
        return taken


def _without_place(segment: bytes) -> bytes:
    content = segment[4:]
    if not content.startswith(_EXIF):
        return b""  # XMP
    from PIL import Image  # of use here alone, and slow to import

    exif = Image.Exif()
    try:
        exif.load(content)
        if _GPS not in exif:
            return segment
        del exif[_GPS]
        written: bytes = exif.tobytes()
    except Exception:
        # Whatever a broken table makes the library raise: without it there is no place.
        return b""
    if not written.startswith(_EXIF):
        written = _EXIF + written
    if len(written) + 2 > 0xFFFF:
        return b""
    return segment[:2] + (len(written) + 2).to_bytes(2, "big") + written

"""Files as telephones make them."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj <<>> endobj\n"
MP4 = b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41" + bytes(1000)


def jpeg(*, place: bool = True, size: int = 64, noise: int = 7) -> bytes:
    """A photo; with the place in Exif, XMP, IPTC and behind its end, as telephones write it."""
    from PIL import Image

    picture = Image.new("RGB", (size, size))
    picture.putdata([((x * noise) % 256, (x * x) % 256, x % 256) for x in range(size * size)])
    exif = Image.Exif()
    exif[0x010F] = "Lotus telephone"
    exif[0x0112] = 6
    if place:
        exif.get_ifd(0x8825).update({1: "N", 2: (31.0, 12.0, 3.0), 3: "E", 4: (121.0, 28.0, 5.0)})
    made = io.BytesIO()
    picture.save(made, "JPEG", exif=exif, quality=90)
    plain = made.getvalue()
    if not place:
        return plain
    xmp = b"http://ns.adobe.com/xap/1.0/\0<x exif:GPSLatitude='31,12.05N'/>"
    iptc = b"Photoshop 3.0\0city: Shanghai"
    more = _segment(0xE1, xmp) + _segment(0xED, iptc)
    return plain[:2] + more + plain[2:] + b"MotionPhoto GPSLatitude 31.2"


def _segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(content) + 2).to_bytes(2, "big") + content


async def in_pieces(content: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]

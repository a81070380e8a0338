"""What kind a file is, by its first bytes and by nothing else: a name can say anything."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["HEAD_BYTES", "EvidenceKind", "kind_of"]

HEAD_BYTES = 4096  # enough of a file to tell its kind


class EvidenceKind(StrEnum):
    """What is known how to show. Its value is also the ending of the file that is sent."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    HEIC = "heic"
    MP4 = "mp4"
    MOV = "mov"
    WEBM = "webm"
    PDF = "pdf"

    @property
    def media_type(self) -> str:
        return _MEDIA_TYPES[self]

    @property
    def shown(self) -> str:
        """How a browser shows it on a page: `image`, `video`, or "" for a link alone."""
        family = self.media_type.partition("/")[0]
        return family if family in ("image", "video") and self is not EvidenceKind.HEIC else ""


_MEDIA_TYPES = {
    EvidenceKind.JPEG: "image/jpeg",
    EvidenceKind.PNG: "image/png",
    EvidenceKind.WEBP: "image/webp",
    EvidenceKind.HEIC: "image/heic",
    EvidenceKind.MP4: "video/mp4",
    EvidenceKind.MOV: "video/quicktime",
    EvidenceKind.WEBM: "video/webm",
    EvidenceKind.PDF: "application/pdf",
}


def kind_of(head: bytes) -> EvidenceKind | None:
    """The kind of a file that begins with `head`; None: none that we know."""
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12])
    if head.startswith(b"RIFF"):
        return EvidenceKind.WEBP if head[8:12] == b"WEBP" else None
    if head.startswith(b"\x1a\x45\xdf\xa3"):  # Matroska, of which WebM is a part
        return EvidenceKind.WEBM if b"webm" in head[:64] else None
    return next((kind for sign, kind in _SIGNS.items() if head.startswith(sign)), None)


_SIGNS = {
    b"\xff\xd8\xff": EvidenceKind.JPEG,
    b"\x89PNG\r\n\x1a\n": EvidenceKind.PNG,
    b"%PDF-": EvidenceKind.PDF,
}

# The major brands of ISO media files (ISO/IEC 14496-12), which stand behind `ftyp`.
_BRANDS = {
    b"qt  ": EvidenceKind.MOV,
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"mif1"), EvidenceKind.HEIC),
    **dict.fromkeys(
        (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V "),
        EvidenceKind.MP4,
    ),
    **dict.fromkeys((b"3gp4", b"3gp5", b"3gp6", b"MSNV", b"dash"), EvidenceKind.MP4),
}

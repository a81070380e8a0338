"""No photo keeps the place where it was taken, and each stays the picture it was."""

from __future__ import annotations

import io
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from call_logs.casework.jpeg_place import BrokenPicture, PlaceRemover
from tests.pictures import jpeg

PHOTO = jpeg()


def removed(content: bytes, size: int = 10_000) -> bytes:
    remover = PlaceRemover()
    pieces = [remover.feed(content[at : at + size]) for at in range(0, len(content), size)]
    return b"".join(pieces) + remover.close()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100, 10_000])
def test_the_place_goes_and_everything_else_stays(size: int) -> None:
    after = removed(PHOTO, size)
    picture, before = Image.open(io.BytesIO(after)), Image.open(io.BytesIO(PHOTO))
    assert before.getexif().get_ifd(0x8825)
    assert not picture.getexif().get_ifd(0x8825)
    assert 0x8825 not in picture.getexif()
    assert (picture.getexif()[0x010F], picture.getexif()[0x0112]) == ("Lotus telephone", 6)
    assert b"GPS" not in after
    assert b"Shanghai" not in after
    assert picture.tobytes() == before.tobytes()


def test_a_photo_without_a_place_stays_bit_for_bit() -> None:
    assert removed(jpeg(place=False)) == jpeg(place=False)


def test_a_progressive_photo_of_many_scans_stays_bit_for_bit() -> None:
    made = io.BytesIO()
    Image.open(io.BytesIO(PHOTO)).save(made, "JPEG", progressive=True)
    assert removed(made.getvalue(), 13) == made.getvalue()


@given(st.binary(max_size=300))
def test_whatever_it_is_fed_it_ends(content: bytes) -> None:
    with suppress(BrokenPicture):
        removed(b"\xff\xd8\xff" + content, 5)


@pytest.mark.filterwarnings("ignore::UserWarning")
@given(st.integers(2, len(PHOTO)), st.binary(min_size=1, max_size=6))
def test_a_damaged_photo_never_keeps_its_place(at: int, noise: bytes) -> None:
    try:
        after = removed(PHOTO[:at] + noise + PHOTO[at + len(noise) :])
        found = Image.open(io.BytesIO(after)).getexif().get_ifd(0x8825)
    except Exception:
        return  # refused, or nothing that opens
    assert not found


@pytest.mark.parametrize("filling", [b"\xff", b"\xff\x01", b"\xff\xfe\0\2", b"\xff\xd8"])
def test_a_photo_of_nothing_but_markers_is_no_work(filling: bytes) -> None:
    began = time.process_time()
    with suppress(BrokenPicture):
        removed(b"\xff\xd8" + filling * (2_000_000 // len(filling)), 65_536)
    assert time.process_time() - began < 1  # 0.2 s for each piece, once


def test_filling_before_a_marker_stays() -> None:
    filled = PHOTO[:2] + b"\xff" * 20_000 + PHOTO[2:]
    after = removed(filled, 777)
    assert after.startswith(b"\xff\xd8" + b"\xff" * 20_000)
    assert Image.open(io.BytesIO(after)).tobytes() == Image.open(io.BytesIO(PHOTO)).tobytes()


def test_a_second_table_of_the_camera_goes() -> None:
    """A picture has one; each is work, and a large file has room for thousands."""
    plain = jpeg(place=False)
    length = int.from_bytes(plain[plain.index(b"\xff\xe1") + 2 :][:2], "big")
    exif = plain[plain.index(b"\xff\xe1") :][: length + 2]
    assert (
        removed(plain[:2] + exif * 300 + plain[2:])
        == plain[:2] + exif + plain.replace(exif, b"", 1)[2:]
    )

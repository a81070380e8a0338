"""No photo keeps the place where it was taken, and each stays the picture it was."""

from __future__ import annotations

import io
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

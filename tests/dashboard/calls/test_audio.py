"""A recording is a WAV file of which a browser may ask for any part."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import pytest

from call_logs import Store
from dashboard.calls.audio import ByteRange, UnsatisfiableRange, parse_range
from tests.dashboard.browserless import Visitor
from tests.dashboard.morning import RATE_HZ, report, voice


@pytest.mark.parametrize(
    ("header", "part"),
    [
        (None, None),
        ("bytes=0-", ByteRange(0, 99)),
        ("bytes=10-19", ByteRange(10, 19)),
        ("bytes=90-500", ByteRange(90, 99)),
        ("bytes=-10", ByteRange(90, 99)),
        ("bytes=-500", ByteRange(0, 99)),
        ("bytes=20-10", None),
        ("bytes=0-1,5-6", None),
        ("lines=1-2", None),
        ("bytes=-", None),
    ],
)
def test_ranges_are_read_as_http_counts_them(header: str | None, part: ByteRange | None) -> None:
    assert parse_range(header, 100) == part


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=-0"])
def test_a_range_outside_the_file_is_refused(header: str) -> None:
    with pytest.raises(UnsatisfiableRange):
        parse_range(header, 100)


async def test_the_whole_recording_is_a_wav_file_of_the_caller(
    store: Store, operator: Visitor
) -> None:
    told = await report(store, seconds=5.0)

    answer = await operator.get(f"/api/v1/recordings/{told.recording_id}/audio?channel=caller")

    assert answer.status_code == 200
    assert answer.headers["accept-ranges"] == "bytes"
    with wave.open(io.BytesIO(answer.content)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE_HZ)
        assert file.getnframes() == 5 * RATE_HZ
        assert len(file.readframes(file.getnframes())) == len(voice(5.0))


async def test_any_part_equals_the_same_bytes_of_the_whole(store: Store, operator: Visitor) -> None:
    told = await report(store, seconds=5.0)
    address = f"/api/v1/recordings/{told.recording_id}/audio"
    whole = (await operator.get(address)).content

    for first, last in [(0, 0), (0, 43), (40, 50), (44, 44), (32_043, 32_045), (70_001, 80_043)]:
        part = await operator.get(address, Range=f"bytes={first}-{last}")
        assert part.status_code == 206
        assert part.content == whole[first : last + 1]
        assert part.headers["content-range"] == f"bytes {first}-{last}/{len(whole)}"

    assert (await operator.get(address, Range=f"bytes={len(whole)}-")).status_code == 416


async def test_nothing_readable_is_left_on_the_disk(
    store: Store, operator: Visitor, tmp_path: Path
) -> None:
    told = await report(store, seconds=2.0)
    answer = await operator.get(f"/api/v1/recordings/{told.recording_id}/audio?channel=caller")
    piece = answer.content[1000:1200]

    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if piece in path.read_bytes()]


async def test_listening_is_written_down_once_however_many_parts_are_asked_for(
    store: Store, operator: Visitor
) -> None:
    told = await report(store)
    address = f"/api/v1/recordings/{told.recording_id}/audio"

    for first in (0, 100, 5000):
        await operator.get(address, Range=f"bytes={first}-")

    log = await store.access.list(subject="recording")
    assert [(row.user_name, row.action, row.key) for row in log.items] == [
        ("operator", "listened", told.recording_id)
    ]


async def test_the_waveform_has_both_channels(store: Store, operator: Visitor) -> None:
    told = await report(store, seconds=5.0)

    shape = (await operator.get(f"/api/v1/recordings/{told.recording_id}/peaks?count=50")).json()

    assert shape["duration_s"] == pytest.approx(5.0)
    assert len(shape["caller"]) == len(shape["hotline"]) == 50
    assert max(shape["caller"]) > 0.2
    assert max(shape["hotline"]) < 0.01

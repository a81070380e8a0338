from __future__ import annotations

import errno
import io
import os
import secrets
import signal
import subprocess
import sys
import threading
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from call_logs.recordings import Channel, Recording, RecordingReader
from call_logs.recordings import writer as module
from call_logs.recordings.format import HEADER_BYTES, Header
from call_logs.recordings.g711 import ALAW, MULAW
from call_logs.recordings.recording import RecordingStatus
from call_logs.recordings.writer import Recorder, RecordingWriter
from call_logs.storage import SYSTEM_CLOCK, KeyProblem, Keys, Tampered

RATE_HZ = 8000
ID = "ab" * 16


def row(recording_id: str = ID, rate_hz: int = RATE_HZ) -> Recording:
    return Recording(
        recording_id,
        "cd" * 16,
        rate_hz,
        SYSTEM_CLOCK.now(),
        None,
        0.0,
        0,
        RecordingStatus.SEALED,
        "",
        "",
    )


def read(path: Path, keys: Keys) -> RecordingReader:
    return RecordingReader(io.BytesIO(path.read_bytes()), keys, row())


def line(seconds: float, *, alaw: bool = False, seed: int = 1) -> bytes:
    """Noise as a G.711 line carries it: kept bit for bit."""
    codec = ALAW if alaw else MULAW
    data = np.random.default_rng(seed).integers(0, 256, round(seconds * RATE_HZ), np.uint8)
    return codec.decode(data.tobytes()).astype("<i2").tobytes()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "live" / f"{ID}.hrec"


@pytest.fixture
def recorder(keys: Keys) -> Iterator[Recorder]:
    recorder = Recorder(keys)
    yield recorder
    recorder.close()


def record(recorder: Recorder, path: Path, caller: bytes, hotline: bytes) -> RecordingWriter:
    writer = recorder.open(ID, RATE_HZ, path)
    for offset in range(0, max(len(caller), len(hotline)), 640):
        writer.write(caller[offset : offset + 640], hotline[offset : offset + 640])
    sealed = writer.finish()
    recorder.hurry()
    sealed.result(timeout=10)
    return writer


def test_what_was_recorded_comes_back_bit_for_bit(
    recorder: Recorder, path: Path, keys: Keys
) -> None:
    caller, hotline = line(3.2), line(3.2, alaw=True, seed=2)
    record(recorder, path, caller, hotline)
    with read(path, keys) as reader:
        assert reader.complete
        assert reader.rate_hz == RATE_HZ
        assert reader.duration_s == pytest.approx(3.2)
        assert reader.pcm(Channel.CALLER) == caller
        assert reader.pcm(Channel.HOTLINE) == hotline
        assert reader.pcm(Channel.CALLER, 1.0, 2.5) == caller[16000:40000]
        assert reader.pcm(Channel.CALLER, 3.0, 99.0) == caller[48000:]
        assert reader.pcm(Channel.CALLER, 5.0, 6.0) == b""


def test_a_wav_has_the_caller_left_or_both_mixed(
    recorder: Recorder, path: Path, keys: Keys
) -> None:
    caller, hotline = line(1.0), line(1.0, seed=2)
    record(recorder, path, caller, hotline)
    with read(path, keys) as reader:
        stereo_file, mixed_file = reader.wav(0.25, 0.75), reader.wav(mixed=True)
    with wave.open(io.BytesIO(stereo_file)) as stereo:
        assert stereo.getparams()[:4] == (2, 2, RATE_HZ, 4000)
        both = np.frombuffer(stereo.readframes(4000), "<i2").reshape(-1, 2)
    assert both[:, 0].tobytes() == caller[4000:12000]
    assert both[:, 1].tobytes() == hotline[4000:12000]
    total = np.frombuffer(caller, "<i2").astype(int) + np.frombuffer(hotline, "<i2")
    expected = total.clip(-32768, 32767)
    with wave.open(io.BytesIO(mixed_file)) as mixed:
        assert mixed.getnchannels() == 1
        assert np.array_equal(np.frombuffer(mixed.readframes(RATE_HZ), "<i2"), expected)


def test_peaks_show_where_it_was_loud(recorder: Recorder, path: Path, keys: Keys) -> None:
    loud = np.full(RATE_HZ, 32124, "<i2").tobytes()
    record(recorder, path, bytes(16000) + loud, loud + bytes(16000))
    with read(path, keys) as reader:
        caller, hotline = reader.peaks(4)
    assert caller == pytest.approx((0, 0, 0.98, 0.98), abs=0.01)
    assert hotline == pytest.approx((0.98, 0.98, 0, 0), abs=0.01)


def test_silence_takes_hardly_any_space(recorder: Recorder, path: Path, keys: Keys) -> None:
    record(recorder, path, bytes(160_000), bytes(160_000))
    assert path.stat().st_size < 2000
    with read(path, keys) as reader:
        assert reader.duration_s == 10
        assert np.abs(np.frombuffer(reader.pcm(), "<i2")).max() <= 8


def test_the_file_is_for_its_owner_and_holds_no_audio_in_clear(
    recorder: Recorder, path: Path
) -> None:
    caller = line(1.0)
    record(recorder, path, caller, bytes(16000))
    assert path.stat().st_mode & 0o777 == 0o600
    clear = MULAW.encode(np.frombuffer(caller, "<i2"))
    assert not any(clear[i : i + 16] in path.read_bytes() for i in range(0, 8000, 160))


def test_unequal_pieces_are_filled_with_silence(recorder: Recorder, path: Path, keys: Keys) -> None:
    writer = recorder.open(ID, RATE_HZ, path)
    writer.write(line(0.1), b"")
    writer.write(b"", line(0.2))
    writer.write(b"", b"")
    writer.finish().result(timeout=10)
    writer.write(line(1.0), line(1.0))  # too late: ignored
    with read(path, keys) as reader:
        assert reader.duration_s == pytest.approx(0.3)
        assert reader.pcm(Channel.CALLER, 0.0, 0.1) == line(0.1)
        assert reader.pcm(Channel.HOTLINE, 0.1) == line(0.2)


def test_a_recording_can_be_read_while_it_is_written(
    recorder: Recorder, path: Path, keys: Keys
) -> None:
    writer = recorder.open(ID, RATE_HZ, path)
    writer.write(line(1.0), bytes(16000))
    wait_until(lambda: path.exists() and path.stat().st_size > HEADER_BYTES + 4000)
    with read(path, keys) as reader:
        assert not reader.complete
        assert reader.pcm() == line(1.0)


def test_after_a_kill_all_but_the_last_second_opens(tmp_path: Path, path: Path) -> None:
    keys = Keys.load(tmp_path / "key", environ={})
    program = f"""
import sys, time
from pathlib import Path
from call_logs.storage import Keys
from call_logs.recordings.writer import Recorder
recorder = Recorder(Keys.load(Path({str(tmp_path / "key")!r}), environ={{}}))
writer = recorder.open({ID!r}, {RATE_HZ}, Path({str(path)!r}))
pcm = sys.stdin.buffer.read()
started, sent = time.monotonic(), 0
while True:
    due = int((time.monotonic() - started) * {RATE_HZ}) * 2
    writer.write(pcm[sent:due], pcm[sent:due])
    sent = max(sent, due)
    print(sent, flush=True)
    time.sleep(0.02)
"""
    caller = line(20.0)
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(caller)
        process.stdin.close()
        sent = 0
        while sent < 2.5 * RATE_HZ * 2:
            sent = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)
    with read(path, keys) as reader:
        assert not reader.complete
        assert reader.duration_s >= sent / 2 / RATE_HZ - 1.0
        kept = reader.pcm()
    assert kept == caller[: len(kept)]


def test_a_torn_tail_is_left_out(recorder: Recorder, path: Path, keys: Keys) -> None:
    record(recorder, path, line(12.0), bytes(192_000))
    whole = path.read_bytes()
    with read(path, keys) as reader:
        assert reader.chunks == 4  # three of audio, one that ends
    for cut in (1, 20, 60, 10_000):
        path.write_bytes(whole[:-cut])
        with read(path, keys) as reader:
            assert not reader.complete
            kept = reader.pcm()
            assert len(kept) >= 5 * RATE_HZ * 2
            assert kept == line(12.0)[: len(kept)]


def test_an_interrupted_file_can_be_sealed(recorder: Recorder, path: Path, keys: Keys) -> None:
    record(recorder, path, line(12.0), bytes(192_000))
    path.write_bytes(path.read_bytes()[:-10_000])
    with read(path, keys) as reader:
        good, end, kept = reader.good_bytes, reader.end_chunk(), reader.pcm()
    path.write_bytes(path.read_bytes()[:good] + end)
    with read(path, keys) as reader:
        assert reader.complete
        assert reader.pcm() == kept


def chunks_of(data: bytes) -> list[bytes]:
    chunks, offset = [], HEADER_BYTES
    while offset < len(data):
        length = int.from_bytes(data[offset : offset + 4], "big")
        chunks.append(data[offset : offset + 4 + length])
        offset += 4 + length
    return chunks


Change = Callable[[list[bytes]], list[bytes]]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda c: [c[1], c[0], *c[2:]], id="two chunks exchanged"),
        pytest.param(lambda c: [c[0], *c[2:]], id="a chunk taken out"),
        pytest.param(lambda c: [c[0], c[0], *c[1:]], id="a chunk repeated"),
        pytest.param(lambda c: [c[0][:-1] + bytes([c[0][-1] ^ 1]), *c[1:]], id="a bit changed"),
    ],
)
def test_tampering_is_noticed(recorder: Recorder, path: Path, keys: Keys, change: Change) -> None:
    record(recorder, path, line(12.0), bytes(192_000))
    data = path.read_bytes()
    path.write_bytes(data[:HEADER_BYTES] + b"".join(change(chunks_of(data))))
    with pytest.raises(Tampered):
        read(path, keys)


def test_a_changed_header_and_another_key_are_noticed(
    recorder: Recorder, path: Path, keys: Keys
) -> None:
    record(recorder, path, line(1.0), line(1.0))
    data = path.read_bytes()
    header = Header.decode(data)
    faster = Header(header.key_id, header.salt, header.recording_id, 16000).encode()
    path.write_bytes(faster + data[HEADER_BYTES:])
    with pytest.raises(Tampered):
        read(path, keys)
    path.write_bytes(data)
    with pytest.raises(KeyProblem):
        read(path, Keys.generate())
    path.write_bytes(b"RIFF" + data[4:])
    with pytest.raises(Tampered, match="not a recording"):
        read(path, keys)


class FullDisk:
    """Refuses writes beyond `free` bytes, as a full disk does: part is taken, then ENOSPC."""

    def __init__(self, free: int) -> None:
        self.free = free
        self._pwrite = os.pwrite

    def pwrite(self, descriptor: int, data: memoryview, offset: int) -> int:
        if self.free <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        taken = self._pwrite(descriptor, data[: self.free], offset)
        self.free -= taken
        return taken


def test_on_a_full_disk_the_call_goes_on_and_writing_resumes(
    path: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = FullDisk(free=3000)
    monkeypatch.setattr(os, "pwrite", disk.pwrite)
    writer = RecordingWriter(ID, RATE_HZ, path, keys)
    problems: list[str] = []
    writer.on_problem = problems.append
    first, second = line(1.0), line(1.0, seed=2)
    writer.write(first, first)
    assert writer.step()
    assert "No space left" in writer.problem
    writer.write(second, second)
    assert writer.step()
    disk.free = 1_000_000
    writer.finish()
    assert not writer.step()
    assert writer.problem == ""
    assert [bool(problem) for problem in problems] == [True, False]
    assert "No space left" in writer.sealed.result(timeout=0).problem
    with read(path, keys) as reader:
        assert reader.complete
        assert reader.pcm() == first + second


def test_memory_stays_bounded_while_the_disk_is_full_and_the_gap_is_silence(
    path: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = FullDisk(free=0)
    monkeypatch.setattr(os, "pwrite", disk.pwrite)
    writer = RecordingWriter(ID, RATE_HZ, path, keys)
    seconds = int(module.MEMORY_LIMIT_S) + 10
    for number in range(seconds):
        writer.write(line(1.0, seed=number), bytes(16000))
        assert writer.step()
    disk.free = 10_000_000
    writer.finish()
    assert not writer.step()
    assert "10.0 s of audio were lost" in writer.sealed.result(timeout=0).problem
    with read(path, keys) as reader:
        assert reader.duration_s == seconds
        assert reader.pcm(end_s=10.0) == bytes(160_000)
        assert reader.pcm(start_s=10.0, end_s=11.0) == line(1.0, seed=10)


def test_one_thread_serves_all_recordings_and_holds_nothing_after_them(
    recorder: Recorder, tmp_path: Path, keys: Keys
) -> None:
    def burst() -> None:
        writers = [
            recorder.open(secrets.token_hex(16), RATE_HZ, tmp_path / f"{number}.hrec")
            for number in range(50)
        ]
        for writer in writers:
            writer.write(line(0.2), line(0.2))
        for writer in writers:
            writer.finish()
        recorder.hurry()
        for writer in writers:
            writer.sealed.result(timeout=20)

    burst()
    threads, descriptors = threading.active_count(), len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        burst()
    assert threading.active_count() == threads
    assert len(os.listdir("/proc/self/fd")) == descriptors
    wait_until(lambda: recorder.active() == ())


def wait_until(condition: Callable[[], bool], limit_s: float = 10.0) -> None:
    """For what another thread does: looks again and again, at most `limit_s`."""
    done = threading.Event()
    for _ in range(int(limit_s / 0.02)):
        if condition():
            return
        done.wait(0.02)
    raise AssertionError("it did not happen in time")

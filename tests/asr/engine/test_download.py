"""Resumed downloads against a real server on loopback."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from asr.engine.download import FRUITLESS_TRIES, fetch
from asr.errors import DownloadFailed
from tests.asr.web import Site, serving

BODY = random.Random(7).randbytes(1_000_000)


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(Site()) as site:
        site.files["a.zip"] = BODY
        yield site


class Clock:
    """Counts waits instead of waiting."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)


def get(site: Site, path: Path, clock: Clock | None = None) -> list[tuple[int, int | None]]:
    steps: list[tuple[int, int | None]] = []
    fetch(
        site.url + "a.zip",
        path,
        progress=lambda done, total: steps.append((done, total)),
        wait=(clock or Clock()).wait,
    )
    return steps


def test_a_file_comes_whole_and_progress_ends_at_its_size(site: Site, tmp_path: Path) -> None:
    steps = get(site, tmp_path / "a.zip")
    assert (tmp_path / "a.zip").read_bytes() == BODY
    assert steps[-1] == (len(BODY), len(BODY))
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


def test_a_broken_connection_is_taken_up_where_it_broke(site: Site, tmp_path: Path) -> None:
    site.break_after = [300_000, 200_000]
    steps = get(site, tmp_path / "a.zip")
    assert (tmp_path / "a.zip").read_bytes() == BODY
    assert site.ranges == [None, "bytes=300000-", "bytes=500000-"]
    done = [step[0] for step in steps]
    assert done == sorted(done)


def test_the_next_run_goes_on_from_what_the_last_one_left(site: Site, tmp_path: Path) -> None:
    site.break_after = [400_000] + [0] * FRUITLESS_TRIES
    with pytest.raises(DownloadFailed, match=r"400000 bytes.*same command again"):
        get(site, tmp_path / "a.zip")
    assert not (tmp_path / "a.zip").exists()
    site.ranges.clear()
    get(site, tmp_path / "a.zip")
    assert (tmp_path / "a.zip").read_bytes() == BODY
    assert site.ranges == ["bytes=400000-"]


def test_waits_grow_while_nothing_comes(site: Site, tmp_path: Path) -> None:
    site.refuse = [503] * FRUITLESS_TRIES
    clock = Clock()
    with pytest.raises(DownloadFailed, match="503"):
        get(site, tmp_path / "a.zip", clock)
    assert clock.waits == sorted(set(clock.waits))


def test_a_file_that_changed_on_the_server_is_fetched_anew(site: Site, tmp_path: Path) -> None:
    site.break_after = [400_000] + [0] * FRUITLESS_TRIES
    with pytest.raises(DownloadFailed):
        get(site, tmp_path / "a.zip")
    site.files["a.zip"] = BODY[::-1]
    get(site, tmp_path / "a.zip")
    assert (tmp_path / "a.zip").read_bytes() == BODY[::-1]


def test_a_part_longer_than_the_file_is_thrown_away(site: Site, tmp_path: Path) -> None:
    (tmp_path / "a.zip.part").write_bytes(BODY + b"junk")
    (tmp_path / "a.zip.part.version").write_text(site.etag("a.zip"))
    get(site, tmp_path / "a.zip")
    assert (tmp_path / "a.zip").read_bytes() == BODY


def test_a_missing_file_fails_at_once(site: Site, tmp_path: Path) -> None:
    del site.files["a.zip"]
    clock = Clock()
    with pytest.raises(DownloadFailed, match="404"):
        get(site, tmp_path / "a.zip", clock)
    assert clock.waits == []


def test_an_unreachable_server_is_named(tmp_path: Path) -> None:
    site = Site()
    with serving(site):
        pass
    with pytest.raises(DownloadFailed, match=r"127\.0\.0\.1.*refused.*check the network"):
        get(site, tmp_path / "a.zip")

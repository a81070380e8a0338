"""Installing a speech model from Vosk's own site."""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, ZipFile

from vosk import MODEL_PRE_URL

from asr.engine.download import Progress, fetch, fetch_small
from asr.engine.models import RECOMMENDED, ModelInfo, check_model_folder
from asr.errors import DownloadFailed, ModelBroken, ModelNotFound

_LIST = "model-list.json"  # name, size and MD5 of every model, beside the models
_LIST_LIMIT_BYTES = 4_000_000
UNPACK_PREFIX = ".unpack-"


@dataclass(frozen=True)
class _Listed:
    """What the site's list says of a model."""

    size: int | None
    md5: str | None


def install_model(
    language: str,
    home: Path,
    *,
    progress: Progress,
    base_url: str = MODEL_PRE_URL,
    wait: Callable[[float], None] = time.sleep,
) -> ModelInfo:
    """Download the model recommended for `language` into `home/models`; blocks for minutes.

    A download that broke off goes on where it stopped, also in a later run. The model appears
    under its name only when it is whole. `progress(done_bytes, total_bytes)`; the total is
    None when the server does not say. `wait(seconds)` passes the time between tries.

    Raises:
        ModelNotFound: no model is recommended for the language.
        DownloadFailed: unreachable, broken, or no room; the message says what to do.
    """
    name = RECOMMENDED.get(language)
    if name is None:
        known = ", ".join(RECOMMENDED)
        raise ModelNotFound(f"no speech model is known for {language!r}; known: {known}")
    models = home / "models"
    models.mkdir(parents=True, exist_ok=True)
    target = models / name
    with only_one(models):
        for stale in models.glob(f"{UNPACK_PREFIX}*"):
            shutil.rmtree(stale)
        if not target.exists():
            archive = models / f"{name}.zip"
            if not archive.exists():
                _download(name, archive, base_url, progress, wait)
            _unpack(archive, name, target)
            archive.unlink()
    check_model_folder(target)
    return ModelInfo(language, name, target, "home")


@contextmanager
def only_one(models: Path) -> Iterator[None]:
    """Two installations at once would write the same file."""
    with (models / ".install.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DownloadFailed("another installation is running; wait until it ends") from error
        yield


def _download(
    name: str, archive: Path, base_url: str, progress: Progress, wait: Callable[[float], None]
) -> None:
    listed = _listed(name, base_url)
    if listed.size is not None:
        _check_room(archive.parent, listed.size)
    url = f"{base_url.rstrip('/')}/{name}.zip"
    fresh = archive.with_name(archive.name + ".unchecked")
    try:
        fetch(url, fresh, progress=progress, wait=wait)
    except DownloadFailed as failure:
        raise DownloadFailed(
            f"{failure}; or fetch it elsewhere, unpack it and move the folder to {archive.parent}"
        ) from failure
    if not _is_as_listed(fresh, listed):
        fresh.unlink()
        raise DownloadFailed(f"{url} is not what its list says (size or MD5); try again later")
    fresh.replace(archive)


def _listed(name: str, base_url: str) -> _Listed:
    """Size and checksum from the site's list; unknown when the list cannot be had."""
    body = fetch_small(f"{base_url.rstrip('/')}/{_LIST}", limit_bytes=_LIST_LIMIT_BYTES)
    try:
        entries = json.loads(body) if body is not None else []
        entry = next(entry for entry in entries if entry["name"] == name)
        return _Listed(size=int(entry["size"]), md5=str(entry["md5"]).lower())
    except (ValueError, KeyError, TypeError, StopIteration):
        return _Listed(None, None)


def _check_room(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    needed = 3 * size  # the archive, and about twice that unpacked
    if free < needed:
        raise DownloadFailed(
            f"{folder} has {free // 1_000_000} MB free and the model takes "
            f"{needed // 1_000_000} MB; make room and try again"
        )


def _is_as_listed(path: Path, listed: _Listed) -> bool:
    if listed.size is not None and path.stat().st_size != listed.size:
        return False
    if listed.md5 is None:
        return True
    with path.open("rb") as file:
        # MD5 guards against damage here, not against an attacker; the site offers nothing else.
        found = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))
    return found.hexdigest() == listed.md5


def _unpack(archive: Path, name: str, target: Path) -> None:
    """Unpack beside the target and move it there when it is a whole model."""
    folder = Path(tempfile.mkdtemp(prefix=UNPACK_PREFIX, dir=target.parent))
    try:
        with ZipFile(archive) as contents:
            for entry in contents.namelist():
                if PurePosixPath(entry).parts[:1] != (name,) or ".." in PurePosixPath(entry).parts:
                    raise DownloadFailed(f"{archive.name} holds {entry!r}, outside of {name}/")
            contents.extractall(folder)  # checks each file's CRC
        check_model_folder(folder / name)
        (folder / name).replace(target)
    except (BadZipFile, ModelBroken, DownloadFailed) as error:
        archive.unlink()
        raise DownloadFailed(f"the downloaded model is damaged ({error}); try again") from error
    except OSError as error:
        raise DownloadFailed(f"cannot unpack {archive}: {error.strerror}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)

"""Installing a model from a site that looks like Vosk's."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from asr.engine import (
    RECOMMENDED,
    ModelInfo,
    embedded_model,
    find_model,
    install_model,
    load_model,
    transcribe,
)
from asr.errors import DownloadFailed, ModelNotFound
from tests.asr.speech import RATE_HZ, say
from tests.asr.web import Site, serving

NAME = RECOMMENDED["zh-CN"]


def zipped(folder: Path, name: str) -> bytes:
    buffer = io.BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, f"{name}/{path.relative_to(folder)}")
    return buffer.getvalue()


@pytest.fixture(scope="module")
def archive() -> bytes:
    """The test model packed as the real one is."""
    return zipped(embedded_model().path, NAME)


def listing(archive: bytes) -> bytes:
    md5 = hashlib.md5(archive, usedforsecurity=False).hexdigest()
    entry = {"name": NAME, "lang": "cn", "size": len(archive), "md5": md5, "obsolete": "false"}
    return json.dumps([{"name": "vosk-model-el-gr-0.7", "size": 1, "md5": "0"}, entry]).encode()


@pytest.fixture
def site(archive: bytes) -> Iterator[Site]:
    with serving(Site()) as site:
        site.files = {f"{NAME}.zip": archive, "model-list.json": listing(archive)}
        yield site


def install(site: Site, home: Path) -> ModelInfo:
    return install_model(
        "zh-CN",
        home,
        progress=lambda done, total: None,
        base_url=site.url,
        wait=lambda seconds: None,
    )


def leftovers(home: Path) -> set[str]:
    return {path.name for path in (home / "models").iterdir()} - {NAME, ".install.lock"}


def test_an_installed_model_is_found_and_hears(site: Site, tmp_path: Path) -> None:
    info = install(site, tmp_path)
    assert info == find_model("zh-CN", configured=None, home=tmp_path)
    assert info.name == NAME
    assert not info.synthetic_only
    heard = transcribe(load_model(info), say("楼道灯坏了"), RATE_HZ)
    assert heard.text == "楼道灯坏了"
    assert leftovers(tmp_path) == set()


def test_a_second_installation_asks_nobody(site: Site, tmp_path: Path) -> None:
    install(site, tmp_path)
    site.ranges.clear()
    install(site, tmp_path)
    assert site.ranges == []


def test_a_connection_broken_in_the_middle_costs_nothing(
    site: Site, tmp_path: Path, archive: bytes
) -> None:
    site.break_after = [len(archive) // 2]
    install(site, tmp_path)
    assert site.ranges == [None, f"bytes={len(archive) // 2}-"]


def test_a_site_without_a_list_still_serves_models(site: Site, tmp_path: Path) -> None:
    del site.files["model-list.json"]
    assert install(site, tmp_path).name == NAME


def test_an_archive_that_is_not_as_listed_is_thrown_away(site: Site, tmp_path: Path) -> None:
    site.files["model-list.json"] = listing(site.files[f"{NAME}.zip"] + b"!")
    with pytest.raises(DownloadFailed, match="not what its list says"):
        install(site, tmp_path)
    assert leftovers(tmp_path) == set()
    assert not (tmp_path / "models" / NAME).exists()


def test_a_damaged_archive_leaves_nothing_behind(
    site: Site, tmp_path: Path, archive: bytes
) -> None:
    del site.files["model-list.json"]
    middle = len(archive) // 2
    site.files[f"{NAME}.zip"] = archive[:middle] + b"\0" * 1000 + archive[middle + 1000 :]
    with pytest.raises(DownloadFailed, match="damaged"):
        install(site, tmp_path)
    assert leftovers(tmp_path) == set()
    assert not (tmp_path / "models" / NAME).exists()


def test_an_archive_of_something_else_is_refused(site: Site, tmp_path: Path) -> None:
    (tmp_path / "else").mkdir()
    (tmp_path / "else" / "README").write_text("no model")
    site.files[f"{NAME}.zip"] = zipped(tmp_path / "else", NAME)
    del site.files["model-list.json"]
    with pytest.raises(DownloadFailed, match="acoustic model"):
        install(site, tmp_path)


@pytest.mark.parametrize("entry", ["../evil", f"{NAME}/../../evil", "/etc/evil", "other/file"])
def test_an_archive_cannot_write_outside_of_its_folder(
    site: Site, tmp_path: Path, entry: str
) -> None:
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as archive:
        archive.writestr(entry, "evil")
    site.files[f"{NAME}.zip"] = buffer.getvalue()
    del site.files["model-list.json"]
    with pytest.raises(DownloadFailed, match="outside"):
        install(site, tmp_path)
    assert not list(tmp_path.rglob("evil"))


def test_too_little_room_is_said_before_the_download(site: Site, tmp_path: Path) -> None:
    site.files["model-list.json"] = json.dumps([{"name": NAME, "size": 10**18, "md5": ""}]).encode()
    with pytest.raises(DownloadFailed, match="make room"):
        install(site, tmp_path)
    assert site.ranges == []


def test_a_language_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match="zh-CN"):
        install_model("xx", tmp_path, progress=lambda done, total: None)


def test_an_unreachable_site_says_how_to_do_without(tmp_path: Path) -> None:
    site = Site()
    with serving(site):
        pass
    with pytest.raises(DownloadFailed, match="fetch it elsewhere"):
        install(site, tmp_path)

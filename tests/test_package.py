"""A package built from a clean clone has all that a user needs: pages with their style, samples."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BUILD_LIMIT_S = 300


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of the tree as it is committed, built as anybody would."""
    folder = tmp_path_factory.mktemp("package")
    subprocess.run(
        ["git", "clone", "-q", "--depth", "1", f"file://{ROOT}", folder / "clone"], check=True
    )
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, folder / "clone"],
        check=True,
        timeout=BUILD_LIMIT_S,
    )
    (wheel,) = folder.glob("hotline-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


def run(unpacked: Path, folder: Path, *words: str) -> str:
    """The program as it was packed, away from the tree."""
    program = "import sys; from hotline.cli import main; main(sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.mark.timeout(BUILD_LIMIT_S)
def test_the_pages_have_their_style_and_scripts(unpacked: Path) -> None:
    vendor = unpacked / "dashboard" / "static" / "vendor"
    built = (ROOT / "dashboard" / "build.mjs").read_text(encoding="utf-8")
    for name in ("tabler.css", "htmx.js", "hx-sse.js", "wavesurfer.js", "icons.svg"):
        assert f'"{name}"' in built
        assert (vendor / name).stat().st_size > 1000, name
    licences = (vendor / "LICENSES.txt").read_text(encoding="utf-8")
    for package in ("@tabler/core", "@tabler/icons", "htmx.org", "wavesurfer.js"):
        assert package in licences


def test_the_samples_are_there_and_printed(unpacked: Path, tmp_path: Path) -> None:
    assert run(unpacked, tmp_path, "sample") == (ROOT / "sip.example.conf").read_text("utf-8")
    for file in (ROOT / "deploy").rglob("*"):
        if file.is_file():
            assert run(unpacked, tmp_path, "sample", file.name) == file.read_text("utf-8")


def test_the_licence_is_told_and_carried(unpacked: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (info,) = unpacked.glob("hotline-*.dist-info")
    assert project["license"] == "GPL-3.0-or-later"
    assert "License-Expression: GPL-3.0-or-later" in (info / "METADATA").read_text("utf-8")
    assert "GNU GENERAL PUBLIC LICENSE" in (info / "licenses" / "LICENSE").read_text("utf-8")
    assert "pyVoIP" in (info / "licenses" / "NOTICE").read_text("utf-8")

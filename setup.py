"""What building a package adds to pyproject.toml: the dashboard's browser parts, and the samples.

An editable install (`make setup`) uses both where they are in the tree.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

TREE = Path(__file__).parent
VENDOR = TREE / "dashboard" / "static" / "vendor"
SERVICE = sorted(path for path in (TREE / "deploy").rglob("*") if path.is_file())
SAMPLES = [TREE / "sip.example.conf", *SERVICE]


class BuildWithBrowserParts(build_py):
    """A dashboard without style and scripts, or a package without samples, is never built."""

    def run(self) -> None:
        if not self.editable_mode:
            _build_browser_parts()
        super().run()
        if not self.editable_mode:
            folder = Path(self.build_lib) / "hotline" / "sample_files"
            folder.mkdir(parents=True, exist_ok=True)
            for sample in SAMPLES:
                shutil.copy(sample, folder)


def _build_browser_parts() -> None:
    subprocess.run([TREE / "tools" / "need-node"], check=True)
    for command in (["npm", "ci", "--no-audit", "--no-fund"], ["npm", "run", "--silent", "build"]):
        subprocess.run(command, cwd=TREE / "dashboard", check=True)
    if not list(VENDOR.glob("*.css")):
        raise SystemExit(f"the browser parts are not in {VENDOR}: see what npm said above")


setup(cmdclass={"build_py": BuildWithBrowserParts})

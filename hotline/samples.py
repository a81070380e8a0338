"""The sample configuration and the service's files, wherever the program is installed."""

from __future__ import annotations

from pathlib import Path

__all__ = ["sample", "samples"]

_INSTALLED = Path(__file__).with_name("sample_files")  # in a package; made by setup.py
_TREE = Path(__file__).parents[1]


def samples() -> dict[str, Path]:
    """Name -> file: `config` and every file of deploy/ by its name."""
    installed = _INSTALLED.is_dir()
    folder = _INSTALLED if installed else _TREE / "deploy"
    config = (_INSTALLED if installed else _TREE) / "sip.example.conf"
    found = sorted(path for path in folder.rglob("*") if path.is_file() and path != config)
    files = {path.name: path for path in found}
    return {"config": config, **files}


def sample(name: str) -> str:
    """Raises:
    KeyError: there is no such sample.
    """
    return samples()[name].read_text(encoding="utf-8")

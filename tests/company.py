"""The company's own files that docs/packs.md shows, as a company writes them."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
_FILE = re.compile(r"`packs/(\S+?)`[^\n]*\n\n```toml\n(.*?)```", re.DOTALL)


def documented_files() -> dict[str, str]:
    """Path below `packs` -> content, of "Add a category" in docs/packs.md."""
    return dict(_FILE.findall((ROOT / "docs" / "packs.md").read_text(encoding="utf-8")))


def write_company(folder: Path) -> Path:
    """Write them into `folder`, the home's `packs`; returns it."""
    for name, content in documented_files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return folder

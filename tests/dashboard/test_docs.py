"""Every page and every address of the API is in `docs/dashboard.md`."""

from __future__ import annotations

import re
from pathlib import Path

from tests.dashboard.web.test_permissions import OPEN, READERS

TEXT = (Path(__file__).parents[2] / "docs" / "dashboard.md").read_text(encoding="utf-8")


def test_every_page_is_documented() -> None:
    pages = {path for path in set(READERS) | OPEN if not path.startswith("/api/")} - {"/"}

    named = {re.sub(r"{\w+}", "ID", path) for path in pages}
    missing = [path for path in named if f"`{path}`" not in TEXT]

    assert missing == []


def test_every_part_of_the_api_is_documented() -> None:
    paths = {path.removeprefix("/api/v1") for path in READERS if path.startswith("/api/")}
    last = {path.rsplit("/", 1)[-1] if not path.endswith("}") else path for path in paths}

    assert [part for part in last if part not in TEXT] == []

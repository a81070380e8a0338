"""A configuration as it stands in its file: by line, and with its mistakes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hotline.config.config import Config
from hotline.config.file import Mistake


@dataclass(frozen=True)
class Located:
    """A configuration, what is wrong with it, and where each key stands.

    With mistakes the configuration holds the defaults in their place: enough to look
    for further mistakes, never to run.
    """

    path: Path
    config: Config
    mistakes: tuple[Mistake, ...]
    lines: Mapping[tuple[str, str], int]  # (section, key) -> line; (section, "") -> its header

    def line(self, section: str, key: str = "") -> int:
        """The key's line, else its section's, else 0."""
        return self.lines.get((section, key), self.lines.get((section, ""), 0))

    def trunk_section(self, name: str) -> str:
        """The header of a trunk as it is written, blanks and all."""
        headers = (section for section, key in self.lines if not key)
        return next(
            (header for header in headers if header.split() == ["trunk", name]), f"trunk {name}"
        )

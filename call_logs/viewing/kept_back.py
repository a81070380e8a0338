"""The condition of `call_logs.viewing.guard`, asked of one ticket and one person without a query:
for messages and rings, which are made for one after another.

`tests/call_logs/viewing/test_guard.py` walks both over the same tickets and people.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from call_logs.viewing.viewer import Viewer, in_circle


class Marks(Protocol):
    """What of a ticket's row decides; plain columns, so that a broken text hides nothing."""

    @property
    def sensitive_at(self) -> datetime | None: ...

    @property
    def circle(self) -> str: ...

    @property
    def about_hash(self) -> bytes | None: ...

    @property
    def assignee(self) -> str: ...


def is_about(row: Marks, viewer: Viewer) -> bool:
    """Whether a ticket complains about this viewer."""
    return row.about_hash is not None and row.about_hash in viewer.about


def is_kept_back(row: Marks, viewer: Viewer) -> bool:
    """Whether a confidential ticket is kept from a person who holds no emergency of it."""
    if is_about(row, viewer):
        return True
    if row.sensitive_at is None or viewer.sees_sensitive:
        return False
    return not (in_circle(row.circle, viewer.circle) or row.assignee in viewer.circle)

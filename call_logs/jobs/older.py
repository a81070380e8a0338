"""What programs before the rooms wrote down of durable work, and this one reads.

DBOS keeps the result of each step pickled, an enum by its module's name. A result that cannot
be read counts as a failed round: people would be rung once more for what somebody has. New
results are plain text, so a module may move.
"""

from __future__ import annotations

import importlib
import sys

MOVED = {
    "call_logs.errors": "call_logs.storage.errors",
    "call_logs.follow_ups": "call_logs.jobs.follow_ups",
    "call_logs.transcript": "call_logs.recordings.transcript",
}


def known_by_their_old_names() -> None:
    """Let the modules of results be found where older programs had them."""
    for old, new in MOVED.items():
        sys.modules.setdefault(old, importlib.import_module(new))

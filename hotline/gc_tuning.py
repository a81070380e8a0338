"""What the interpreter is told, so that sound is never late.

Every packet, tick and key needs the interpreter's lock for a moment. Two of Python's defaults
keep it from them too long: a thread that computes hands the lock over after 5 ms only, each
time anew; and a full garbage collection walks the lexicons and everything imported (half a
million objects) in one go, 0.1 to 0.3 s without anybody else. See docs/benchmarks.md.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

SWITCH_INTERVAL_S = 0.001


@contextmanager
def loading() -> Iterator[None]:
    """While modules are read. They stay: a collection in the midst of it walks all that is there
    for nothing, time and again, and takes a seventh of a start."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def put_sound_first() -> None:
    """Call once everything that lives as long as the program is loaded."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    gc.collect()
    gc.freeze()  # what is there now stays: no later collection looks at it

"""Which threads go first when the processor is short.

Calls that are going on have deadlines: 20 ms packets, keys, a phrase that must ring somebody
within a second. What works on finished calls has none, and stands back. On Linux niceness
belongs to a thread (sched(7)); elsewhere to the whole process, and nothing is changed.
"""

from __future__ import annotations

import logging
import os
import sys
import threading

WRITING_DOWN = 15

logger = logging.getLogger(__name__)


def stand_back(niceness: int) -> None:
    """Lower the calling thread's priority to `niceness` (1 to 19) for the rest of its life."""
    if sys.platform != "linux":
        return
    try:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
    except OSError as error:
        # It has a lower one already, and this system does not let it rise.
        logger.debug("a thread kept its priority", extra={"errno": error.errno})

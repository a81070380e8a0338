"""Which threads go first when the processor is short.

Recognition is the program's hunger for the processor; sound is its deadline. Each thread that
recognises says how far it stands back, so that 20 ms packets and the event loop, which stay at
niceness 0, never wait for it. On Linux niceness belongs to a thread (sched(7)); elsewhere it
belongs to the whole process, and nothing is changed.
"""

from __future__ import annotations

import logging
import os
import sys
import threading

LISTENING = 5  # a live call: late words are bad, a hole in the sound is worse
WRITING_DOWN = 15  # a finished call: it can wait

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

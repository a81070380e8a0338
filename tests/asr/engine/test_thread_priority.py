from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from asr.engine.thread_priority import WRITING_DOWN, stand_back


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


@pytest.mark.skipif(sys.platform != "linux", reason="niceness belongs to the process here")
def test_a_thread_stands_back_alone() -> None:
    before = niceness()
    with ThreadPoolExecutor(1, initializer=stand_back, initargs=(WRITING_DOWN,)) as threads:
        assert threads.submit(niceness).result() == max(WRITING_DOWN, before)
    assert niceness() == before


def test_a_system_that_refuses_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: int) -> None:
        raise PermissionError(1, "not permitted")

    monkeypatch.setattr(os, "setpriority", refuse)
    with ThreadPoolExecutor(1, initializer=stand_back, initargs=(WRITING_DOWN,)) as threads:
        assert threads.submit(niceness).result() == niceness()

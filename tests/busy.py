"""A database that is busy for a moment."""

from __future__ import annotations

from typing import Any

import pytest

from call_logs.storage import StoreBusy


def busy_at_first(
    monkeypatch: pytest.MonkeyPatch, part: object, method: str, times: int = 1
) -> None:
    """The first `times` calls of a method of the store are refused; the others are made."""
    made, left = getattr(part, method), times

    async def call(*args: Any, **options: Any) -> Any:
        nonlocal left
        if left:
            left -= 1
            raise StoreBusy("busy")
        return await made(*args, **options)

    monkeypatch.setattr(part, method, call)

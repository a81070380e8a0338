"""Which version this is, as its package says."""

from __future__ import annotations

from importlib.metadata import version as of_package

__all__ = ["version"]


def version() -> str:
    return of_package("hotline")

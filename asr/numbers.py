"""Spoken digits as digits."""

from __future__ import annotations


def find_number(text: str, language: str) -> str:
    """The phone, ticket or house number spoken in `text` as digits, "" when there is none."""
    raise NotImplementedError

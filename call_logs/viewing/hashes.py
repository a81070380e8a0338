"""Keyed hashes by which a query finds people without naming them."""

from __future__ import annotations

from call_logs.storage.keys import Keys


def about_hash(keys: Keys, ref: str) -> bytes:
    """Of whom a ticket complains about, by reference."""
    return keys.search_hash(ref, "ticket about")

"""Passwords are slow to try."""

from __future__ import annotations

import pytest
from pwdlib.hashers.argon2 import Argon2Hasher

from call_logs.users.passwords import Passwords

RIGHT = "lamp water lift 42"


@pytest.fixture
def passwords(monkeypatch: pytest.MonkeyPatch) -> Passwords:
    """As in the program; other tests have quicker ones."""
    monkeypatch.setattr("call_logs.users.passwords.Argon2Hasher", Argon2Hasher)
    return Passwords()


async def test_a_hash_costs_what_rfc_9106_asks_for(passwords: Passwords) -> None:
    kind, _, costs = (await passwords.hash(RIGHT)).split("$")[1:4]
    memory, passes, _ = (int(each.partition("=")[2]) for each in costs.split(","))
    assert kind == "argon2id"
    assert memory >= 64 * 1024  # KiB
    assert passes >= 3


async def test_only_the_right_password_matches(passwords: Passwords) -> None:
    hashed = await passwords.hash(RIGHT)
    assert await passwords.matches(RIGHT, hashed)
    assert not await passwords.matches(RIGHT + "3", hashed)
    assert not await passwords.matches(RIGHT, None)

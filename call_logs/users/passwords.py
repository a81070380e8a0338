"""Passwords: argon2 (RFC 9106) on threads, a few at a time."""

from __future__ import annotations

import asyncio
import secrets

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from call_logs.storage.errors import InvalidValue

LENGTH_MIN = 8
LENGTH_MAX = 256  # argon2 takes any length: a megabyte of password would be an attack
AT_ONCE = 2  # each takes 64 MB and a core for some 50 ms


class Passwords:
    def __init__(self) -> None:
        self._hash = PasswordHash((Argon2Hasher(),))
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._dummy: str | None = None

    async def hash(self, password: str) -> str:
        """Raises:
        InvalidValue: too short or too long.
        """
        if not LENGTH_MIN <= len(password) <= LENGTH_MAX:
            raise InvalidValue(
                f"a password must have at least {LENGTH_MIN} and at most {LENGTH_MAX} characters"
            )
        async with self._turn:
            return await asyncio.to_thread(self._hash.hash, password)

    async def matches(self, password: str, hashed: str | None) -> bool:
        """Whether the password is right. Without a hash (no such user) it takes as long, so
        that the time does not tell which names exist."""
        if len(password) > LENGTH_MAX:
            return False
        async with self._turn:
            if hashed is None:
                if self._dummy is None:
                    self._dummy = await asyncio.to_thread(self._hash.hash, secrets.token_hex())
                await asyncio.to_thread(self._hash.verify, password, self._dummy)
                return False
            return await asyncio.to_thread(self._hash.verify, password, hashed)

"""What the store raises. Each message is a fact that a person can act on."""

from __future__ import annotations

import asyncio


class StoreError(Exception):
    """Root of everything `call_logs` raises."""


class NotFound(StoreError):
    """The row that was asked for does not exist."""


class StoreBusy(StoreError):
    """The database did not answer within the named limit; nothing was changed."""


class StoreDamaged(StoreError):
    """The database's file is not whole: a backup must take its place."""


class OutcomeUnknown(StoreBusy):
    """The time was over while the change was committed: it may be made or not. To do it again
    is right where that does no harm twice; who must know waits for `outcome`."""

    def __init__(self, message: str, commit: asyncio.Future[None]) -> None:
        super().__init__(message)
        self._commit = commit

    async def outcome(self) -> bool:
        """Whether it was committed, however long that takes."""
        await asyncio.wait([self._commit])
        return not self._commit.cancelled() and self._commit.exception() is None


class Deferred(StoreError):
    """The database is away; the write is safe in the encrypted spool and will follow."""


class Taken(StoreError):
    """Another program holds this home or this node."""


class VersionConflict(StoreError):
    """Somebody else changed the row first; read it again and repeat the change."""

    def __init__(self, message: str, *, expected: int, actual: int) -> None:
        super().__init__(message)
        self.expected = expected
        self.actual = actual


class NotAllowed(StoreError):
    """The role of who wants it lacks the right, which is `permission`."""

    def __init__(self, permission: str, message: str) -> None:
        super().__init__(message)
        self.permission = permission


class AboutThem(StoreError):
    """The ticket complains about whoever should have a part in it; the message says in what."""


class IllegalMove(StoreError):
    """A status change that the table of transitions does not allow."""


class Lacking(StoreError):
    """A step needs what nobody has written yet: `fields`."""

    def __init__(self, fields: tuple[str, ...], message: str) -> None:
        super().__init__(message)
        self.fields = fields


class KeyProblem(StoreError):
    """The master key is missing, unreadable or not the one that encrypted the data."""


class Tampered(StoreError):
    """Encrypted data was changed, moved or encrypted with another key."""


class LoginRefused(StoreError):
    """Wrong name or password, or an account that is switched off."""


class LockedOut(LoginRefused):
    """Too many failures; `retry_after_s` says how long to wait."""

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class NoModel(StoreError):
    """No speech model for the language is installed: the work waits, it does not fail."""


class ValueRefused(StoreError):
    """A value that is not taken. `field`: what it was given for, "" where that is not known; the
    message is the rule."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class NobodyFound(ValueRefused):
    """Who is named is nobody in the directory, or one of several; the message names the field
    and what to write."""


class InvalidValue(ValueRefused):
    """A value that no database column can hold (half a character, or a number too large), or
    that a rule forbids."""

"""Tokens of programs: made and revoked by who manages users, each with the rights it needs."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from call_logs.storage.database import Database, changed, now_of
from call_logs.storage.errors import InvalidValue, NotFound
from call_logs.storage.readable import readable
from call_logs.tables.tokens import ApiTokenRow
from call_logs.users.access import note_granting
from call_logs.users.actor import Actor, program_name
from call_logs.users.permissions import Permission

MARK = "hotline_"  # what every token begins with, so that one that leaks is recognised
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
USED_AGAIN = timedelta(minutes=1)  # the last use is written down so often at most
LONGEST_DAYS = 3650

# A person approves, in a name, and confides to persons; and no program makes itself users or
# tokens, or reads who read.
GRANTABLE = frozenset(Permission) - {
    Permission.APPROVE,
    Permission.CONFIDE,
    Permission.DO_FIRM_TASKS,
    Permission.MANAGE_USERS,
    Permission.SEE_ACCESS,
    Permission.SEE_ALL_TICKETS,  # to see tickets is to see those that are not confidential
}


@dataclass(frozen=True)
class ApiToken:
    """What is known of a token; itself it is shown once, to who made it."""

    id: int
    name: str
    rights: frozenset[Permission]
    made_at: datetime
    made_by: str
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str

    @property
    def actor_name(self) -> str:
        """Which program did something, as the history tells it."""
        return program_name(self.name)

    def good(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class ApiTokens:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def make(
        self, name: str, rights: Iterable[Permission], actor: Actor, *, days: int | None = None
    ) -> tuple[ApiToken, str]:
        """A new token and its text, which nobody can ask for again. `days`: how long it is good;
        None: until it is revoked.

        Raises:
            NotAllowed, StoreBusy.
            InvalidValue: the name or a right cannot be; the message says why.
        """
        actor.check(Permission.MANAGE_USERS)
        granted = frozenset(rights)
        if not NAME.fullmatch(name):
            raise InvalidValue("name: small letters, digits, - and _, at most 60", "name")
        if not granted:
            raise InvalidValue("rights: a token needs one right or more", "rights")
        if wrong := sorted(granted - GRANTABLE):
            raise InvalidValue(f"rights: no program is given {', '.join(wrong)}", "rights")
        if days is not None and not 1 <= days <= LONGEST_DAYS:
            raise InvalidValue(f"days: from 1 to {LONGEST_DAYS}", "days")
        token = MARK + secrets.token_urlsafe(32)
        now = self._database.clock.now()
        row = ApiTokenRow(
            name=name,
            token_hash=_hash(token),
            rights=" ".join(sorted(granted)),
            made_at=now,
            made_by=actor.name,
            expires_at=None if days is None else now + timedelta(days=days),
            last_used_at=None,
            revoked_at=None,
            revoked_by="",
        )
        try:
            async with self._database.session() as session:
                session.add(row)
                await session.flush()
                changed(session, "user", row.id)
                await note_granting(session, actor, "added", "token", name, what=row.rights)
        except IntegrityError:
            raise InvalidValue("name: there is, or was, a token of this name", "name") from None
        return token_of(row), token

    async def revoke(self, token_id: int, actor: Actor) -> ApiToken:
        """From now on it opens nothing. Asked again, nothing more is done.

        Raises:
            NotAllowed, NotFound, StoreBusy.
        """
        actor.check(Permission.MANAGE_USERS)
        async with self._database.session() as session:
            row = await session.get(ApiTokenRow, token_id, with_for_update=True)
            if row is None:
                raise NotFound(f"there is no token with id {token_id}")
            if row.revoked_at is None:
                row.revoked_at, row.revoked_by = now_of(session), actor.name
                changed(session, "user", row.id)
                await note_granting(session, actor, "removed", "token", row.name)
            return token_of(row)

    async def all(self, actor: Actor) -> tuple[ApiToken, ...]:
        """Every token that there is or was, by name.

        Raises:
            NotAllowed.
        """
        actor.check(Permission.MANAGE_USERS)
        async with self._database.reading() as session:
            query = select(ApiTokenRow).order_by(ApiTokenRow.name)
            return tuple(await readable(session, query, token_of))

    async def use(self, token: str) -> ApiToken | None:
        """The token that a program has sent; None: there is none, or it is good no more."""
        if not token.startswith(MARK):
            return None
        now = self._database.clock.now()
        async with self._database.reading() as session:
            query = select(ApiTokenRow).where(ApiTokenRow.token_hash == _hash(token))
            found = await readable(session, query, token_of)
        if not found or not found[0].good(now):
            return None
        last = found[0].last_used_at
        if last is None or now - last >= USED_AGAIN:
            async with self._database.session() as session:
                await session.execute(
                    update(ApiTokenRow)
                    .where(ApiTokenRow.id == found[0].id)
                    .values(last_used_at=now)
                )
        return found[0]


def _hash(token: str) -> bytes:
    # A random token needs no slow hash: it cannot be guessed.
    return sha256(token.encode()).digest()


def token_of(row: ApiTokenRow) -> ApiToken:
    known = set(Permission)
    return ApiToken(
        id=row.id,
        name=row.name,
        # A right that a later program took away is none.
        rights=frozenset(Permission(each) for each in row.rights.split() if each in known),
        made_at=row.made_at,
        made_by=row.made_by,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
        revoked_by=row.revoked_by,
    )

"""Systems that may send messages, as administrators keep them: `store.inbound_sources`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from call_logs.inbound.upload_links import UPLOAD_LIFETIME, UploadClaim, UploadLinks
from call_logs.storage.database import Database, changed, now_of
from call_logs.storage.errors import InvalidValue, NotFound
from call_logs.storage.keys import Keys
from call_logs.storage.readable import readable
from call_logs.storage.signed_links import LinkInvalid
from call_logs.tables.inbound import InboundSourceRow
from call_logs.users.access import note_granting
from call_logs.users.actor import Actor, source_name
from call_logs.users.permissions import Permission
from call_logs.webhooks.signature import check_signature, new_secret

__all__ = ["InboundSource", "InboundSources"]

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
MOST = 50
OLD_SECRET = timedelta(days=1)  # how long the one before is good beside a new one
USED_AGAIN = timedelta(minutes=1)  # the last use is written down so often at most


@dataclass(frozen=True)
class InboundSource:
    """What is known of a system; its secret is shown once, to who made it."""

    id: int
    name: str
    made_at: datetime
    made_by: str
    last_used_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str

    @property
    def actor(self) -> Actor:
        """Which system wrote, as the history tells it."""
        return Actor(source_name(self.name))


class InboundSources:
    def __init__(self, database: Database, keys: Keys) -> None:
        self._database = database
        self._links = UploadLinks(lambda text: keys.search_hash(text, "inbound upload"))

    # -- made and revoked ---------------------------------------------------------------

    async def add(self, name: str, actor: Actor) -> tuple[InboundSource, str]:
        """A new one and its secret, which nobody can ask for again.

        Raises:
            NotAllowed, StoreBusy.
            InvalidValue: the name cannot be, or is or was another's.
        """
        actor.check(Permission.MANAGE_USERS)
        if not NAME.fullmatch(name):
            raise InvalidValue("name: small letters, digits, - and _, at most 60", "name")
        secret = new_secret()
        try:
            async with self._database.session() as session:
                there = select(func.count(InboundSourceRow.id)).where(
                    InboundSourceRow.revoked_at.is_(None)
                )
                if (await session.scalar(there) or 0) >= MOST:
                    raise InvalidValue(f"{MOST} systems may send, and that is the most", "name")
                row = InboundSourceRow(
                    name=name,
                    secret=secret,
                    old_secret=None,
                    old_until=None,
                    made_at=now_of(session),
                    made_by=actor.name,
                    last_used_at=None,
                    revoked_at=None,
                    revoked_by="",
                )
                session.add(row)
                await session.flush()
                changed(session, "inbound", row.id)
                await note_granting(session, actor, "added", "source", name)
        except IntegrityError:
            raise InvalidValue("name: there is, or was, a system of this name", "name") from None
        return _source(row), secret

    async def rotate(self, source_id: int, actor: Actor) -> str:
        """A new secret; the one before is good for `OLD_SECRET` more.

        Raises:
            NotAllowed, StoreBusy.
            NotFound: there is none, or it was revoked.
        """
        actor.check(Permission.MANAGE_USERS)
        secret = new_secret()
        async with self._database.session() as session:
            row = await session.get(InboundSourceRow, source_id, with_for_update=True)
            if row is None or row.revoked_at is not None:
                raise NotFound(f"no system with id {source_id} may send")
            row.old_secret, row.old_until = row.secret, now_of(session) + OLD_SECRET
            row.secret = secret
            changed(session, "inbound", source_id)
            await note_granting(session, actor, "secret", "source", row.name)
        return secret

    async def revoke(self, source_id: int, actor: Actor) -> None:
        """From now on nothing of it is taken, and its secret is destroyed. Asked again, nothing
        more is done.

        Raises:
            NotAllowed, NotFound, StoreBusy.
        """
        actor.check(Permission.MANAGE_USERS)
        async with self._database.session() as session:
            row = await session.get(InboundSourceRow, source_id, with_for_update=True)
            if row is None:
                raise NotFound(f"there is no system with id {source_id}")
            if row.revoked_at is None:
                row.revoked_at, row.revoked_by = now_of(session), actor.name
                row.secret = row.old_secret = row.old_until = None
                changed(session, "inbound", source_id)
                await note_granting(session, actor, "removed", "source", row.name)

    async def all(self, actor: Actor) -> tuple[InboundSource, ...]:
        """Every system that may send or might, by name.

        Raises:
            NotAllowed.
        """
        actor.check(Permission.MANAGE_USERS)
        async with self._database.reading() as session:
            query = select(InboundSourceRow).order_by(InboundSourceRow.name)
            return tuple(await readable(session, query, _source))

    # -- who sends ----------------------------------------------------------------------

    async def verify(
        self, name: str, message_id: str, timestamp: str, body: bytes, signatures: str
    ) -> InboundSource:
        """The system that has signed this. One that is not there is told from a wrong secret by
        nothing.

        Raises:
            BadSignature, StoreBusy.
        """
        now = self._database.clock.now()
        async with self._database.reading() as session:
            row = await session.scalar(
                select(InboundSourceRow).where(InboundSourceRow.name == name)
            )
        secrets: list[str] = []
        if row is not None and row.secret:
            secrets.append(row.secret)
            if row.old_secret and row.old_until and now < row.old_until:
                secrets.append(row.old_secret)
        check_signature(secrets or [new_secret()], message_id, timestamp, body, signatures, now=now)
        assert row is not None  # nobody signs with a secret that was made this moment
        if row.last_used_at is None or now - row.last_used_at >= USED_AGAIN:
            async with self._database.session() as session:
                used = update(InboundSourceRow).where(InboundSourceRow.id == row.id)
                await session.execute(used.values(last_used_at=now))
        return _source(row)

    def upload_token(self, source: InboundSource, ticket_id: int) -> str:
        """The right to add files to the ticket, in the name of the source, for a day."""
        expires_at = self._database.clock.now() + UPLOAD_LIFETIME
        return self._links.make(UploadClaim(ticket_id, source.id), expires_at)

    async def by_upload_token(self, token: str) -> tuple[InboundSource, int]:
        """The source, and the ticket's id.

        Raises:
            LinkInvalid: it is no such token, too old, or its source was revoked.
        """
        claim = self._links.verify(token, self._database.clock.now())
        async with self._database.reading() as session:
            row = await session.get(InboundSourceRow, claim.source_id)
        if row is None or row.revoked_at is not None:
            raise LinkInvalid("the system that sent the message may send no more")
        return _source(row), claim.ticket_id


def _source(row: InboundSourceRow) -> InboundSource:
    return InboundSource(
        id=row.id,
        name=row.name,
        made_at=row.made_at,
        made_by=row.made_by,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
        revoked_by=row.revoked_by,
    )

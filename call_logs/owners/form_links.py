"""The links that lead owners to their form: each brings its place, and can be switched off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from call_logs.roster.addresses import Address
from call_logs.storage.database import Database, now_of
from call_logs.storage.errors import NotFound, VersionConflict
from call_logs.storage.keys import Keys
from call_logs.storage.readable import readable
from call_logs.storage.signed_links import LinkInvalid, PlaceLinks
from call_logs.tables.form_links import FormLinkRow
from call_logs.users.actor import Actor
from call_logs.users.permissions import Permission

__all__ = ["FormLink", "FormLinks"]

# "hotllink": one saves at a time. A lock on a row would not do: a new one is nobody's yet.
_ADVISORY_LOCK = 0x686F746C_6C696E6B


@dataclass(frozen=True)
class FormLink:
    """`token` is the end of its address. `category`: of what is reported by it, when it hangs
    in a lift, say; empty: anything."""

    id: int
    name: str
    place: Address
    category: str
    active: bool
    created_at: datetime
    created_by: str
    version: int
    token: str


class FormLinks:
    """What changes them needs the right to change the roster."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self._database = database
        self._signed = PlaceLinks(lambda text: keys.search_hash(text, "form link"))

    async def save(self, name: str, place: Address, category: str, actor: Actor) -> FormLink:
        """A link by its name; of one that is there place and category change, and its address
        stays, so that a poster which hangs somewhere stays right.

        Raises:
            NotAllowed, StoreBusy.
        """
        actor.check(Permission.MANAGE_ROSTER)
        async with self._database.session() as session:
            if not self._database.is_sqlite:  # which has one writer anyway
                await session.execute(select(func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
            there = select(FormLinkRow).where(FormLinkRow.name == name).with_for_update()
            row = await session.scalar(there)
            if row is None:
                row = FormLinkRow(
                    name=name,
                    active=True,
                    created_at=now_of(session),
                    created_by=actor.name,
                    version=0,
                )
                session.add(row)
            row.place, row.category = place.as_document(), category
            row.version += 1
            await session.flush()
            return self._link(row)

    async def switch(self, link_id: int, actor: Actor, *, active: bool, version: int) -> FormLink:
        """Raises:
        NotAllowed, NotFound, StoreBusy.
        VersionConflict: somebody else changed it since `version` was read.
        """
        actor.check(Permission.MANAGE_ROSTER)
        async with self._database.session() as session:
            row = await session.get(FormLinkRow, link_id, with_for_update=True)
            if row is None:
                raise NotFound("there is no such link")
            if row.version != version:
                raise VersionConflict(
                    "the link was changed by somebody else: look at it again",
                    expected=version,
                    actual=row.version,
                )
            row.active = active
            row.version += 1
            return self._link(row)

    async def list(self, actor: Actor) -> tuple[FormLink, ...]:
        """All of them, by name.

        Raises:
            NotAllowed.
        """
        actor.check(Permission.MANAGE_ROSTER)
        query = select(FormLinkRow).order_by(FormLinkRow.name)
        async with self._database.reading() as session:
            return tuple(await readable(session, query, self._link))

    async def get(self, link_id: int, actor: Actor) -> FormLink:
        """Raises:
        NotAllowed, NotFound.
        """
        actor.check(Permission.MANAGE_ROSTER)
        return await self._get(link_id)

    async def by_token(self, token: str) -> FormLink:
        """The link that an owner has opened.

        Raises:
            LinkInvalid: it was never made here, or is switched off.
        """
        try:
            link = await self._get(self._signed.verify(token))
        except NotFound:
            raise LinkInvalid("this link is not valid") from None
        if not link.active:
            raise LinkInvalid("this link is switched off")
        return link

    async def _get(self, link_id: int) -> FormLink:
        async with self._database.reading() as session:
            row = await session.get(FormLinkRow, link_id)
        if row is None:
            raise NotFound("there is no such link")
        return self._link(row)

    def _link(self, row: FormLinkRow) -> FormLink:
        return FormLink(
            id=row.id,
            name=row.name,
            place=Address.of(row.place),
            category=row.category,
            active=row.active,
            created_at=row.created_at,
            created_by=row.created_by,
            version=row.version,
            token=self._signed.make(row.id),
        )

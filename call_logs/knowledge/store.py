"""What the company knows: written, changed with every old version kept, found by words, category
and class.

What a pack ships is written in at a start, and brought up to date by an upgrade as long as no
person has changed it: from then on it is the company's.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.knowledge.article import (
    Article,
    ArticleVersion,
    NewArticle,
    ShippedArticle,
    fields_of,
    in_own_words,
)
from call_logs.storage.database import Database, now_of
from call_logs.storage.errors import InvalidValue, NotFound, VersionConflict
from call_logs.storage.once import key_of, made_before, note_made
from call_logs.storage.readable import readable
from call_logs.tables.articles import ArticleRow, ArticleVersionRow
from call_logs.users.actor import HOTLINE, Actor
from call_logs.users.permissions import Permission

__all__ = ["MOST_ARTICLES", "Knowledge"]

MOST_ARTICLES = 2000  # all are read for a search: their words are encrypted
# "hotlknow": two programs that start at once ship one article once.
_ADVISORY_LOCK = 0x686F746C_6B6E6F77


class Knowledge:
    """Whoever may see tickets may read it; writing has a right of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ship(self, articles: Iterable[ShippedArticle]) -> None:
        """Bring what packs ship up to date: new ones come, those that no person has changed
        follow, those that are shipped no more go. Languages of which nothing comes stay."""
        wanted = {(each.key, each.language): (each.key, each.checked()) for each in articles}
        languages = {language for _, language in wanted}
        async with self._database.session() as session:
            if not self._database.is_sqlite:  # which has one writer anyway
                await session.execute(select(func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
            rows = await session.scalars(select(ArticleRow).where(ArticleRow.key.is_not(None)))
            known = {(row.key, row.language): row for row in rows}
            for name, (key, each) in wanted.items():
                row = known.pop(name, None)
                if row is None:
                    await _add(session, each, HOTLINE, key=key)
                elif not row.own and (row.content != each.content or row.removed_at is not None):
                    await _write(session, row, each, HOTLINE)
            for row in known.values():
                if not row.own and row.removed_at is None and row.language in languages:
                    await _write(session, row, article_of(row), HOTLINE, removed=True)

    async def add(self, new: NewArticle, actor: Actor, *, key: str = "") -> Article:
        """An article of the company. Sent again under one `key` it is one.

        Raises:
            NotAllowed.
            InvalidValue: a field cannot be so, or there are `MOST_ARTICLES`.
        """
        actor.check(Permission.WRITE_ARTICLES)
        clean = new.checked()
        key = key_of(key, clean)
        async with self._database.session() as session:
            made = await made_before(session, "article", key, actor.name)
            if made is not None:
                return article_of(await session.get_one(ArticleRow, *made))
            count = await session.scalar(select(func.count()).select_from(ArticleRow))
            if (count or 0) >= MOST_ARTICLES:
                raise InvalidValue(f"there are {MOST_ARTICLES} articles: remove some first")
            row = await _add(session, clean, actor)
            await note_made(session, "article", key, actor.name, [row.id])
            return article_of(row)

    async def change(
        self, article_id: int, new: NewArticle, actor: Actor, *, version: int
    ) -> Article:
        """The whole article, if nobody else changed it since `version` was read. One that was
        removed is back with that.

        Raises:
            NotAllowed, NotFound, VersionConflict.
            InvalidValue: a field cannot be so; a shipped article keeps its language.
        """
        actor.check(Permission.WRITE_ARTICLES)
        clean = new.checked()
        async with self._database.session() as session:
            row = await _row(session, article_id, version)
            if row.key is not None and clean.language != row.language:
                raise InvalidValue("language: a shipped article keeps its own", "language")
            if row.removed_at is not None or clean != plain(article_of(row)):
                await _write(session, row, clean, actor)
            return article_of(row)

    async def restore(self, article_id: int, old: int, actor: Actor, *, version: int) -> Article:
        """Let it say again what it said in its version `old`.

        Raises:
            NotAllowed, NotFound, VersionConflict.
        """
        actor.check(Permission.WRITE_ARTICLES)
        async with self._database.session() as session:
            row = await _row(session, article_id, version)
            before = await session.get(ArticleVersionRow, (article_id, old))
            if before is None:
                raise NotFound(f"the article has no version {old}")
            said = NewArticle(**fields_of(before.content))
            if row.removed_at is not None or said != plain(article_of(row)):
                await _write(session, row, said, actor)
            return article_of(row)

    async def remove(self, article_id: int, actor: Actor, *, version: int) -> Article:
        """It is shown nowhere any more; what it said stays among its versions.

        Raises:
            NotAllowed, NotFound, VersionConflict.
        """
        actor.check(Permission.WRITE_ARTICLES)
        async with self._database.session() as session:
            row = await _row(session, article_id, version)
            if row.removed_at is None:
                await _write(session, row, article_of(row), actor, removed=True)
            return article_of(row)

    async def get(self, article_id: int, actor: Actor) -> Article:
        """Also one that was removed.

        Raises:
            NotAllowed, NotFound.
        """
        actor.check(Permission.SEE_TICKETS)
        async with self._database.reading() as session:
            row = await session.get(ArticleRow, article_id)
        if row is None:
            raise NotFound("there is no such article")
        return article_of(row)

    async def find(
        self,
        actor: Actor,
        *,
        text: str = "",
        category: str = "",
        language: str = "",
        removed: bool = False,
    ) -> tuple[Article, ...]:
        """Those with all words of `text` in title or text, of a category, of a language: with a
        word in the title first, then the latest changed.

        Raises:
            NotAllowed.
        """
        words = text.casefold().split()
        found = [
            each
            for each in await self._all(actor, removed=removed)
            if (not language or each.language == language)
            and (not category or category in each.categories)
            and all(word in f"{each.title}\n{each.text}".casefold() for word in words)
        ]
        found.sort(key=lambda each: each.updated_at, reverse=True)
        found.sort(key=lambda each: not any(word in each.title.casefold() for word in words))
        return tuple(found)

    async def beside(
        self, category: str, ticket_class: str, actor: Actor, *, language: str
    ) -> tuple[Article, ...]:
        """What stands beside a ticket, for somebody who reads `language` best.

        Raises:
            NotAllowed.
        """
        found = await self._all(actor)
        return in_own_words(
            (each for each in found if each.concerns(category, ticket_class)), language
        )

    async def versions(self, article_id: int, actor: Actor) -> tuple[ArticleVersion, ...]:
        """Everything that it ever said, the latest first.

        Raises:
            NotAllowed, NotFound.
        """
        await self.get(article_id, actor)
        query = (
            select(ArticleVersionRow)
            .where(ArticleVersionRow.article_id == article_id)
            .order_by(ArticleVersionRow.version.desc())
        )
        async with self._database.reading() as session:
            return tuple(
                await readable(
                    session,
                    query,
                    lambda row: ArticleVersion(
                        version=row.version,
                        at=row.at,
                        actor=row.actor,
                        removed=row.removed,
                        **fields_of(row.content),
                    ),
                )
            )

    async def _all(self, actor: Actor, *, removed: bool = False) -> list[Article]:
        actor.check(Permission.SEE_TICKETS)
        there = ArticleRow.removed_at.is_not(None) if removed else ArticleRow.removed_at.is_(None)
        query = select(ArticleRow).where(there).order_by(ArticleRow.id)
        async with self._database.reading() as session:
            return await readable(session, query, article_of)


async def _row(session: AsyncSession, article_id: int, version: int) -> ArticleRow:
    """Held until the transaction ends."""
    row = await session.get(ArticleRow, article_id, with_for_update=True)
    if row is None:
        raise NotFound("there is no such article")
    if row.version != version:
        raise VersionConflict(
            "the article was changed by somebody else: look at it again",
            expected=version,
            actual=row.version,
        )
    return row


async def _add(
    session: AsyncSession, new: NewArticle, actor: Actor, key: str | None = None
) -> ArticleRow:
    row = ArticleRow(
        key=key,
        language=new.language,
        own=False,
        version=0,
        updated_at=now_of(session),
        updated_by=actor.name,
        removed_at=None,
        content={},
    )
    session.add(row)
    await _write(session, row, new, actor)
    return row


async def _write(
    session: AsyncSession,
    row: ArticleRow,
    new: NewArticle,
    actor: Actor,
    *,
    removed: bool = False,
) -> None:
    """The next version."""
    now = now_of(session)
    row.content, row.language = new.content, new.language
    row.version += 1
    row.updated_at, row.updated_by = now, actor.name
    row.own = row.own or actor != HOTLINE
    row.removed_at = now if removed else None
    await session.flush()
    session.add(
        ArticleVersionRow(
            article_id=row.id,
            version=row.version,
            at=now,
            actor=actor.name,
            removed=removed,
            content=new.content,
        )
    )


def article_of(row: ArticleRow) -> Article:
    return Article(
        id=row.id,
        key=row.key or "",
        own=row.own,
        version=row.version,
        updated_at=row.updated_at,
        updated_by=row.updated_by,
        removed_at=row.removed_at,
        **fields_of(row.content),
    )


def plain(article: NewArticle) -> NewArticle:
    """What it says alone."""
    return NewArticle(
        article.title, article.text, article.language, article.categories, article.classes
    )

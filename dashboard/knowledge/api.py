"""The knowledge base for programs."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from call_logs.knowledge import LONGEST_TEXT, LONGEST_TITLE, NewArticle
from call_logs.tickets import TicketClass
from dashboard.dispatches.orders import OnceKey
from dashboard.web.api_models import In, Out, example
from dashboard.web.inputs import RowId
from dashboard.web.signin import ArticleWriter, TicketReader
from dashboard.web.site import SiteOf

router = APIRouter(tags=["knowledge"])


class ArticleIn(In):
    """Shown beside tickets of one of its `categories` (none: any) and one of its `classes` (none:
    any). With neither it is found by looking for it alone."""

    model_config = example(
        title="Bins", text="Emptied on Mondays.", language="en", classes=["general"]
    )

    title: str = Field(min_length=1, max_length=LONGEST_TITLE)
    text: str = Field(min_length=1, max_length=LONGEST_TEXT)
    language: str = Field(max_length=16, description="zh-CN, en or ko.")
    categories: list[str] = Field(default_factory=list, max_length=30)
    classes: list[TicketClass] = Field(default_factory=list, max_length=10)

    @property
    def new(self) -> NewArticle:
        return NewArticle(
            self.title, self.text, self.language, tuple(self.categories), tuple(self.classes)
        )


class ArticleChangeIn(ArticleIn):
    """The whole article. `version`: as it was read."""

    version: RowId


class VersionIn(In):
    version: RowId


class RestoreIn(VersionIn):
    """`old`: the version whose words it shall have again."""

    old: RowId


class ArticleOut(Out):
    """`key`: of a shipped article, else "". `own`: the company has written or changed it."""

    id: int
    key: str
    title: str
    text: str
    language: str
    categories: list[str]
    classes: list[TicketClass]
    own: bool
    version: int
    updated_at: datetime
    updated_by: str
    removed_at: datetime | None


class ArticleVersionOut(Out):
    version: int
    at: datetime
    actor: str
    removed: bool
    title: str
    text: str
    language: str
    categories: list[str]
    classes: list[TicketClass]


@router.get("/articles")
async def list_articles(
    *,
    site: SiteOf,
    login: TicketReader,
    text: Annotated[str, Query(max_length=200)] = "",
    category: Annotated[str, Query(max_length=64)] = "",
    language: Annotated[str, Query(max_length=16)] = "",
    removed: bool = False,
) -> list[ArticleOut]:
    """Those with all words of `text`, of a category, of a language; `removed`: those that were
    taken away."""
    found = await site.store.knowledge.find(
        login.actor, text=text, category=category, language=language, removed=removed
    )
    return [ArticleOut.model_validate(each) for each in found]


@router.post("/articles", status_code=HTTPStatus.CREATED)
async def write_article(
    site: SiteOf, login: ArticleWriter, body: ArticleIn, key: OnceKey = ""
) -> ArticleOut:
    """A new one."""
    return ArticleOut.model_validate(await site.store.knowledge.add(body.new, login.actor, key=key))


@router.get("/articles/{article_id}")
async def read_article(site: SiteOf, login: TicketReader, article_id: RowId) -> ArticleOut:
    """One article, also one that was removed."""
    return ArticleOut.model_validate(await site.store.knowledge.get(article_id, login.actor))


@router.put("/articles/{article_id}")
async def change_article(
    site: SiteOf, login: ArticleWriter, article_id: RowId, body: ArticleChangeIn
) -> ArticleOut:
    """The whole article anew; the old words stay among its versions."""
    return ArticleOut.model_validate(
        await site.store.knowledge.change(article_id, body.new, login.actor, version=body.version)
    )


@router.post("/articles/{article_id}/remove")
async def remove_article(
    site: SiteOf, login: ArticleWriter, article_id: RowId, body: VersionIn
) -> ArticleOut:
    """It is shown nowhere any more."""
    return ArticleOut.model_validate(
        await site.store.knowledge.remove(article_id, login.actor, version=body.version)
    )


@router.post("/articles/{article_id}/restore")
async def restore_article(
    site: SiteOf, login: ArticleWriter, article_id: RowId, body: RestoreIn
) -> ArticleOut:
    """Let it say again what it said in an old version."""
    return ArticleOut.model_validate(
        await site.store.knowledge.restore(article_id, body.old, login.actor, version=body.version)
    )


@router.get("/articles/{article_id}/versions")
async def list_article_versions(
    site: SiteOf, login: TicketReader, article_id: RowId
) -> list[ArticleVersionOut]:
    """All that it ever said, the latest first."""
    found = await site.store.knowledge.versions(article_id, login.actor)
    return [ArticleVersionOut.model_validate(each) for each in found]


@router.get("/tickets/{ticket_id}/articles")
async def list_ticket_articles(
    site: SiteOf,
    login: TicketReader,
    ticket_id: RowId,
    language: Annotated[str, Query(max_length=16)] = "",
) -> list[ArticleOut]:
    """What stands beside the ticket; in `language` where there is one, else in all that there
    are."""
    ticket = await site.store.tickets.get(ticket_id)
    found = await site.store.knowledge.beside(
        ticket.category, ticket.ticket_class, login.actor, language=language
    )
    return [ArticleOut.model_validate(each) for each in found]

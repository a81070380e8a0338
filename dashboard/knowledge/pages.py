"""The knowledge base: look for articles, write them, and see them beside a ticket."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response

from call_logs.knowledge import ARTICLE_LANGUAGES, LONGEST_TEXT, LONGEST_TITLE, NewArticle
from call_logs.storage import InvalidValue, VersionConflict
from call_logs.tickets import TicketClass
from dashboard.dispatches.orders import OnceKey
from dashboard.web.inputs import RowId
from dashboard.web.outcome import MEANWHILE
from dashboard.web.render import fragment, go, page
from dashboard.web.signin import ArticleWriter, Login, TicketReader
from dashboard.web.site import Site, SiteOf
from dashboard.web.texts import N_

router = APIRouter()

WRONG = {
    "title": N_("Write a title of at most 120 letters."),
    "text": N_("Write a text of at most 8000 letters."),
    "language": N_("A shipped article keeps its language: write a new one for another language."),
    "categories": N_("Choose at most 30 categories."),
}
FULL = N_("There are as many articles as there may be: remove some first.")

Title = Annotated[str, Form(max_length=1000)]
Text = Annotated[str, Form(max_length=20_000)]
Language = Annotated[str, Form(max_length=16)]
Categories = Annotated[list[str], Form(max_length=200)]
Classes = Annotated[list[TicketClass], Form(max_length=10)]


@router.get("/knowledge")
async def show_articles(
    *,
    request: Request,
    site: SiteOf,
    login: TicketReader,
    text: Annotated[str, Query(max_length=200)] = "",
    category: Annotated[str, Query(max_length=64)] = "",
    language: Annotated[str, Query(max_length=16)] = "",
    removed: bool = False,
) -> Response:
    found = await site.store.knowledge.find(
        login.actor, text=text, category=category, language=language, removed=removed
    )
    return await page(
        request,
        site,
        login,
        "knowledge/index.html",
        articles=found,
        text=text,
        category=category,
        wanted=language,
        removed=removed,
        article_languages=ARTICLE_LANGUAGES,
        categories=await site.store.tickets.categories(),
    )


@router.post("/knowledge")
async def write(
    *,
    request: Request,
    site: SiteOf,
    login: ArticleWriter,
    title: Title = "",
    text: Text = "",
    language: Language = "",
    categories: Categories = [],  # noqa: B006  (a form without a tick; never changed)
    classes: Classes = [],  # noqa: B006
    key: OnceKey = "",
) -> Response:
    new = NewArticle(title, text, language, tuple(categories), tuple(classes))
    try:
        article = await site.store.knowledge.add(new, login.actor, key=key)
    except InvalidValue as error:
        return await _form(request, site, login, new, problem=WRONG.get(error.field, FULL))
    return go(f"/knowledge/{article.id}")


@router.get("/knowledge/new")
async def show_form(
    request: Request,
    site: SiteOf,
    login: ArticleWriter,
    category: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    language = request.state.language
    return await _form(
        request, site, login, NewArticle("", "", language, (category,) if category else ())
    )


@router.get("/knowledge/beside")
async def show_beside(
    request: Request,
    site: SiteOf,
    login: TicketReader,
    category: Annotated[str, Query(max_length=64)] = "",
    ticket_class: Annotated[str, Query(max_length=16)] = "",
) -> Response:
    """For a ticket that is being written."""
    return await _beside(request, site, login, category, ticket_class)


@router.get("/tickets/{ticket_id}/knowledge")
async def show_ticket_articles(
    request: Request, site: SiteOf, login: TicketReader, ticket_id: RowId
) -> Response:
    """Follows the ticket while its page is open."""
    ticket = await site.store.tickets.get(ticket_id)
    return await _beside(request, site, login, ticket.category, ticket.ticket_class)


@router.get("/knowledge/{article_id}")
async def show_article(
    request: Request, site: SiteOf, login: TicketReader, article_id: RowId
) -> Response:
    return await _one(request, site, login, article_id)


@router.get("/knowledge/{article_id}/edit")
async def open_form(
    request: Request, site: SiteOf, login: ArticleWriter, article_id: RowId
) -> Response:
    article = await site.store.knowledge.get(article_id, login.actor)
    return await _form(
        request, site, login, article, article_id=article.id, version=article.version
    )


@router.post("/knowledge/{article_id}")
async def change(
    *,
    request: Request,
    site: SiteOf,
    login: ArticleWriter,
    article_id: RowId,
    version: Annotated[RowId, Form()],
    title: Title = "",
    text: Text = "",
    language: Language = "",
    categories: Categories = [],  # noqa: B006
    classes: Classes = [],  # noqa: B006
) -> Response:
    """When somebody was faster nothing is saved: what was written stays in the form."""
    new = NewArticle(title, text, language, tuple(categories), tuple(classes))
    again: dict[str, Any] = {"article_id": article_id, "version": version}
    try:
        await site.store.knowledge.change(article_id, new, login.actor, version=version)
    except InvalidValue as error:
        problem = WRONG.get(error.field, FULL)
        return await _form(request, site, login, new, problem=problem, **again)
    except VersionConflict:
        return await _form(
            request, site, login, new, HTTPStatus.CONFLICT, problem=MEANWHILE, **again
        )
    return go(f"/knowledge/{article_id}")


@router.post("/knowledge/{article_id}/remove")
async def remove(
    request: Request,
    site: SiteOf,
    login: ArticleWriter,
    article_id: RowId,
    version: Annotated[RowId, Form()],
) -> Response:
    try:
        await site.store.knowledge.remove(article_id, login.actor, version=version)
    except VersionConflict:
        return await _one(request, site, login, article_id, problem=MEANWHILE)
    return go("/knowledge")


@router.post("/knowledge/{article_id}/restore")
async def restore(
    *,
    request: Request,
    site: SiteOf,
    login: ArticleWriter,
    article_id: RowId,
    old: Annotated[RowId, Form()],
    version: Annotated[RowId, Form()],
) -> Response:
    try:
        await site.store.knowledge.restore(article_id, old, login.actor, version=version)
    except VersionConflict:
        return await _one(request, site, login, article_id, problem=MEANWHILE)
    return go(f"/knowledge/{article_id}")


async def _beside(
    request: Request, site: Site, login: Login, category: str, ticket_class: str
) -> Response:
    found = await site.store.knowledge.beside(
        category, ticket_class, login.actor, language=request.state.language
    )
    return fragment(
        request, site, login, "knowledge/beside.html", articles=found, category=category
    )


async def _one(
    request: Request, site: Site, login: Login, article_id: int, *, problem: str | None = None
) -> Response:
    return await page(
        request,
        site,
        login,
        "knowledge/article.html",
        HTTPStatus.CONFLICT if problem else HTTPStatus.OK,
        article=await site.store.knowledge.get(article_id, login.actor),
        versions=await site.store.knowledge.versions(article_id, login.actor),
        problem=problem,
    )


async def _form(
    request: Request,
    site: Site,
    login: Login,
    article: NewArticle,
    status: HTTPStatus = HTTPStatus.OK,
    *,
    problem: str | None = None,
    article_id: int | None = None,
    version: int = 0,
) -> Response:
    """With `article_id` it is that article, else a new one."""
    if problem and status is HTTPStatus.OK:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    return await page(
        request,
        site,
        login,
        "knowledge/form.html",
        status,
        article=article,
        article_id=article_id,
        version=version,
        problem=problem,
        article_languages=ARTICLE_LANGUAGES,
        categories=await site.store.tickets.categories(),
        longest_title=LONGEST_TITLE,
        longest_text=LONGEST_TEXT,
    )

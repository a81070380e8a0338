"""The form of an owner who has scanned a code: no login, no script, nothing of other hosts.

The token in the address is the right to send it, and says where the code hangs. What is sent
opens a ticket whose number the owner sees. Whoever tells of danger sees the telephone number
first and big: a form is slow, a call is not.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException

from call_logs.casework import EvidenceKind, EvidenceRefused
from call_logs.owners import FormLink
from call_logs.storage import Deferred, LinkInvalid, NotFound, StoreBusy, StoreError
from call_logs.tickets import NewsBy, NewTicket, Ticket, TicketClass, TicketKind, TicketSource
from call_logs.users import Actor
from dashboard.owner_form.texts import FORM_LANGUAGES, choose, texts
from dashboard.web.errors import BadInput
from dashboard.web.settings import OwnerForm, Told
from dashboard.web.sight import as_program
from dashboard.web.signin import source_of
from dashboard.web.site import Site, SiteOf
from dashboard.web.uploads import SentFile, SentForm

log = logging.getLogger(__name__)
router = APIRouter(prefix="/o/{token}", dependencies=[Depends(as_program)])

WEB_FORM = Actor("web form")
POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
KINDS = (TicketKind.REPAIR, TicketKind.COMPLAINT, TicketKind.SUGGESTION)
# How owners may want to be told. Not by message: not every company has a service for it.
TOLD_BY = (NewsBy.SITE, NewsBy.CALL, NewsBy.NONE)
PHOTOS = frozenset({EvidenceKind.JPEG, EvidenceKind.PNG, EvidenceKind.WEBP, EvidenceKind.HEIC})
# The most characters of each field.
LIMITS = {
    "text": 2000,
    "floor": 40,
    "room": 40,
    "happened": 100,
    "sound": 200,
    "reach": 200,
    "name": 100,
    "callback": 40,
}
CHOICES = ("kind", "told_by", "anonymous", "key")  # what else comes back with the form
KEY_LIMIT = 64


class WrongForm(Exception):
    """What the form says cannot be taken; `text` is the name of what the owner is told."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


@dataclass
class Sent:
    """What came of a form."""

    ticket: Ticket | None = None  # None: the database is away; it follows
    photos: int = 0
    photo_problem: str = ""
    urgent: bool = False


@router.get("")
async def show_form(request: Request, site: SiteOf, token: str, language: str = "") -> Response:
    form = _form_of(site)
    language = _language(request, site, language)
    if not site.form_limits.looks.take(source_of(request)):
        return _told(site, language, HTTPStatus.TOO_MANY_REQUESTS, "too_often")
    try:
        link = await site.store.form_links.by_token(token)
    except LinkInvalid:
        return _told(site, language, HTTPStatus.NOT_FOUND, "invalid")
    return _form(site, form, link, language, values={"key": secrets.token_hex(16)})


@router.post("")
async def take_form(request: Request, site: SiteOf, token: str) -> Response:
    """The same sent twice is one ticket with one copy of each photo."""
    form = _form_of(site)
    language = _language(request, site, request.query_params.get("language", ""))
    try:
        link = await site.store.form_links.by_token(token)
    except LinkInvalid:
        return _told(site, language, HTTPStatus.NOT_FOUND, "invalid")
    limits = site.form_limits
    if not (limits.addresses.take(source_of(request)) and limits.links.take(str(link.id))):
        return _told(site, language, HTTPStatus.TOO_MANY_REQUESTS, "too_often")
    sent_form: SentForm | None = None
    try:
        sent_form = SentForm(request)
        sent = await _take(site, form, link, language, sent_form)
    except WrongForm as error:
        values = sent_form.fields if sent_form else {}
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _form(site, form, link, language, status, values=values, problem=error.text)
    except BadInput:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        values = {"key": secrets.token_hex(16)}
        return _form(site, form, link, language, status, values=values, problem="broken")
    except HTTPException as error:
        # The body is larger than the form may be, or did not come in time.
        return _told(site, language, HTTPStatus(error.status_code), "broken")
    return _page(site, form, "sent", language, HTTPStatus.CREATED, link=link, sent=sent)


async def _take(
    site: Site, form: OwnerForm, link: FormLink, language: str, sent_form: SentForm
) -> Sent:
    """The ticket, and then its photos one by one: they stand behind everything else. Once there
    is a ticket, its number is told whatever becomes of the photos."""
    sent: Sent | None = None
    try:
        async for file in sent_form.files():
            if sent is None:
                sent = await _open(site, form, link, language, sent_form.fields)
            await _take_photo(site, form, sent, file)
    except (BadInput, HTTPException):
        if sent is None:
            raise
        sent.photo_problem = "photo_refused"
    return sent or await _open(site, form, link, language, sent_form.fields)


async def _open(
    site: Site, form: OwnerForm, link: FormLink, language: str, fields: dict[str, str]
) -> Sent:
    """Raises:
    WrongForm.
    """
    values: dict[str, Any] = {name: _line(fields.get(name, ""), name) for name in LIMITS}
    if not values["text"]:
        raise WrongForm("missing")
    key = fields.get("key", "")[:KEY_LIMIT]
    anonymous = bool(fields.get("anonymous"))
    told_by = next((by for by in TOLD_BY if by == fields.get("told_by")), NewsBy.SITE)
    told = await run_sync(form.told, values["text"], language)
    place: dict[str, Any] = link.place.as_document()
    lift = place.pop("lift", "")
    area = " ".join(filter(None, (place.pop("area", ""), lift)))
    new = NewTicket(
        kind=_kind(told, fields.get("kind", "")),
        ticket_class=told.ticket_class,
        category=told.category or link.category,
        phrases=told.phrases,
        source=TicketSource.WEB,
        language=language,
        actor=WEB_FORM,
        # Whoever goes back and writes that there is a fire now has told something else.
        key=key
        and json.dumps([link.id, key, fields.get("kind", ""), values, anonymous, told_by.value]),
        area=area,
        anonymous=anonymous,
        news_by=told_by,
        **(values | place),
    )
    urgent = told.ticket_class is TicketClass.URGENT
    try:
        return Sent(await site.store.tickets.open(new), urgent=urgent)
    except Deferred:
        return Sent(urgent=urgent)


def _kind(told: Told, asked: str) -> TicketKind:
    if told.ticket_class is TicketClass.URGENT:
        return TicketKind.EMERGENCY
    return next((kind for kind in KINDS if kind == asked), TicketKind.REPAIR)


async def _take_photo(site: Site, form: OwnerForm, sent: Sent, file: SentFile) -> None:
    if sent.ticket is None:
        sent.photo_problem = "photos_lost"
        return
    if sent.photos >= form.photos:
        sent.photo_problem = "photo_refused"
        return
    store = site.store.evidence
    rules = replace(store.rules, kinds=PHOTOS, max_bytes=form.photo_bytes)
    try:
        await store.add(sent.ticket.id, WEB_FORM, _pieces(file), name=file.name, rules=rules)
        sent.photos += 1
    except EvidenceRefused:
        sent.photo_problem = "photo_refused"
    except (StoreError, OSError) as error:
        if not isinstance(error, StoreBusy | NotFound):  # such as a full disk
            log.exception("a photo of the owners' form could not be kept")
        sent.photo_problem = "photos_lost"


async def _pieces(file: SentFile) -> AsyncIterator[bytes]:
    async for piece in file.content:
        yield piece


def _line(written: str, name: str) -> str:
    """Raises:
    WrongForm: it is too long.
    """
    text = written.replace("\0", "").replace("\r\n", "\n").strip()
    if len(text) > LIMITS[name]:
        raise WrongForm("too_long")
    return text


def _form_of(site: Site) -> OwnerForm:
    """Raises:
    HTTPException: there is no form here.
    """
    if site.settings.owner_form is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return site.settings.owner_form


def _language(request: Request, site: Site, asked: str) -> str:
    return choose(asked, request.headers.get("accept-language", ""), site.settings.language)


def _form(
    site: Site,
    form: OwnerForm,
    link: FormLink,
    language: str,
    status: HTTPStatus = HTTPStatus.OK,
    *,
    values: Mapping[str, str],
    **context: Any,
) -> Response:
    return _page(
        site,
        form,
        "form",
        language,
        status,
        link=link,
        kinds=KINDS,
        told_by=TOLD_BY,
        limits=LIMITS,
        values={
            name: values.get(name, "") for name in (*LIMITS, "kind", "told_by", "key", "anonymous")
        },
        photo_mb=form.photos * form.photo_bytes // 1_000_000,
        **context,
    )


def _told(site: Site, language: str, status: HTTPStatus, text: str) -> Response:
    return _page(site, _form_of(site), "told", language, status, told=text, link=None)


def _page(
    site: Site, form: OwnerForm, name: str, language: str, status: HTTPStatus, **context: Any
) -> Response:
    text = site.views.render(
        f"owner_form/{name}.html",
        site.settings.language if language == "ko" else language,
        {
            "form": form,
            "t": texts(language),
            "form_language": language,
            "form_languages": FORM_LANGUAGES,
            "problem": "",
            **context,
        },
    )
    headers = {
        "Content-Security-Policy": POLICY,
        "X-Robots-Tag": "noindex",
        "Referrer-Policy": "no-referrer",
    }
    return HTMLResponse(text, status, headers=headers)

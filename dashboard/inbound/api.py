"""Messages of WeChat, WeCom or any other system, signed as Standard Webhooks has it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from call_logs.inbound import InboundSource, IncomingMessage, OtherContent, TakenAs
from call_logs.roster import Address
from call_logs.tickets import NewTicket, TicketClass, TicketKind
from call_logs.webhooks import BadSignature
from dashboard.inbound.api_models import FileOut, MessageIn, TakenOut
from dashboard.web.api_models import ErrorOut
from dashboard.web.errors import BadInput, Conflict, NotSigned, TooOften
from dashboard.web.sight import as_program
from dashboard.web.signin import source_of
from dashboard.web.site import Site, SiteOf
from dashboard.web.texts import N_

__all__ = ["router"]

router = APIRouter(
    prefix="/inbound",
    tags=["inbound"],
    dependencies=[Depends(as_program)],  # whoever sends reads nothing
    responses={429: {"model": ErrorOut, "description": "Too often: try again in a minute."}},
)

_MESSAGE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": MessageIn.model_json_schema()}},
    }
}
_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
OTHER_CONTENT = N_("Another message had this webhook-id: give each message its own.")
NO_CATEGORY = N_("There is no such category here.")
Signed = Annotated[str, Header()]


@router.post(
    "/files/{token}",
    status_code=HTTPStatus.CREATED,
    openapi_extra=_FILE,
    responses={422: {"description": "The file is not taken; `reason` says why."}},
)
async def take_message_file(
    *,
    request: Request,
    site: SiteOf,
    token: Annotated[str, Path(max_length=200)],
    name: Annotated[str, Query(max_length=500)] = "",
) -> FileOut:
    """Add a file to the ticket of a message: the body is its content, the address is that of the
    answer to the message. The same content again is the file that is there."""
    limits = site.inbound_limits
    if not limits.addresses.take(source_of(request)):
        raise TooOften
    source, ticket_id = await site.store.inbound_sources.by_upload_token(token)
    if not limits.files.take(token):
        raise TooOften
    found = await site.store.evidence.add(ticket_id, source.actor, request.stream(), name=name)
    return FileOut(id=found.id, kind=found.kind, size_bytes=found.size_bytes, sha256=found.sha256)


@router.post(
    "/{source}",
    status_code=HTTPStatus.CREATED,
    openapi_extra=_MESSAGE,
    responses={200: {"model": TakenOut, "description": "It was added, or had come before."}},
)
async def take_message(
    *,
    request: Request,
    response: Response,
    site: SiteOf,
    source: Annotated[str, Path(max_length=60)],
    webhook_id: Signed = "",
    webhook_timestamp: Signed = "",
    webhook_signature: Signed = "",
) -> TakenOut:
    """Take a message of the system called `source`: it becomes a ticket, or is added to the open
    one that it belongs to. Sent again under the same `webhook-id` it is the one that it was."""
    limits = site.inbound_limits
    if not limits.addresses.take(source_of(request)):
        raise TooOften
    body = await request.body()
    try:
        sender = await site.store.inbound_sources.verify(
            source, webhook_id, webhook_timestamp, body, webhook_signature
        )
    except BadSignature as error:
        raise NotSigned(str(error)) from None
    # Asked after the signature: nobody else may use up what a system may send.
    if not limits.sources.take(sender.name):
        raise TooOften
    message = _read(body)
    try:
        taken = await site.store.inbound.take(
            IncomingMessage(
                channel=sender.actor.name,
                id=webhook_id,
                matter=await _matter(site, sender, message),
                conversation=message.conversation,
                number=message.reply_to,
                content=body,
            )
        )
    except OtherContent:
        raise Conflict(OTHER_CONTENT) from None
    if taken.outcome is not TakenAs.OPENED:
        response.status_code = HTTPStatus.OK
    token = site.store.inbound_sources.upload_token(sender, taken.ticket.id)
    return TakenOut(
        outcome=taken.outcome,
        ticket_id=taken.ticket.id,
        number=taken.ticket.number,
        urgent=taken.ticket.ticket_class is TicketClass.URGENT,
        files=f"/api/v1/inbound/files/{token}",
    )


def _read(body: bytes) -> MessageIn:
    try:
        message = MessageIn.model_validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        wrong = [{**each, "loc": ("body", *each["loc"])} for each in faults]
        raise RequestValidationError(wrong) from None
    if not message.text.replace("\0", "").strip():
        raise BadInput(N_("Write what it is about."), "text")
    return message


async def _matter(site: Site, sender: InboundSource, message: MessageIn) -> NewTicket:
    """What the words come to, as for the owners' form; the place of a known number."""
    if message.category and message.category not in site.settings.categories:
        raise BadInput(NO_CATEGORY, "category")
    language = message.language or site.settings.language
    text = message.text.replace("\0", "").strip()
    told = await run_sync(site.settings.inbound.told, text, language)
    urgent = told.ticket_class is TicketClass.URGENT
    facts = message.facts()
    place = {each: facts.pop(each, "") for each in ("building", "unit", "floor", "room", "area")}
    owner = None
    if facts.get("callback"):
        owner = await site.store.directory.lookup(facts["callback"])
    if owner is not None:
        facts["name"] = facts.get("name") or owner.name
        if not any(place.values()):
            place |= _known(owner.address)
    return NewTicket(
        kind=TicketKind.EMERGENCY if urgent else message.ticket_kind,
        ticket_class=told.ticket_class,
        category=told.category or message.category,
        phrases=told.phrases,
        source=message.ticket_source,
        language=language,
        actor=sender.actor,
        text=text,
        **place,  # type: ignore[arg-type]
        **facts,  # type: ignore[arg-type]
    )


def _known(address: Address) -> dict[str, str]:
    """As a ticket has it: a lift is a public area."""
    place: dict[str, str] = dict(address.as_document())
    lift = place.pop("lift", "")
    return place | {"area": " ".join(filter(None, (place.get("area", ""), lift)))}

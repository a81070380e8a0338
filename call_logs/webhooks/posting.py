"""One signed request to an address that an administrator has written."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from datetime import datetime
from http import HTTPStatus
from typing import Any

import httpx

from call_logs.tables.ticket_fields import FIELDS
from call_logs.tickets.rows import plain
from call_logs.tickets.ticket import Ticket
from call_logs.webhooks.egress import Egress, EgressRefused
from call_logs.webhooks.signature import signature_of
from call_logs.webhooks.webhook import Answer, Delivery, Problem

__all__ = ["body_of", "post", "record_of"]

LIMIT_S = 15.0  # all of it: name, connection, request, answer
ANSWER_BYTES = 2000
USER_AGENT = "hotline-webhooks/1"
LONGEST_WAIT = 6  # digits of `Retry-After`


def body_of(delivery: Delivery, ticket: dict[str, Any] | None) -> bytes:
    """What is sent: the same for the same event, but for the ticket's record as it is now."""
    told: dict[str, Any] = {
        "type": delivery.kind.value,
        "timestamp": delivery.at.isoformat(),
        "data": {**delivery.data, **({"ticket": ticket} if ticket is not None else {})},
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


async def post(
    delivery: Delivery, body: bytes, egress: Egress, tls: ssl.SSLContext, now: datetime
) -> Answer:
    """Send it once. Never raises for what the other side does; a redirect is not followed, and a
    proxy of the environment is not asked."""
    try:
        async with asyncio.timeout(LIMIT_S):
            return await _post(delivery, body, egress, tls, now)
    except (httpx.HTTPError, httpx.InvalidURL, EgressRefused, OSError, ValueError) as error:
        return Answer(problem=_problem_of(error))


def _problem_of(error: Exception) -> Problem:
    match error:
        case EgressRefused():
            return Problem(str(error))
        case TimeoutError() | httpx.TimeoutException():
            return Problem.TOO_SLOW
        case socket.gaierror() | UnicodeError():
            return Problem.UNKNOWN_NAME
        case httpx.TransportError() if "ssl" in str(error).lower():
            return Problem.TLS
        case _:
            return Problem.NO_CONNECTION


def record_of(ticket: Ticket) -> dict[str, Any]:
    """A ticket with the owner's words and numbers, for a webhook that may have them."""
    facts = {name: plain(getattr(ticket, name)) for name in FIELDS}
    return {**facts, "id": ticket.id, "number": ticket.number, "caller": ticket.caller}


async def _post(
    delivery: Delivery, body: bytes, egress: Egress, tls: ssl.SSLContext, now: datetime
) -> Answer:
    url = httpx.URL(delivery.address)
    plain = url.scheme == "http"
    port = url.port or (80 if plain else 443)
    found = await asyncio.get_running_loop().getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
    # What was checked is what is connected to: a name may lead elsewhere the next moment.
    chosen = egress.chosen((str(each[4][0]) for each in found), plain=plain)
    timestamp = int(now.timestamp())
    headers = {
        "Host": url.netloc.decode(),
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": USER_AGENT,
        "webhook-id": delivery.uid,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(
            signature_of(each, delivery.uid, timestamp, body) for each in delivery.secrets
        ),
    }
    client = httpx.AsyncClient(verify=tls, trust_env=False, follow_redirects=False, timeout=LIMIT_S)
    async with client:
        request = client.build_request(
            "POST",
            url.copy_with(host=str(chosen)),
            content=body,
            headers=headers,
            extensions={"sni_hostname": url.host},
        )
        response = await client.send(request, stream=True)
        try:
            return _answer(response, await _beginning(response))
        finally:
            await response.aclose()


async def _beginning(response: httpx.Response) -> str:
    """Of its body, as it was sent: what is compressed is not opened."""
    content = b""
    async for piece in response.aiter_raw():
        content += piece
        if len(content) >= ANSWER_BYTES:
            break
    return content[:ANSWER_BYTES].decode("utf-8", "replace")


def _answer(response: httpx.Response, text: str) -> Answer:
    status = response.status_code
    if response.is_success:
        return Answer(status=status, text=text)
    wait = response.headers.get("retry-after", "")
    asks = status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
    is_number = wait.isascii() and wait.isdigit() and len(wait) < LONGEST_WAIT
    rest_s = float(wait) if asks and is_number else 0.0
    problem = Problem.REDIRECT if response.is_redirect else Problem.STATUS
    return Answer(status=status, problem=problem, text=text, rest_s=rest_s)

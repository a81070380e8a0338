"""What every response carries: security headers, a nonce for styles, the reader's language;
and what no request may be: larger than any of our forms."""

from __future__ import annotations

import asyncio
import re
import secrets
from contextlib import suppress
from http import HTTPStatus
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.web.settings import DashboardSettings
from dashboard.web.signin import LANGUAGE_COOKIE
from dashboard.web.texts import choose_language

# Bodies are read, and files in them put on the disk, before anybody asks who is signed in.
BODY_LIMIT = 1_000_000
FILE_LIMIT = 21_000_000  # a file of the most that an import takes, and its form
PIECE_S = 30.0  # the longest wait for the next piece of a body
UNKNOWN_HOST = (
    "This name is not one of the dashboard's. Use the machine's address, or add the name to "
    "`hosts` in [dashboard] of the configuration.\n"
)
FILE_PATHS = frozenset({"/roster/import", "/api/v1/roster/files"})
# Whose bodies are read in pieces.
EVIDENCE_PATH = re.compile(r"(/api/v1)?/(tickets/[0-9]+/evidence|firm/tasks/[0-9]+/photos)")
INBOUND_FILE_PATH = re.compile(r"/api/v1/inbound/files/[^/]+")
INBOUND_PATH = re.compile(r"/api/v1/inbound/[^/]+")
OWNER_PATH = re.compile(r"/o/[^/]+")  # the same
INBOUND_BYTES = 64_000  # a message; read before anybody asks whose it is
FORM_BYTES = 1_000_000  # what a form has besides its file


def content_policy(nonce: str) -> str:
    """Scripts only from our own files; one nonce for the style element of the waveform."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            f"style-src 'self' 'nonce-{nonce}'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "media-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


class Shield:
    """ASGI middleware that does not buffer, so streams stay streams."""

    def __init__(self, app: ASGIApp, settings: DashboardSettings, evidence_bytes: int) -> None:
        self.app = app
        self.settings = settings
        self._evidence_limit = evidence_bytes + FORM_BYTES

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        if not self._knows(connection.headers.get("host", "")):
            refusal = PlainTextResponse(UNKNOWN_HOST, HTTPStatus.MISDIRECTED_REQUEST)
            await refusal(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        state = scope.setdefault("state", {})
        state["nonce"] = nonce
        state["language"] = choose_language(
            connection.cookies.get(LANGUAGE_COOKIE),
            connection.headers.get("accept-language", ""),
            self.settings.language,
        )

        async def shielded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", content_policy(nonce))
                headers["X-Content-Type-Options"] = "nosniff"
                headers["X-Frame-Options"] = "DENY"
                headers["Referrer-Policy"] = "same-origin"
                headers["Cross-Origin-Opener-Policy"] = "same-origin"
                headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
                # Owners' names and words must not stay in a shared computer's cache.
                headers.setdefault("Cache-Control", "no-store")
                if self.settings.tls:
                    headers["Strict-Transport-Security"] = "max-age=31536000"
            await send(message)

        await self.app(scope, _limited(receive, self._limit_of(scope["path"])), shielded)

    def _limit_of(self, path: str) -> int:
        """The most bytes of a body."""
        if EVIDENCE_PATH.fullmatch(path) or INBOUND_FILE_PATH.fullmatch(path):
            return self._evidence_limit
        if INBOUND_PATH.fullmatch(path):
            return INBOUND_BYTES
        form = self.settings.owner_form
        if form is not None and OWNER_PATH.fullmatch(path):
            return form.photos * form.photo_bytes + FORM_BYTES
        return FILE_LIMIT if path in FILE_PATHS else BODY_LIMIT

    def _knows(self, host: str) -> bool:
        """Whether a browser may ask for us by this name. A page of somebody else whose name
        leads to our address (DNS rebinding) would be one of our own pages to the browser; it
        cannot do that with an address itself."""
        if self.settings.hosts is None:
            return True
        name = urlsplit(f"//{host}").hostname or ""
        with suppress(ValueError):
            ip_address(name)
            return True
        return name in self.settings.hosts


def _limited(receive: Receive, limit: int) -> Receive:
    """`receive` that refuses the piece with which a body becomes larger than `limit` bytes, and
    waits for none longer than `PIECE_S`."""
    received = 0
    more = True

    async def limited() -> Message:
        nonlocal received, more
        try:
            async with asyncio.timeout(PIECE_S if more else None):
                message = await receive()
        except TimeoutError:
            raise HTTPException(HTTPStatus.REQUEST_TIMEOUT) from None
        more = bool(message.get("more_body", False))
        received += len(message.get("body", b""))
        if received > limit:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return message

    return limited

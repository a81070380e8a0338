"""Registration of one trunk on the pyVoIP stack (RFC 3261 section 10)."""

from __future__ import annotations

import asyncio
import socket

from call_logs.storage import Checks
from ivr.endpoint.pyvoip.challenge import CHALLENGES, credentials
from ivr.endpoint.pyvoip.message import Message
from ivr.endpoint.pyvoip.sip import Dialog, Signalling
from ivr.endpoint.registration import (
    LEAVE_LIMIT_S,
    REGISTER_EVERY_S,
    REGISTER_LIMIT_S,
    Registration,
)
from ivr.endpoint.sip_settings import Trunk
from ivr.endpoint.uri import split_server

TAKEN = 200


class PyVoipRegistration(Registration):
    """A registration that we renew ourselves: one Call-ID, one REGISTER a minute."""

    hangs_after_s = 10 * REGISTER_LIMIT_S

    def __init__(self, trunk: Trunk, signalling: Signalling, checks: Checks) -> None:
        super().__init__(trunk, checks)
        self._signalling = signalling
        self._dialog: Dialog | None = None
        self._credentials: dict[str, str] = {}

    async def _register(self) -> int | None:
        return await self._send(REGISTER_EVERY_S, REGISTER_LIMIT_S)

    async def _hold(self) -> int | None:
        return TAKEN

    async def _refused(self) -> None:
        self._dialog = None  # its server may have moved
        self._credentials = {}

    async def _leave(self) -> bool:
        return await self._send(0, LEAVE_LIMIT_S) is not None

    async def _send(self, expires_s: int, limit_s: float) -> int | None:
        """The final status of a REGISTER, or None when nobody answered in time."""
        try:
            async with asyncio.timeout(limit_s):
                return await self._answered(expires_s)
        except (OSError, TimeoutError):
            return None

    async def _answered(self, expires_s: int) -> int:
        """Send REGISTER, answer a challenge, and return the final status."""
        dialog = self._dialog = self._dialog or await self._begin()
        headers = {**self._credentials, "Expires": str(expires_s)}
        response = await self._ask(dialog, headers)
        if response.code in CHALLENGES:
            self._credentials = credentials(response, dialog, self._trunk, "REGISTER")
            response = await self._ask(dialog, {**headers, **self._credentials})
        return response.code

    async def _begin(self) -> Dialog:
        """One Call-ID for all our REGISTERs (RFC 3261 section 10.2)."""
        host, port = split_server(self._trunk.server)
        loop = asyncio.get_running_loop()
        answers = await loop.getaddrinfo(host, port, family=socket.AF_INET)
        own = f"<sip:{self._trunk.username}@{self._trunk.server}>"
        return Dialog(
            call_id=f"{self._signalling.gen_tag()}@{self._signalling.myIP}",
            local=f"{own};tag={self._signalling.gen_tag()}",
            remote=own,
            target=f"sip:{self._trunk.server}",
            address=(str(answers[0][4][0]), port),
        )

    async def _ask(self, dialog: Dialog, headers: dict[str, str]) -> Message:
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()

        def on_response(response: Message) -> None:
            if response.code >= 200 and not answer.done():
                answer.set_result(response)

        def on_give_up() -> None:
            if not answer.done():
                answer.set_exception(TimeoutError("no answer to REGISTER"))

        sent = self._signalling.request(
            "REGISTER", dialog, on_response=on_response, on_give_up=on_give_up, headers=headers
        )
        try:
            return await answer
        finally:
            self._signalling.finish(sent)

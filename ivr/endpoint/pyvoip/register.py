"""Registration of one trunk on the pyVoIP stack (RFC 3261 section 10)."""

from __future__ import annotations

import asyncio
import logging
import socket

from call_logs.storage import Checks, Loop, Severity
from ivr.endpoint.digest import authorization
from ivr.endpoint.protocol import RegistrationState, Trunk
from ivr.endpoint.pyvoip.message import Message
from ivr.endpoint.pyvoip.sip import Dialog, Signalling
from ivr.endpoint.trunk_state import (
    ASKING,
    REFUSALS,
    REGISTERED,
    RETRY_S,
    TrunkReport,
    pause_s,
    refused,
    silent,
)
from ivr.endpoint.uri import split_server

logger = logging.getLogger(__name__)

REGISTER_EVERY_S = 120
ANSWER_LIMIT_S = 10.0


class Registration:
    """Keeps one trunk registered for as long as the endpoint lives."""

    def __init__(self, trunk: Trunk, signalling: Signalling, checks: Checks) -> None:
        self._trunk = trunk
        self._signalling = signalling
        self._keeping = Loop(
            f"registration of {trunk.name}",
            self._keep,
            checks=checks,
            every_s=self._pause_s,
            again_s=(RETRY_S, RETRY_S),
            severity=Severity.DEGRADED,  # of one trunk
        )
        self._refusals = 0  # in a row
        self._code: int | None = None  # that the server answered last, when that was no
        self._dialog: Dialog | None = None
        self._credentials: dict[str, str] = {}
        self.state = RegistrationState.PENDING if trunk.register else RegistrationState.NOT_NEEDED

    @property
    def report(self) -> TrunkReport:
        """What is known of the trunk by its registration."""
        match self.state:
            case RegistrationState.REGISTERED:
                return REGISTERED
            case RegistrationState.FAILED if self._code is not None:
                return refused(self._code)
            case RegistrationState.FAILED:
                return silent("no answer to our registration")
        return ASKING

    def start(self) -> None:
        """Begin to register, if the trunk wants it; returns at once."""
        if self._trunk.register:
            self._keeping.start()

    async def close(self) -> None:
        """Stop, and take the registration back when there is one."""
        if not self._keeping.running:
            return
        await self._keeping.close()
        if self.state is RegistrationState.REGISTERED:
            try:
                async with asyncio.timeout(2.0):
                    await self._register(expires_s=0)
            except (OSError, TimeoutError):
                logger.info("a trunk did not confirm that we leave", extra=self._fields())

    async def _keep(self) -> None:
        try:
            async with asyncio.timeout(ANSWER_LIMIT_S):
                code: int | None = await self._register(expires_s=REGISTER_EVERY_S)
        except (OSError, TimeoutError):
            code = None
        if code is not None and 200 <= code < 300:
            self.state = RegistrationState.REGISTERED
            self._refusals, self._code = 0, None
            return
        self.state = RegistrationState.FAILED
        self._dialog = None  # its server may have moved
        self._credentials = {}
        self._code = code
        self._refusals = self._refusals + 1 if code in REFUSALS else 0
        logger.warning(
            "a trunk did not take our registration: check its server, username and password",
            extra={**self._fields(), "sip_code": code, "again_in_s": self._pause_s()},
        )

    def _pause_s(self) -> float:
        registered = self.state is RegistrationState.REGISTERED
        return REGISTER_EVERY_S / 2 if registered else pause_s(self._refusals)

    async def _register(self, *, expires_s: int) -> int:
        """Send REGISTER, answer a challenge, and return the final status."""
        dialog = self._dialog = self._dialog or await self._begin()
        headers = {**self._credentials, "Expires": str(expires_s)}
        response = await self._ask(dialog, headers)
        if response.code in {401, 407}:
            asked, given = (
                ("WWW-Authenticate", "Authorization")
                if response.code == 401
                else ("Proxy-Authenticate", "Proxy-Authorization")
            )
            value = authorization(
                response.value(asked),
                method="REGISTER",
                uri=dialog.target,
                username=self._trunk.username,
                password=self._trunk.password,
            )
            self._credentials = {given: value}
            response = await self._ask(dialog, {**headers, given: value})
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

    def _fields(self) -> dict[str, str]:
        return {"trunk": self._trunk.name}

"""A trunk as one baresip account, and the care for its registration."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Literal, cast

from baresip import Account, BaresipError, Event, StackEvent, UserAgent

from call_logs.storage import Checks, Loop, Severity
from ivr.endpoint.protocol import RegistrationState, SipSettings, Trunk
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

logger = logging.getLogger(__name__)

#: The program's names of codecs -> the stack's. With `opus_samplerate` and
#: `opus_stereo` in the configuration Opus decodes to 16 kHz mono by itself.
CODECS = {"opus": "opus/16000/1", "g722": "g722/16000/1", "pcma": "pcma", "pcmu": "pcmu"}
_SRTP = {"off": "", "optional": "srtp", "required": "srtp-mand"}

#: How long a registrar that lost its memory goes without us, at most.
REGISTER_EVERY_S = 120
REGISTER_LIMIT_S = 10.0


def account_of(trunk: Trunk, settings: SipSettings) -> Account:
    """The stack's account for `trunk`."""
    media_encryption = _SRTP[trunk.srtp]
    extra = ["catchall=yes", "video_codecs=none", "inreq_allowed=yes"]
    if media_encryption:
        extra.append(f"mediaenc={media_encryption}")
    return Account(
        user=trunk.username,
        domain=trunk.server,
        password=trunk.password,
        reg_interval=REGISTER_EVERY_S if trunk.register else 0,
        transport=cast("Literal['udp', 'tcp', 'tls']", trunk.transport),
        audio_codecs=tuple(CODECS[name] for name in trunk.codecs or settings.codecs),
        dtmf_mode="rtpevent",
        extra_params=tuple(extra),
    )


class Registration:
    """Keeps one trunk registered for as long as the endpoint lives."""

    def __init__(
        self,
        trunk: Trunk,
        agent: UserAgent,
        checks: Checks,
        *,
        stop_retrying: Callable[[Trunk], Awaitable[None]],
    ) -> None:
        """`stop_retrying`: the stack would try again by a rhythm of its own."""
        self._trunk = trunk
        self._agent = agent
        self._stop_retrying = stop_retrying
        self._refusals = 0  # in a row
        self._code: int | None = None  # of the last failure; None when nobody answered
        self._heard: int | None = None  # the same, of the attempt under way
        self._failed = asyncio.Event()
        self._keeping = Loop(
            f"registration of {trunk.name}",
            self._keep,
            checks=checks,
            every_s=lambda: pause_s(self._refusals),
            again_s=(RETRY_S, RETRY_S),
            severity=Severity.DEGRADED,  # of one trunk
            hangs_after_s=None,
        )
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

    def handle_event(self, event: StackEvent) -> None:
        """Follow what the stack reports of this trunk's registration."""
        if event.event is Event.REGISTER_OK:
            self.state = RegistrationState.REGISTERED
        elif event.event is Event.REGISTER_FAIL:
            self.state = RegistrationState.FAILED
            self._heard = _status(event.text or "")
            self._failed.set()

    async def close(self) -> None:
        """Stop, and take the registration back when there is one."""
        await self._keeping.close()
        if self.state is RegistrationState.REGISTERED:
            try:
                await self._agent.unregister(timeout=2.0)
            except BaresipError:
                logger.info("a trunk did not confirm that we leave", extra=self._fields())

    async def _keep(self) -> None:
        """Register, and return when that has failed or is lost."""
        self._failed.clear()
        self._heard = None
        try:
            await self._agent.register(timeout=REGISTER_LIMIT_S)
            self.state = RegistrationState.REGISTERED
            self._refusals, self._code = 0, None
            logger.info("trunk registered", extra=self._fields())
            if self._keeping.running:  # the stack may have swallowed the end (wait_for does)
                await self._failed.wait()
        except BaresipError as error:
            self.state = RegistrationState.FAILED
            self._heard = getattr(error, "status", None) or self._heard
        if self.state is RegistrationState.FAILED and self._keeping.running:
            await self._refused()

    async def _refused(self) -> None:
        self._code = self._heard
        self._refusals = self._refusals + 1 if self._code in REFUSALS else 0
        logger.warning(
            "a trunk did not take our registration: check its server, username and password",
            extra={
                **self._fields(),
                "sip_code": self._code,
                "again_in_s": pause_s(self._refusals),
            },
        )
        await self._stop_retrying(self._trunk)

    def _fields(self) -> dict[str, str]:
        return {"trunk": self._trunk.name}


def _status(text: str) -> int | None:
    """The SIP status that the stack's words begin with; None when nobody answered."""
    head = text.partition(" ")[0]
    return int(head) if len(head) == 3 and head.isdigit() else None

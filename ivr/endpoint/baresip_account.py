"""A trunk as one baresip account, and the care for its registration."""

from __future__ import annotations

import asyncio
import logging
from typing import Literal, cast

from baresip import Account, BaresipError, Event, StackEvent, UserAgent

from call_logs import Checks, Loop, Severity
from ivr.endpoint.protocol import RegistrationState, SipSettings, Trunk

logger = logging.getLogger(__name__)

#: The program's names of codecs -> the stack's. With `opus_samplerate` and
#: `opus_stereo` in the configuration Opus decodes to 16 kHz mono by itself.
CODECS = {"opus": "opus/16000/1", "g722": "g722/16000/1", "pcma": "pcma", "pcmu": "pcmu"}
_SRTP = {"off": "", "optional": "srtp", "required": "srtp-mand"}

#: How long a registrar that lost its memory goes without us, at most.
REGISTER_EVERY_S = 120
#: Pause before the next try after a failure. The stack itself would back off to
#: half an hour, in which nobody could call.
RETRY_S = 15.0
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

    def __init__(self, trunk: Trunk, agent: UserAgent, checks: Checks) -> None:
        self._trunk = trunk
        self._agent = agent
        self._failed = asyncio.Event()
        self._keeping = Loop(
            f"registration of {trunk.name}",
            self._keep,
            checks=checks,
            every_s=RETRY_S,
            again_s=(RETRY_S, RETRY_S),
            severity=Severity.DEGRADED,  # of one trunk
            hangs_after_s=None,
        )
        self.state = RegistrationState.PENDING if trunk.register else RegistrationState.NOT_NEEDED

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
        try:
            await self._agent.register(timeout=REGISTER_LIMIT_S)
            self.state = RegistrationState.REGISTERED
            logger.info("trunk registered", extra=self._fields())
            if self._keeping.running:  # the stack may have swallowed the end (wait_for does)
                await self._failed.wait()
        except BaresipError as error:
            self.state = RegistrationState.FAILED
            logger.warning(
                "a trunk refused our registration: check its server, username and password",
                extra={**self._fields(), "sip_code": getattr(error, "status", None)},
            )

    def _fields(self) -> dict[str, str]:
        return {"trunk": self._trunk.name}

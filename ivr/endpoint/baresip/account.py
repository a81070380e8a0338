"""A trunk as one baresip account, and the care for its registration."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal, cast

from baresip import Account, BaresipError, Event, StackEvent, UserAgent

from call_logs.storage import Checks
from ivr.endpoint.protocol import RegistrationState
from ivr.endpoint.registration import (
    LEAVE_LIMIT_S,
    REGISTER_EVERY_S,
    REGISTER_LIMIT_S,
    Registration,
)
from ivr.endpoint.sip_settings import SipSettings, Trunk

#: The program's names of codecs -> the stack's. With `opus_samplerate` and
#: `opus_stereo` in the configuration Opus decodes to 16 kHz mono by itself.
CODECS = {"opus": "opus/16000/1", "g722": "g722/16000/1", "pcma": "pcma", "pcmu": "pcmu"}
_SRTP = {"off": "", "optional": "srtp", "required": "srtp-mand"}

TAKEN = 200


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


class BaresipRegistration(Registration):
    """A registration that baresip renews by itself, and tells when it is lost."""

    def __init__(
        self,
        trunk: Trunk,
        agent: UserAgent,
        checks: Checks,
        *,
        stop_retrying: Callable[[Trunk], Awaitable[None]],
    ) -> None:
        """`stop_retrying`: the stack would try again by a rhythm of its own."""
        super().__init__(trunk, checks)
        self._agent = agent
        self._stop_retrying = stop_retrying
        self._heard: int | None = None  # the status that the attempt under way failed with
        self._lost = asyncio.Event()

    def handle_event(self, event: StackEvent) -> None:
        """Follow what the stack reports of this trunk's registration."""
        if event.event is Event.REGISTER_OK:
            self.state = RegistrationState.REGISTERED
        elif event.event is Event.REGISTER_FAIL:
            self.state = RegistrationState.FAILED
            self._heard = status_of(event.text or "")
            self._lost.set()

    async def _register(self) -> int | None:
        self._lost.clear()
        self._heard = None
        try:
            await self._agent.register(timeout=REGISTER_LIMIT_S)
        except BaresipError as error:
            return getattr(error, "status", None) or self._heard
        return TAKEN

    async def _hold(self) -> int | None:
        if self._keeping.running:  # the stack may have swallowed the end (wait_for does)
            await self._lost.wait()
        return TAKEN if self.state is RegistrationState.REGISTERED else self._heard

    async def _refused(self) -> None:
        await self._stop_retrying(self._trunk)

    async def _leave(self) -> bool:
        try:
            await self._agent.unregister(timeout=LEAVE_LIMIT_S)
        except BaresipError:
            return False
        return True


def status_of(text: str) -> int | None:
    """The SIP status that the stack's words begin with; None when nobody answered."""
    head = text.partition(" ")[0]
    return int(head) if len(head) == 3 and head.isdigit() else None

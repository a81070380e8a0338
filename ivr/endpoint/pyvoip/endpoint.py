"""The SIP endpoint on pyVoIP, for machines without baresip's wheel.

pyVoIP's own phone answers to the configured server instead of the caller, waits a
second before it rings, keeps every packet and runs three threads a call. Its
classes for messages, signalling and RTP are subclassed here and driven by the
event loop instead; what stays out of reach is in `limits.PYVOIP_LIMITS`.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import socket
from collections.abc import Callable, Iterable, Mapping

from call_logs.storage import Checks, Loop
from ivr.endpoint.admission import parse_address
from ivr.endpoint.endpoint_base import EndpointBase
from ivr.endpoint.identity import identify
from ivr.endpoint.protocol import (
    CallEvent,
    CallState,
    CloseReason,
    DialFailed,
    Direction,
    EndpointError,
)
from ivr.endpoint.pyvoip.call import PyVoipCall, Switch, called_dialog, calling_dialog
from ivr.endpoint.pyvoip.message import Message, Source
from ivr.endpoint.pyvoip.register import PyVoipRegistration
from ivr.endpoint.pyvoip.rtp import PACKET_MS, Stream
from ivr.endpoint.pyvoip.sdp import Media, agreed
from ivr.endpoint.pyvoip.sip import Signalling
from ivr.endpoint.settings import check_pyvoip
from ivr.endpoint.sip_settings import SipSettings, Trunk
from ivr.endpoint.status import phrase_of
from ivr.endpoint.uri import split_server, user_of

logger = logging.getLogger(__name__)

NOT_ACCEPTABLE = 488
#: A clock that is later than this starts anew instead of sending a burst.
CLOCK_SLACK_S = 0.2
CLOCK_AGAIN_S = (0.02, 1.0)
ANY_HOST = frozenset({"", "0.0.0.0"})
#: An address that only the default route leads to (RFC 5737).
UNROUTED = "192.0.2.1"


class PyVoipEndpoint(EndpointBase[PyVoipCall]):
    """All trunks on one UDP socket."""

    stack = "pyvoip"

    def __init__(self, settings: SipSettings, checks: Checks) -> None:
        super().__init__(settings, checks)
        self._host = settings.listen_host
        self._signalling: Signalling | None = None
        self._switch: Switch | None = None
        self._dialogs: dict[str, PyVoipCall] = {}  # by Call-ID
        self._ports = itertools.cycle(range(settings.rtp_ports[0], settings.rtp_ports[1], 2))
        self._clock = Loop(
            "rtp clock",
            self._run_clock,
            checks=checks,
            every_s=0.0,
            again_s=CLOCK_AGAIN_S,
            hangs_after_s=None,
        )

    async def alive(self) -> None:
        if not self._clock.running:
            raise EndpointError("the clock of the calls' sound has stopped")

    def _check(self) -> None:
        check_pyvoip(self._settings)

    async def _open_stack(self) -> None:
        self._host = await own_address(self._settings)
        signalling = Signalling(
            self._host,
            self._settings.listen_port,
            self._on_request,
            gate=self._gate,
            bind_host=self._settings.listen_host,
        )
        try:
            await signalling.open()
        except OSError as error:
            raise EndpointError(f"the SIP endpoint could not start: {error}") from error
        self._signalling = signalling
        self._switch = Switch(
            signalling=signalling,
            host=self._host,
            codecs=self._settings.codecs,
            quiet_s=float(self._settings.rtp_timeout_s),
            open_stream=self._open_stream,
            reserve_port=self._reserve_port,
            forget=self._forget,
            answered=self._gate.answered,
        )
        for trunk in self._settings.trunks:
            self._registrations[trunk.name] = PyVoipRegistration(trunk, signalling, self._checks)
        self._clock.start()

    async def _close_stack(self) -> None:
        signalling, self._signalling = self._signalling, None
        await self._clock.close()
        if signalling is not None:
            signalling.close()

    async def _send_call(
        self, trunk: Trunk, uri: str, headers: Mapping[str, str], timeout_s: float
    ) -> PyVoipCall:
        address = await self._resolve(uri)
        if self._signalling is None or self._switch is None:
            raise DialFailed("the endpoint is not started", CloseReason.FAILED)
        call = PyVoipCall(
            self._switch,
            trunk,
            calling_dialog(self._signalling, trunk, uri, address),
            direction=Direction.OUTBOUND,
            caller=trunk.username,
            callee=user_of(uri),
        )
        self._adopt(call)
        try:
            call.invite(headers, timeout_s)
        except EndpointError as error:
            self._forget(call)
            raise DialFailed(str(error), CloseReason.FAILED) from error
        return call

    def _knows(self, sip_call_id: str) -> bool:
        return sip_call_id in self._dialogs

    def _live_calls(self) -> Iterable[PyVoipCall]:
        return self._dialogs.values()

    async def _resolve(self, uri: str) -> Source:
        """Where the INVITE for a URI goes.

        Raises:
            DialFailed: its host has no IPv4 address.
        """
        server = uri.partition(":")[2].rpartition("@")[2].partition(";")[0]
        try:
            host, port = split_server(server)
            answers = await asyncio.get_running_loop().getaddrinfo(
                host, port, family=socket.AF_INET, type=socket.SOCK_DGRAM
            )
        except (OSError, ValueError) as error:
            raise DialFailed(
                "the call's server has no address: check the trunk's server",
                CloseReason.UNREACHABLE,
            ) from error
        return str(answers[0][4][0]), port

    def _on_request(self, request: Message) -> None:
        """Every request that is no copy."""
        call = self._dialogs.get(request.call_id)
        signalling = self._signalling
        if signalling is None:
            return
        match request.method:
            case "ACK":
                if call is not None:
                    call.acknowledged(request)
            case "OPTIONS" if call is None and "tag=" in request.value("To"):
                signalling.reply(request, 481, "Call/Transaction Does Not Exist")
            case "OPTIONS":
                signalling.reply(request, 200, "OK", headers=["Accept: application/sdp"])
            case "INVITE" if call is None:
                self._on_invite(signalling, request)
            case "INVITE" if call is not None:
                call.renegotiate(request)
            case "INFO" | "BYE" | "CANCEL" if call is None:
                signalling.reply(request, 481, "Call/Transaction Does Not Exist")
            case "INFO" if call is not None:
                call.info(request)
            case "BYE" if call is not None:
                call.bye(request)
            case "CANCEL" if call is not None:
                call.cancelled(request)
            case _:
                signalling.reply(request, 405, "Method Not Allowed")

    def _on_invite(self, signalling: Signalling, invite: Message) -> None:
        source = parse_address(invite.source[0])
        called = user_of(invite.value("To"))
        trunk = self._admission.trunk_for(source, called)
        media = agreed(invite, self._settings.codecs)
        refusal = self._refusal(trunk) or (NOT_ACCEPTABLE if media is None else None)
        if refusal is not None:
            signalling.reply(invite, refusal, phrase_of(refusal))
        elif trunk is not None and media is not None:
            self._take(invite, trunk, media, called)

    def _take(self, invite: Message, trunk: Trunk, media: Media, called: str) -> None:
        assert self._switch is not None
        names = self._settings.expose_headers if trunk.verified else ()
        exposed = {name: value for name in names if (value := invite.value(name))}
        identity = identify(invite.value("From"), invite.value, verified=trunk.verified)
        call = PyVoipCall(
            self._switch,
            trunk,
            called_dialog(invite),
            direction=Direction.INBOUND,
            caller=identity.caller,
            callee=called,
            withheld=identity.withheld,
            diverted_from=identity.diverted_from,
            headers=exposed,
        )
        self._adopt(call)

        def settle(event: CallEvent) -> None:
            if call.state is CallState.ESTABLISHED:
                self._gate.settled(call.sip_call_id)

        call.subscribe(settle)
        call.ring(invite, media)
        self._announce(call)

    def _adopt(self, call: PyVoipCall, *, listed: bool = True) -> None:
        self._dialogs[call.sip_call_id] = call
        super()._adopt(call, listed=listed)

    def _forget(self, call: PyVoipCall) -> None:
        self._dialogs.pop(call.sip_call_id, None)
        super()._forget(call)

    def _reserve_port(self) -> int:
        """An RTP port that is free now.

        Raises:
            EndpointError: the whole range is taken.
        """
        low, high = self._settings.rtp_ports
        for _ in range(low, high, 2):
            port = next(self._ports)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                try:
                    probe.bind((self._host, port))
                except OSError:
                    continue
                return port
        raise EndpointError("every RTP port is taken: widen rtp_ports")

    async def _open_stream(self, media: Media, on_key: Callable[[str], None], port: int) -> Stream:
        """Open the RTP of a call on `port`, or on a free one when it is 0."""
        local = (self._host, port or self._reserve_port())
        stream = Stream(media.payloads, local, (media.address, media.port), on_key)
        await stream.open()
        return stream

    async def _run_clock(self) -> None:
        """Send everybody's packets every 20 ms."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due += PACKET_MS / 1000
            if loop.time() - due > CLOCK_SLACK_S:
                due = loop.time()
            await asyncio.sleep(max(0.0, due - loop.time()))
            for call in tuple(self._dialogs.values()):
                try:
                    if call.stream is not None and call.state is not CallState.CLOSED:
                        call.stream.tick()
                except Exception:
                    # One call's fault must not silence all the others.
                    logger.exception("rtp tick failed", extra={"call": call.id})
                    call.lost()


async def own_address(settings: SipSettings) -> str:
    """The address to announce: `listen_host`, or with 0.0.0.0 the one that this
    machine reaches its first trunk from.

    Raises:
        EndpointError: there is no way to that trunk.
    """
    if settings.listen_host not in ANY_HOST:
        return settings.listen_host
    server = settings.trunks[0].server if settings.trunks else UNROUTED
    try:
        host, port = split_server(server)
        answers = await asyncio.get_running_loop().getaddrinfo(
            host, port, family=socket.AF_INET, type=socket.SOCK_DGRAM
        )
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(answers[0][4])  # sends nothing: it only picks a route
            return str(probe.getsockname()[0])
    except (OSError, ValueError) as error:
        raise EndpointError(
            "no network leads to the first trunk's server: check it, or set listen to one "
            "address of this machine"
        ) from error

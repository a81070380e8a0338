"""SIP endpoints: one protocol, two stacks (`baresip` and `pyvoip`)."""

from __future__ import annotations

from call_logs.storage import Checks
from ivr.endpoint.limits import PYVOIP_LIMITS
from ivr.endpoint.options import Silence, SipSilent, ask_options, ask_register
from ivr.endpoint.protocol import (
    TRANSITIONS,
    Call,
    CallEvent,
    CallListener,
    CallNotActive,
    CallState,
    CloseReason,
    DialFailed,
    Direction,
    Endpoint,
    EndpointError,
    KeyPressed,
    NoSocket,
    NotSupported,
    RegistrationState,
    StateChanged,
    TransferRefused,
)
from ivr.endpoint.sip_settings import Network, SipSettings, Trunk
from ivr.endpoint.trunk_state import TrunkReport, TrunkState
from ivr.endpoint.trust import context_of

STACKS = ("baresip", "pyvoip")


def open_endpoint(stack: str, settings: SipSettings, checks: Checks | None = None) -> Endpoint:
    """Make the endpoint of `stack`; nothing is bound before `Endpoint.start`. What it has to
    say of its health it registers with `checks`.

    Each stack is imported only when chosen, so that a machine without
    baresip's wheel can still run pyVoIP.

    Raises:
        EndpointError: an unknown stack, or one that is not installed.
    """
    checks = checks or Checks()
    try:
        if stack == "baresip":
            from ivr.endpoint.baresip.endpoint import BaresipEndpoint

            return BaresipEndpoint(settings, checks)
        if stack == "pyvoip":
            from ivr.endpoint.pyvoip.endpoint import PyVoipEndpoint

            return PyVoipEndpoint(settings, checks)
    except ImportError as error:
        raise EndpointError(
            f"the SIP stack {stack} is not installed ({error.name}): install it with pip, "
            "or set another `stack` in [sip]"
        ) from error
    raise EndpointError(f"unknown SIP stack {stack!r}: use one of {', '.join(STACKS)}")


__all__ = [
    "PYVOIP_LIMITS",
    "STACKS",
    "TRANSITIONS",
    "Call",
    "CallEvent",
    "CallListener",
    "CallNotActive",
    "CallState",
    "CloseReason",
    "DialFailed",
    "Direction",
    "Endpoint",
    "EndpointError",
    "KeyPressed",
    "Network",
    "NoSocket",
    "NotSupported",
    "RegistrationState",
    "Silence",
    "SipSettings",
    "SipSilent",
    "StateChanged",
    "TransferRefused",
    "Trunk",
    "TrunkReport",
    "TrunkState",
    "ask_options",
    "ask_register",
    "context_of",
    "open_endpoint",
]

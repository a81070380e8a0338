"""The few parts of SIP URIs (RFC 3261 section 19.1) that an endpoint looks at."""

from __future__ import annotations

import logging
import re
from urllib.parse import unquote

from call_logs.roster import Dialling

logger = logging.getLogger(__name__)

#: RFC 3966: a number, with separators for the eye, and where it holds.
_TELEPHONE = re.compile(r"\btel:(?P<number>\+?[0-9A-D*#.()\-]+)(?P<rest>[^>\s,]*)", re.I)
_CONTEXT = re.compile(r";phone-context=(\+[0-9.()\-]+)", re.I)
_SEPARATORS = str.maketrans("", "", ".()-")
_ADDRESS = re.compile(r"sips?:(?:(?P<user>[^@>\s]*)@)?(?P<host>\[[^\]]+\]|[^:;>?\s]+)", re.I)

DEFAULT_PORT = 5060
DEFAULT_TLS_PORT = 5061

#: A withheld number (RFC 3323 section 4.1.1.3, and what gateways send).
_ANONYMOUS = frozenset({"anonymous", "unknown", "unavailable", "restricted", "private"})


def user_of(address: str | None) -> str:
    """The user part of a URI or of a From or To value, without parameters; or "". Of a `tel:`
    URI it is the number, in front of a local one what its `phone-context` begins with."""
    match = _ADDRESS.search(address or "")
    if match is None:
        return _number_of(address or "")
    if match["user"] is None:
        return ""
    return unquote(match["user"].split(";")[0].split(":")[0])


def _number_of(address: str) -> str:
    match = _TELEPHONE.search(address)
    if match is None:
        return ""
    number = match["number"].translate(_SEPARATORS)
    context = _CONTEXT.search(match["rest"])
    if context is not None and not number.startswith("+"):
        number = context[1].translate(_SEPARATORS) + number
    return number


def caller_of(address: str | None) -> str:
    """As `user_of`, empty when the caller withheld the number."""
    user = user_of(address)
    return "" if user.lower() in _ANONYMOUS else user


def host_of(address: str) -> str:
    """The host part of a URI; "" when there is none."""
    match = _ADDRESS.search(address)
    return match["host"].strip("[]") if match else ""


def is_uri(target: str) -> bool:
    return target.lower().startswith(("sip:", "sips:"))


def split_server(server: str, *, tls: bool = False) -> tuple[str, int]:
    """`host`, `host:port` or `[v6]:port` as host and port.

    Raises:
        ValueError: the port is not a number from 1 to 65535.
    """
    default = DEFAULT_TLS_PORT if tls else DEFAULT_PORT
    if server.startswith("["):
        host, _, rest = server[1:].partition("]")
        text = rest.removeprefix(":")
    elif server.count(":") == 1:
        host, _, text = server.partition(":")
    else:
        host, text = server, ""
    port = int(text) if text else default
    if not 1 <= port <= 65535:
        raise ValueError(f"{port} is not a port: use 1 to 65535")
    return host, port


def dial_uri(target: str, server: str, transport: str, dialling: Dialling) -> str:
    """What to put into the request line for `target`, a SIP URI or a number. Every INVITE of
    ours goes through here, so that nothing is dialled that may not be.

    Raises:
        ValueError: `dialling` refuses it, or it is no target at all.
    """
    verdict = dialling.may_dial(target)
    if not verdict.ok:
        logger.warning("a call was not sent", extra={"refusal": verdict.refusal})
        raise ValueError(f"what was to be dialled {verdict.reason}")
    uri = verdict.target if is_uri(verdict.target) else f"sip:{verdict.target}@{server}"
    if transport != "udp" and ";transport=" not in uri.lower():
        uri += f";transport={transport}"
    return uri

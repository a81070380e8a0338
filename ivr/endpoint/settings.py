"""Checks of `SipSettings` that a stack makes before it starts."""

from __future__ import annotations

import errno
import socket
from pathlib import Path

from ivr.endpoint.limits import PYVOIP_LIMITS
from ivr.endpoint.protocol import EndpointError, NoSocket, NotSupported
from ivr.endpoint.sip_settings import SipSettings

MAX_CALLS = 200
#: The stack takes 16 names; five of them are for the headers that we need ourselves.
MOST_HEADERS = 11


def check_port(settings: SipSettings) -> None:
    """Make sure that nobody else listens on the SIP port.

    libre shares a taken UDP port without a word, and then each program gets some
    of the calls.

    Raises:
        NoSocket: the address is none of this machine's now.
        EndpointError: the port cannot be had.
    """
    family = socket.AF_INET6 if ":" in settings.listen_host else socket.AF_INET
    kinds = {"udp": socket.SOCK_DGRAM, "tcp": socket.SOCK_STREAM}
    for kind in {kinds[name] for name in settings.transports if name in kinds}:
        with socket.socket(family, kind) as probe:
            if kind is socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.listen_host, settings.listen_port))
            except OSError as error:
                if error.errno == errno.EADDRNOTAVAIL:
                    raise NoSocket(
                        f"{settings.listen_host} is no address of this machine (yet): check "
                        "`listen` in [sip] and the network"
                    ) from error
                raise EndpointError(
                    f"the SIP port {settings.listen_port} cannot be had ({error.strerror}): is "
                    "another program on it?"
                ) from error


def check_baresip(settings: SipSettings) -> None:
    """Refuse what baresip would accept and then do differently.

    Raises:
        EndpointError: what is wrong and how to mend it.
    """
    if settings.tls_port != settings.listen_port + 1 and "tls" in settings.transports:
        raise EndpointError(
            f"baresip listens for TLS on the port after listen_port: set the TLS port to "
            f"{settings.listen_port + 1}"
        )
    if "tls" in settings.transports and not Path(settings.tls_certificate).is_file():
        raise EndpointError("TLS needs tls_certificate, a PEM file with certificate and key")
    if not 1 <= settings.max_calls <= MAX_CALLS:
        raise EndpointError(f"max_calls must be from 1 to {MAX_CALLS}")
    if len(settings.expose_headers) > MOST_HEADERS:
        raise EndpointError(f"baresip reads at most {MOST_HEADERS} headers: name fewer in [sip]")
    for trunk in settings.trunks:
        if trunk.transport not in settings.transports:
            raise EndpointError(
                f"trunk {trunk.name} wants {trunk.transport}: add it to transports in [sip]"
            )


PYVOIP_MAX_CALLS = 50


def check_pyvoip(settings: SipSettings) -> None:
    """Refuse what pyVoIP cannot do.

    Raises:
        NotSupported: the first such feature, in the words of `PYVOIP_LIMITS`.
    """
    asked = [f"transport={name}" for name in settings.transports]
    asked += [f"codec={name}" for name in settings.codecs]
    for trunk in settings.trunks:
        asked += [f"transport={trunk.transport}", f"srtp={trunk.srtp}"]
        asked += [f"codec={name}" for name in trunk.codecs]
    if settings.max_calls > PYVOIP_MAX_CALLS:
        asked.append(f"max_calls>{PYVOIP_MAX_CALLS}")
    if ":" in settings.listen_host:
        asked.append("listen=ipv6")
    for feature in asked:
        if feature in PYVOIP_LIMITS:
            raise NotSupported(PYVOIP_LIMITS[feature])

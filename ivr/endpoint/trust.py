"""Whom to trust at the other end of TLS: what each trunk says of it."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ivr.endpoint.protocol import EndpointError
from ivr.endpoint.sip_settings import Trunk
from ivr.endpoint.uri import split_server

#: Where distributions keep the public certificate authorities in one file.
_SYSTEM_FILES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
)


@dataclass(frozen=True)
class Trust:
    """How one TLS server proves who it is."""

    host: str
    verify: bool
    anchors: tuple[bytes, ...] = ()  # DER certificates to trust; empty: the system's


def trust_of(trunk: Trunk) -> Trust:
    """What a trunk wants of its server's certificate.

    Raises:
        EndpointError: its `ca_file` holds no certificate.
    """
    host, _ = split_server(trunk.server, tls=True)
    return Trust(host.lower(), trunk.tls_verify, _anchors(trunk) if trunk.ca_file else ())


def context_of(trunk: Trunk) -> ssl.SSLContext:
    """The same for a connection of Python's.

    Raises:
        EndpointError: its `ca_file` holds no certificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.hostname_checks_common_name = True  # PBXes make their own without more
    if not trunk.tls_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif trunk.ca_file:
        for anchor in _anchors(trunk):
            context.load_verify_locations(cadata=anchor)
        # A certificate that is its own authority is an anchor all the same.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    else:
        context.load_default_certs()
    return context


def rules_of(trunks: Iterable[Trunk]) -> tuple[Trust, ...]:
    """One rule for each server that is reached by TLS; of two for one the stricter first."""
    rules = [trust_of(trunk) for trunk in trunks if trunk.transport == "tls" and trunk.server]
    return tuple(sorted(rules, key=lambda rule: not rule.verify))


def system_file() -> str:
    """The public authorities of this machine, "" when it has none."""
    return next((path for path in _SYSTEM_FILES if Path(path).is_file()), "")


def _anchors(trunk: Trunk) -> tuple[bytes, ...]:
    try:
        text = Path(trunk.ca_file).read_text(encoding="ascii", errors="replace")
        parts = text.split(ssl.PEM_FOOTER)[:-1]
        pems = [part[part.index(ssl.PEM_HEADER) :] + ssl.PEM_FOOTER for part in parts]
        anchors = tuple(ssl.PEM_cert_to_DER_cert(pem) for pem in pems)
    except (OSError, ValueError) as error:
        raise EndpointError(
            f"ca_file of trunk {trunk.name} cannot be read: name a PEM file with certificates"
        ) from error
    if not anchors:
        raise EndpointError(f"ca_file of trunk {trunk.name} holds no certificate in PEM form")
    return anchors

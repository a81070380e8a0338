"""Where the program may send to on an administrator's word.

An address on a page is typed by a person and resolved by a name server: both could lead a program
that stands inside the company's network to what is reached from there alone (a router's page, a
cloud's metadata, the database). So only public addresses may be reached, by https, unless the
configuration names the network; what was checked is what is connected to.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

import certifi

from call_logs.storage.errors import InvalidValue

__all__ = ["Egress", "EgressRefused"]

LONGEST = 500
_NAT64 = ip_network("64:ff9b::/96")
Address = IPv4Address | IPv6Address


class EgressRefused(Exception):
    """Nothing is sent there; the message is one of the words of `Problem`."""


@dataclass(frozen=True)
class Egress:
    """`allow`: networks of the company that may be reached, also by plain http. `ca_file`:
    certificates that are trusted besides the system's."""

    allow: tuple[IPv4Network | IPv6Network, ...] = ()
    ca_file: Path | None = None

    def check_address(self, address: str) -> str:
        """The address in the form in which it is kept.

        Raises:
            InvalidValue: it cannot be one, or leads to where nothing is sent.
        """
        address = address.strip()
        try:
            parts = urlsplit(address)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise InvalidValue("address: is no address of the web", "address") from None
        printable = address.isascii() and address.isprintable() and " " not in address
        if not host or len(address) > LONGEST or not printable or port == 0:
            raise InvalidValue(
                f"address: https://NAME/..., at most {LONGEST} characters of ASCII", "address"
            )
        if parts.username is not None or parts.password is not None or parts.fragment:
            raise InvalidValue("address: no name, password or fragment in it", "address")
        plain_allowed = parts.scheme == "http" and self.allow
        if parts.scheme != "https" and not plain_allowed:
            raise InvalidValue(
                "address: by https alone; http only into networks of `allow` in [webhooks]",
                "address",
            )
        literal = _literal(host)
        if literal is not None and not self.may_reach(literal, plain=parts.scheme == "http"):
            raise InvalidValue(
                "address: leads into a private network: name it under `allow` in [webhooks]",
                "address",
            )
        return address

    def chosen(self, addresses: Iterable[str], *, plain: bool) -> Address:
        """The one of a name's addresses that is connected to.

        Raises:
            EgressRefused: one of them may not be reached, or there is none.
        """
        found = [ip_address(each) for each in addresses]
        if not found:
            raise EgressRefused("unknown_name")
        if not all(self.may_reach(each, plain=plain) for each in found):
            raise EgressRefused("forbidden")
        return found[0]

    def may_reach(self, address: Address, *, plain: bool = False) -> bool:
        """`plain`: by http, which only the company's own networks may see."""
        inner = _inner(address)
        if any(inner.version == net.version and inner in net for net in self.allow):
            return True
        return not plain and inner.is_global and not inner.is_multicast

    def tls(self) -> ssl.SSLContext:
        """Certificates are checked, against the system's authorities and `ca_file`. Reads files."""
        context = ssl.create_default_context(cafile=certifi.where())
        context.load_default_certs()
        if self.ca_file is not None:
            context.load_verify_locations(self.ca_file)
        return context


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, where it does."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo[1] if address.teredo is not None else None
    return address.ipv4_mapped or address.sixtofour or teredo or address


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None

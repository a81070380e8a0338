"""One way to ring a person: a telephone number, an extension of the PBX or a SIP address.

A contact is checked when it is saved, never for the first time at three in the
morning. Its text form is what people write in files and forms:

    13812345678             a number of the default region
    +49 30 901820           a number of any region
    ext:8001                an extension of the PBX behind a trunk
    sip:wang@10.0.0.5:5062  a SIP or SIPS address
    ext:8001 via office     any of these by a named trunk (default: the first one)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from ipaddress import ip_address

import phonenumbers

from call_logs.roster.dialling import Dialling, Refusal
from call_logs.roster.errors import RosterError

__all__ = ["Contact", "ContactKind", "InvalidContact", "parse_contact"]

_VIA = re.compile(r"^(?P<address>.*\S)\s+via\s+(?P<trunk>\S+)$", re.IGNORECASE)
_TRUNK = re.compile(r"^[\w.-]{1,64}$")
_EXTENSION = re.compile(r"^[0-9*#]{1,8}$")
# RFC 3261 section 25.1, narrowed to what a telephone address needs: no headers, no password.
_SIP = re.compile(
    r"^(?P<scheme>sips?):(?:(?P<user>[\w.!~*'()&=+$,;?/%-]+)@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::(?P<port>\d{1,5}))?"
    r"(?P<parameters>(?:;[\w.-]+(?:=[\w.%-]+)?)*)$",
    re.IGNORECASE,
)
_HOST_LABEL = re.compile(r"^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$")


class InvalidContact(RosterError):
    """A contact that could never be rung; the message says what to write instead."""


class ContactKind(StrEnum):
    """What a contact's address is."""

    NUMBER = "number"
    EXTENSION = "extension"
    SIP = "sip"


@dataclass(frozen=True, repr=False)
class Contact:
    """One checked address; make it with `parse_contact`. Its `repr` hides the address."""

    kind: ContactKind
    address: str  # E.164 with its plus, the bare extension, or the whole SIP URI
    trunk: str = ""  # empty: the endpoint's first trunk

    @property
    def target(self) -> str:
        """What `Endpoint.dial` takes."""
        return self.address

    @property
    def text(self) -> str:
        """The form that `parse_contact` reads back."""
        address = f"ext:{self.address}" if self.kind is ContactKind.EXTENSION else self.address
        return f"{address} via {self.trunk}" if self.trunk else address

    @property
    def masked(self) -> str:
        """Enough for a colleague to recognise it, too little to ring it."""
        if self.kind is ContactKind.SIP:
            scheme, _, rest = self.address.partition(":")
            user, at, _ = rest.partition("@")
            return f"{scheme}:{user[:1]}***" if at else f"{scheme}:***"
        return "***" + self.address[-3:] if len(self.address) > 5 else "***"

    def __repr__(self) -> str:
        return f"Contact({self.kind.value} {self.masked})"


@lru_cache(maxsize=10_000)  # a roster is read anew after every change, its numbers are the same
def parse_contact(text: str, region: str = "CN") -> Contact:
    """Read the text form. `region` is an ISO 3166 country for numbers without a plus.

    Raises:
        InvalidContact: it is no address that can be rung, or it leads to a public
            emergency service, which a machine must not ring.
    """
    written = text.strip()
    trunk = ""
    if via := _VIA.match(written):
        written, trunk = via["address"], via["trunk"]
        if not _TRUNK.match(trunk):
            raise InvalidContact(f"`{trunk}` is no trunk name; write the NAME of a [trunk NAME]")
    if not written:
        raise InvalidContact("the contact is empty; write a number, `ext:8001` or `sip:user@host`")
    scheme, colon, rest = written.partition(":")
    match scheme.lower() if colon else "":
        case "sip" | "sips":
            contact = Contact(ContactKind.SIP, _sip_uri(written), trunk)
        case "ext":
            contact = Contact(ContactKind.EXTENSION, _extension(rest.strip()), trunk)
        case "tel":
            contact = Contact(ContactKind.NUMBER, _number(rest, region), trunk)
        case _:
            contact = Contact(ContactKind.NUMBER, _number(written, region), trunk)
    _refuse_emergency(contact.address, written, region)
    return contact


def _number(written: str, region: str) -> str:
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException as error:
        raise InvalidContact(
            f"`{written}` is no telephone number; write it as dialled, with + and the country "
            "code when it is abroad, `ext:8001` for an extension or `sip:user@host`"
        ) from error
    _refuse_emergency(written, written, region)
    if number.extension:
        raise InvalidContact(
            f"`{written}` has an extension, which cannot be dialled behind a number; "
            "give the person's direct number, or `ext:` and the extension of your own PBX"
        )
    if not phonenumbers.is_valid_number(number):
        country = phonenumbers.region_code_for_country_code(number.country_code or 0)
        raise InvalidContact(
            f"`{written}` is not a number in use in {country}; check its digits, or write "
            "`ext:` before it when it is an extension of your PBX"
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _extension(digits: str) -> str:
    if not _EXTENSION.match(digits):
        raise InvalidContact(
            f"`ext:{digits}` is no extension; write 1 to 8 digits after `ext:`, as in `ext:8001`"
        )
    return digits


def _refuse_emergency(address: str, written: str, region: str) -> None:
    """Also on a roster that was saved before; what else may be dialled is asked when it is
    saved (`roster_checks.dial_problems`), because the configuration can change."""
    verdict = Dialling(region).may_dial(address)
    if verdict.refusal is Refusal.EMERGENCY:
        raise InvalidContact(f"`{written}` {verdict.reason}")


def _sip_uri(written: str) -> str:
    match = _SIP.match(written)
    if match is None:
        raise InvalidContact(
            f"`{written}` is no SIP address; write `sip:user@host` or `sip:user@host:5060`, "
            "without a password or headers"
        )
    host = match["host"]
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        numeric = host.replace(".", "").isdigit()
        if numeric or not all(map(_HOST_LABEL.match, host.rstrip(".").split("."))):
            raise InvalidContact(f"`{host}` in `{written}` is no host name or address") from None
    port = match["port"]
    if port is not None and not 0 < int(port) < 65536:
        raise InvalidContact(f"`{written}` has port {port}; a port is 1 to 65535")
    user = f"{match['user']}@" if match["user"] else ""
    return (
        f"{match['scheme'].lower()}:{user}{host.lower()}"
        f"{f':{port}' if port else ''}{match['parameters']}"
    )

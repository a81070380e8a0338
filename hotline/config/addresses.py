"""Where something is reached: hosts, ports, networks, and addresses of stores, pages and notices.

Parsers as in `hotline.config.values`.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from hotline.config.values import Parser, items, path, some_text

Network = IPv4Network | IPv6Network
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")


@dataclass(frozen=True)
class Address:
    """A host (name, IPv4 or IPv6 without brackets) and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def host(value: str, base: Path) -> str:
    """A host name or address, a port behind a colon allowed (`pbx.example.com:5060`)."""
    del base
    split_address(value, default_port=0)
    return value


def address(default_port: int) -> Parser[Address]:
    """`host:port`, `[v6]:port`, or a host alone with the default port."""

    def parse(value: str, base: Path) -> Address:
        del base
        return split_address(value, default_port)

    return parse


def split_address(value: str, default_port: int) -> Address:
    """Take `host[:port]` apart.

    Raises:
        ValueError: neither a host name nor an IP address, or a port outside 1-65535.
    """
    match = re.fullmatch(r"\[([0-9A-Fa-f:.]+)\](?::([0-9]{1,5}))?", value) or re.fullmatch(
        r"([^:\s]+)(?::([0-9]{1,5}))?", value
    )
    if match is None or not (_is_ip(match[1]) or _HOST.fullmatch(match[1])):
        raise ValueError("must be host or host:port, such as 0.0.0.0:5060 or [::1]:5060")
    port = int(match[2]) if match[2] else default_port
    if match[2] and not 1 <= port <= 65535:
        raise ValueError("has a port outside 1 to 65535")
    return Address(match[1], port)


def _is_ip(word: str) -> bool:
    try:
        ipaddress.ip_address(word)
    except ValueError:
        return False
    return True


def networks(value: str, base: Path) -> tuple[Network, ...]:
    """A list of IP addresses and networks, such as `192.0.2.4, 198.51.100.0/24`."""
    del base
    found = []
    for number, word in enumerate(items(value), start=1):
        try:
            found.append(ipaddress.ip_network(word))
        except ValueError:
            hint = ""
            with contextlib.suppress(ValueError):
                hint = f"; did you mean {ipaddress.ip_network(word, strict=False)}?"
            raise ValueError(
                f"number {number} of the list is not an IP address or network{hint}"
            ) from None
    return tuple(found)


def ports(value: str, base: Path) -> tuple[int, int]:
    """A range of ports, `low-high`; RTP takes an even and the next odd one a call."""
    del base
    match = re.fullmatch(r"([0-9]{1,5})\s*-\s*([0-9]{1,5})", value)
    if match is None:
        raise ValueError("must be a range such as 10000-20000")
    low, high = int(match[1]), int(match[2])
    if not 1024 <= low < high <= 65535:
        raise ValueError("must be a range inside 1024-65535, the smaller number first")
    return low, high


def web_url(value: str, base: Path) -> str:
    """The address under which browsers reach the pages, without a slash at the end."""
    del base
    if not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", value):
        raise ValueError("must be an address such as https://hotline.example.com")
    return value.rstrip("/")


def host_names(value: str, base: Path) -> tuple[str, ...]:
    """Names by which browsers may ask for the pages: `hotline.local, desk.example.com`."""
    del base
    names = tuple(dict.fromkeys(word.lower() for word in re.split(r"[,\s]+", value) if word))
    for name in names:
        if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", name):
            raise ValueError(f"has {name}, which is no host name; write names without port")
    return names


def database_url(value: str, base: Path) -> str:
    """An SQLAlchemy address of SQLite or PostgreSQL; the driver may be left out."""
    kind, sign, rest = value.partition("://")
    if not sign or "\n" in value:
        raise ValueError("must be sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME")
    match kind:
        case "sqlite" | "sqlite+aiosqlite":
            if not rest.startswith("/") or len(rest) < 2:
                raise ValueError("must name a file: sqlite:///hotline.db or sqlite:////srv/h.db")
            return f"sqlite+aiosqlite:///{path(rest[1:], base)}"
        case "postgresql" | "postgres" | "postgresql+psycopg":
            if "/" not in rest or rest.endswith("/"):
                raise ValueError("must end in the name of a database: postgresql://HOST/NAME")
            return f"postgresql+psycopg://{rest}"
        case _:
            raise ValueError("must begin with sqlite:/// or postgresql://")


def store_url(value: str, base: Path) -> str:
    """A folder, or an fsspec address such as `s3://bucket/recordings`."""
    if "://" in value:
        return some_text(value, base)
    return str(path(value, base))


def notice_urls(value: str, base: Path) -> tuple[str, ...]:
    """Apprise addresses, one a line. A comma belongs to the address."""
    del base
    import apprise

    urls = tuple(line.strip() for line in value.splitlines() if line.strip())
    for number, url in enumerate(urls, start=1):
        if apprise.Apprise.instantiate(url, suppress_exceptions=True) is None:
            raise ValueError(
                f"number {number} of the list is no address that apprise knows, such as "
                "wecombot://KEY, dingtalk://TOKEN, feishu://TOKEN or mailto://..."
            )
    return urls


def message_urls(value: str, base: Path) -> tuple[str, ...]:
    """Apprise addresses with `{number}` in them, one a line."""
    urls = notice_urls(value.replace("{number}", "+8613800138000"), base)
    written = tuple(line.strip() for line in value.splitlines() if line.strip())
    for number, url in enumerate(written, start=1):
        if "{number}" not in url:
            raise ValueError(
                f"number {number} of the list has no {{number}}: write it where the address has "
                "the owner's number"
            )
    assert len(urls) == len(written)
    return written

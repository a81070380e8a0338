"""What a value of the configuration may be: text in, a typed value out.

A parser raises `ValueError` with a fact that completes "key: ..." and says what is
allowed. It never quotes the value: the caller knows whether it is a secret.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time, timedelta
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import phonenumbers

T = TypeVar("T")
Parser = Callable[[str, Path], T]  # the value, and the folder relative paths start from
Network = IPv4Network | IPv6Network

LANGUAGES = ("zh-CN", "en", "ko")
CODECS = ("opus", "g722", "pcma", "pcmu")
TRANSPORTS = ("udp", "tcp", "tls")
EVIDENCE_KINDS = ("jpeg", "png", "webp", "heic", "mp4", "mov", "webm", "pdf")
"""As `call_logs.casework.EvidenceKind`."""

NEWS_TOPICS = ("received", "on_the_way", "plan", "delay", "result", "progress")
"""As `call_logs.tickets.NewsTopic`, without call backs."""

COMMAND_NODES = frozenset({"check", "command-line", "doctor"})
_YES = frozenset({"yes", "true", "on", "1"})
_NO = frozenset({"no", "false", "off", "0"})
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")


@dataclass(frozen=True)
class Address:
    """A host (name, IPv4 or IPv6 without brackets) and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Length:
    """So much time; `working` and in hours or minutes: of the working hours, in days: of the
    working days."""

    time: timedelta
    counted: str  # a value of `call_logs.deadlines.Counted`


def suggestion(word: str, known: tuple[str, ...]) -> str:
    """`"; did you mean X?"` when a known word is near, else the empty string."""
    near = get_close_matches(word, known, n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""


def items(value: str) -> tuple[str, ...]:
    """The parts of a list: one a line, or with commas between them."""
    parts = (part.strip() for part in value.replace("\n", ",").split(","))
    return tuple(part for part in parts if part)


def text(value: str, base: Path) -> str:
    """Any text of one line."""
    del base
    if "\n" in value:
        raise ValueError("goes over several lines; write it on one, comments on their own")
    return value


def some_text(value: str, base: Path) -> str:
    """Text that is not empty."""
    if not value:
        raise ValueError("is empty; write a value or leave the key out")
    return text(value, base)


def node(value: str, base: Path) -> str:
    """The name of a program among those that share a database."""
    del base
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,31}", value):
        raise ValueError("must be 1 to 32 small letters, digits and -")
    if value in COMMAND_NODES:
        raise ValueError("is what commands beside the service are called; take another name")
    return value


def texts(value: str, base: Path) -> tuple[str, ...]:
    """A list of words."""
    del base
    return items(value)


def command(value: str, base: Path) -> tuple[str, ...]:
    """A program and what it is given, as a shell reads it; no shell carries it out."""
    del base
    try:
        return tuple(shlex.split(value))
    except ValueError:
        raise ValueError("has a quotation mark that is not closed") from None


def amount(value: str, base: Path) -> int | None:
    """An amount of money, in hundredths; empty: none."""
    del base
    if not value:
        return None
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,2})?", value):
        raise ValueError("must be an amount such as 500 or 499.50")
    whole_part, _, part = value.partition(".")
    return int(whole_part) * 100 + int(part.ljust(2, "0") or 0)


def flag(value: str, base: Path) -> bool:
    """yes or no."""
    del base
    if value.lower() in _YES:
        return True
    if value.lower() in _NO:
        return False
    raise ValueError("must be yes or no")


def whole(low: int, high: int) -> Parser[int]:
    """A whole number within limits, both allowed."""

    def parse(value: str, base: Path) -> int:
        del base
        if not re.fullmatch(r"-?[0-9]{1,12}", value) or not low <= int(value) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(value)

    return parse


def share(value: str, base: Path) -> float:
    """A number from 0 to 1."""
    del base
    if not re.fullmatch(r"[01](\.[0-9]+)?|\.[0-9]+", value) or float(value) > 1:
        raise ValueError("must be a number from 0 to 1, such as 0.75")
    return float(value)


def one_of(*known: str) -> Parser[str]:
    """One of a few words."""

    def parse(value: str, base: Path) -> str:
        del base
        if value not in known:
            raise ValueError(f"must be one of {', '.join(known)}{suggestion(value, known)}")
        return value

    return parse


def some_of(*known: str) -> Parser[tuple[str, ...]]:
    """A list of known words, none twice, in the order written."""

    def parse(value: str, base: Path) -> tuple[str, ...]:
        del base
        words = items(value)
        for number, word in enumerate(words, start=1):
            if word not in known:
                raise ValueError(
                    f"number {number} of the list is not one of "
                    f"{', '.join(known)}{suggestion(word, known)}"
                )
        if len(set(words)) != len(words):
            raise ValueError("names the same word twice")
        if not words:
            raise ValueError(f"is empty; name at least one of {', '.join(known)}")
        return words

    return parse


def identifiers(value: str, base: Path) -> tuple[str, ...]:
    """A list of identifiers such as `gas_leak`, none twice, in the order written."""
    del base
    words = items(value)
    for number, word in enumerate(words, start=1):
        if not re.fullmatch(r"[a-z][a-z0-9_]*", word):
            raise ValueError(f"number {number} of the list is no identifier such as gas_leak")
    if len(set(words)) != len(words):
        raise ValueError("names the same word twice")
    if not words:
        raise ValueError("is empty; name at least one, or leave the key out for all")
    return words


_LENGTH = re.compile(r"([0-9]{1,5}) ?(working )?(min|minutes?|h|hours?|d|days?)")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_LONGEST = timedelta(days=366)
_LONGEST_HOURS = timedelta(hours=2000)  # as many as are worked in a year


def length(value: str, base: Path) -> Length:
    """`30 min`, `24 h`, `3 d`, `4 working h`, `3 working d`."""
    del base
    match = _LENGTH.fullmatch(" ".join(value.lower().split()))
    if match is None:
        raise ValueError(
            "must be a number and min, h or d, such as 30 min, 24 h, 4 working h, 3 working d"
        )
    unit = match[3][0]
    counted = "always"
    if match[2]:
        counted = "working_days" if unit == "d" else "working_hours"
    found = Length(int(match[1]) * _UNITS[unit], counted)
    longest = _LONGEST_HOURS if counted == "working_hours" else _LONGEST
    if not timedelta(0) < found.time <= longest:
        raise ValueError("must be at least 1 min, and at most 366 d or 2000 working h")
    return found


_HOURS = re.compile(r"([0-9]{1,2}:[0-9]{2}) ?- ?([0-9]{1,2}:[0-9]{2})")


def hours(value: str, base: Path) -> tuple[tuple[time, time], ...]:
    """Hours of a day, such as `08:30-12:00, 13:30-17:30`; they may go on past midnight."""
    del base
    spans = [_span(item) for item in items(value)]
    if not spans:
        raise ValueError("is empty; write such as 09:00-18:00")
    spans.sort()
    # The first of the next day comes after the last.
    following = [*(start for start, _ in spans[1:]), None]
    for (start, end), then in zip(spans, following, strict=True):
        past_midnight = end <= start
        late = past_midnight if then is not None else past_midnight and end > spans[0][0]
        if late or (then is not None and end > then):
            raise ValueError("has hours that overlap; write each hour once")
    return tuple(spans)


def _span(item: str) -> tuple[time, time]:
    match = _HOURS.fullmatch(item)
    if match is None:
        raise ValueError("must be hours such as 08:30-12:00, 13:30-17:30")
    return _clock(match[1]), _clock(match[2])


def time_or_off(value: str, base: Path) -> time | None:
    """A time of the day such as `08:00`, or `off`."""
    del base
    if value.lower() == "off":
        return None
    if not re.fullmatch(r"[0-9]{1,2}:[0-9]{2}", value):
        raise ValueError("must be a time of the day such as 08:00, or off")
    return _clock(value)


def _clock(written: str) -> time:
    hour, minute = (int(part) for part in written.split(":"))
    if (hour, minute) == (24, 0):
        hour = 0
    if hour > 23 or minute > 59:
        raise ValueError("has no time of the day: they go from 00:00 to 24:00")
    return time(hour, minute)


def path(value: str, base: Path) -> Path:
    """A file or folder; a relative one starts from the configuration's folder."""
    if not value or "\n" in value:
        raise ValueError("must be the path of one file or folder")
    return (base / Path(value).expanduser()).absolute()


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


def timezone(value: str, base: Path) -> ZoneInfo:
    """A name of the IANA time zone database."""
    del base
    try:
        return ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError("is not a known time zone; write one such as Asia/Shanghai") from None


def region(value: str, base: Path) -> str:
    """A country whose numbers may be written without +86 and the like."""
    del base
    if value not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError("must be a country in two capital letters, such as CN")
    return value


def number_prefixes(value: str, base: Path) -> tuple[str, ...]:
    """Beginnings of telephone numbers, each with plus and country code."""
    del base
    found = tuple(re.sub(r"[\s().-]", "", item) for item in items(value))
    for number, prefix in enumerate(found, start=1):
        if not re.fullmatch(r"\+[1-9][0-9]{0,14}", prefix):
            raise ValueError(
                f"number {number} of the list must begin with + and the country code, such as "
                "+852 or +86 400"
            )
    return found


def extension_forms(value: str, base: Path) -> tuple[str, ...]:
    """Forms of extensions as regular expressions, one a line; a comma belongs to the form."""
    del base
    found = tuple(line.strip() for line in value.splitlines() if line.strip())
    for number, form in enumerate(found, start=1):
        # Digits, classes and counts: nothing that could take longer than it looks.
        if not re.fullmatch(r"(?:[0-9*#|\[\]?{},-]|\\d|\\\*)+", form) or len(form) > 60:
            raise ValueError(f"number {number} of the list must be a form such as 8\\d{{3}}")
        try:
            re.compile(form)
        except re.error:
            raise ValueError(f"number {number} of the list is no regular expression") from None
    return found


def models(value: str, base: Path) -> tuple[tuple[str, str], ...]:
    """Speech models: one for the main language, or `LANGUAGE=MODEL` for several.

    A model is a folder, the name of one in the home folder's `models`, or `embedded`
    for the small synthetic one. The main language's entry has the language "".
    """
    found: dict[str, str] = {}
    for item in items(value):
        language, sign, model = (part.strip() for part in item.rpartition("="))
        if sign and language not in LANGUAGES:
            raise ValueError(
                f"names a language that is not one of {', '.join(LANGUAGES)}"
                f"{suggestion(language, LANGUAGES)}"
            )
        if language in found:
            raise ValueError("names two models for the same language")
        if not model:
            raise ValueError("must be a folder, or LANGUAGE=FOLDER for several languages")
        is_path = "/" in model or model.startswith(("~", "."))
        found[language] = str(path(model, base)) if is_path else model
    return tuple(found.items())


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

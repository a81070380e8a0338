"""The sections of the configuration: every key with its type, default and parser.

The dataclasses are the schema. A field's name is the key's name, its metadata holds
the parser, and `repr=False` marks what may hold a secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from dataclasses import fields as dataclass_fields
from datetime import time
from pathlib import Path
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

from hotline.config import addresses, times, values
from hotline.config.addresses import Address, Network
from hotline.config.times import Length
from hotline.config.values import Parser

T = TypeVar("T")

PYVOIP_DEFAULTS: Mapping[str, Any] = {
    "transport": ("udp",),
    "codecs": ("pcma", "pcmu"),
    "max_calls": 50,
}
"""Defaults of `[sip]` with `stack = pyvoip`, which can do less (docs/sip.md)."""


def setting(parse: Parser[T], default: T, *, secret: bool = False) -> T:
    """A key of a section. Typed as its value, so that mypy checks the default."""
    item: Any = field(default=default, repr=not secret, metadata={"parse": parse})
    return cast(T, item)


_days = cast(Parser[int | None], values.whole(0, 36500))


@dataclass(frozen=True)
class HotlineSection:
    """`[hotline]`: the site as a whole."""

    home: Path = setting(values.path, Path("home"))
    site: str = setting(values.text, "")
    node: str = setting(values.node, "main")
    language: str = setting(values.one_of(*values.LANGUAGES), "zh-CN")
    languages: tuple[str, ...] = setting(values.some_of(*values.LANGUAGES), values.LANGUAGES)
    timezone: ZoneInfo = setting(times.timezone, ZoneInfo("Asia/Shanghai"))
    region: str = setting(values.region, "CN")
    log: str = setting(values.one_of("console", "json"), "console")
    log_level: str = setting(values.one_of("debug", "info", "warning", "error"), "info")


@dataclass(frozen=True)
class SipSection:
    """`[sip]`: the telephone side of this machine."""

    stack: str = setting(values.one_of("baresip", "pyvoip"), "baresip")
    listen: Address = setting(addresses.address(5060), Address("0.0.0.0", 5060))
    transport: tuple[str, ...] = setting(values.some_of(*values.TRANSPORTS), ("udp", "tcp"))
    tls_port: int = setting(values.whole(1, 65535), 5061)
    tls_certificate: Path | None = setting(cast(Parser[Path | None], values.path), None)
    codecs: tuple[str, ...] = setting(values.some_of(*values.CODECS), values.CODECS)
    # The C stack gives up at 255 calls a process; below that we answer 486 ourselves.
    max_calls: int = setting(values.whole(1, 200), 100)
    rtp_ports: tuple[int, int] = setting(addresses.ports, (10000, 20000))
    rtp_timeout_s: int = setting(values.whole(2, 300), 10)
    headers: tuple[str, ...] = setting(values.texts, ("X-Place",))
    drain_s: int = setting(values.whole(0, 3600), 30)


@dataclass(frozen=True)
class TrunkSection:
    """`[trunk NAME]`: a provider's trunk, a PBX or a single telephone."""

    server: str = setting(addresses.host, "")
    username: str = setting(values.some_text, "hotline")
    password: str = setting(values.text, "", secret=True)
    register: bool = setting(values.flag, False)
    transport: str = setting(values.one_of(*values.TRANSPORTS), "udp")
    srtp: str = setting(values.one_of("off", "optional", "required"), "off")
    codecs: tuple[str, ...] = setting(values.some_of(*values.CODECS), ())
    allow: tuple[Network, ...] = setting(addresses.networks, ())
    verified: bool = setting(values.flag, False)
    dtmf: str = setting(values.one_of("auto", "inband", "events"), "auto")
    ca_file: Path | None = setting(cast(Parser[Path | None], values.path), None)
    tls_verify: bool = setting(values.flag, True)
    options: bool = setting(values.flag, True)


@dataclass(frozen=True)
class DialSection:
    """`[dial]`: what may be dialled besides the region's fixed and mobile numbers."""

    prefixes: tuple[str, ...] = setting(values.number_prefixes, ())
    refuse: tuple[str, ...] = setting(values.number_prefixes, ())
    extensions: tuple[str, ...] = setting(values.extension_forms, ())
    call_back_extensions: bool = setting(values.flag, False)
    call_backs_a_day: int = setting(values.whole(1, 1000), 20)


@dataclass(frozen=True)
class AsrSection:
    """`[asr]`: speech to text."""

    model: tuple[tuple[str, str], ...] = setting(values.models, ())
    live: bool = setting(values.flag, True)
    threads: int = setting(values.whole(1, 64), 2)
    # The engine that hears each recording once more after the call.
    review: str = setting(values.one_of("off", "whisper-base"), "off")


@dataclass(frozen=True)
class UrgentSection:
    """`[urgent]`: what the live ear acts on."""

    sure: float = setting(values.share, 0.8)
    confirm: float = setting(values.share, 0.5)
    # Of the shipped categories; empty: as the lexicon has them. See `hotline.categories`.
    categories: tuple[str, ...] = setting(values.identifiers, ())
    silence_is_yes: tuple[str, ...] = setting(values.identifiers, ())


@dataclass(frozen=True)
class OncallSection:
    """`[oncall]`: where the first roster comes from (afterwards the database holds it), whether
    the people on it are rung for practice, and how long that is remembered."""

    roster: Path | None = setting(cast(Parser[Path | None], values.path), None)
    drill: str = setting(values.one_of("off", "monthly"), "off")
    keep_drills_days: int = setting(values.whole(0, 36500), 1095)


@dataclass(frozen=True)
class TrainingSection:
    """`[training]`: the address at which staff practise, with nothing kept or caused."""

    number: tuple[str, ...] = setting(values.called_numbers, ())
    code: str = setting(values.training_code, "", secret=True)
    callers: str = setting(values.one_of("roster", "anyone"), "roster")


@dataclass(frozen=True)
class DeadlinesSection:
    """`[deadlines]`: what all targets have in common."""

    working_hours: tuple[tuple[time, time], ...] = setting(times.hours, ((time(9), time(18)),))


@dataclass(frozen=True)
class TargetSection:
    """`[deadlines CLASS]` and `[deadlines CLASS CATEGORY]`: how soon such tickets are due. What
    is left out is that of the class, and there the program's own."""

    acknowledge: Length | None = setting(cast(Parser[Length | None], times.length), None)
    on_site: Length | None = setting(cast(Parser[Length | None], times.length), None)
    feedback: Length | None = setting(cast(Parser[Length | None], times.length), None)


@dataclass(frozen=True)
class GroupsSection:
    """`[groups]`: when tickets of several owners are one case."""

    # Owners from whom on it is proposed, and from whom on it is joined unasked; 0: never.
    propose_at: int = setting(values.whole(2, 1000), 3)
    join_at: int = setting(values.whole(0, 1000), 0)
    within_min: int = setting(values.whole(1, 10080), 120)
    words: float = setting(values.share, 0.5)


@dataclass(frozen=True)
class PrivacySection:
    """`[privacy]`: who sees what is confidential."""

    # Managers see every sensitive ticket, without being in its circle.
    managers_see_sensitive: bool = setting(values.flag, False)


@dataclass(frozen=True)
class CallReviewSection:
    """`[call_review]`: which calls are drawn to be reviewed."""

    # Of each person and month, besides all urgent ones; 0: none at all.
    per_person: int = setting(values.whole(0, 1000), 2)


@dataclass(frozen=True)
class RisksSection:
    """`[risks]`: what may become worse. The words are added to the program's own."""

    injury_words: tuple[str, ...] = setting(values.texts, ())
    media_words: tuple[str, ...] = setting(values.texts, ())
    authority_words: tuple[str, ...] = setting(values.texts, ())
    # From how many on; 0: never.
    reopened: int = setting(values.whole(0, 1000), 2)
    repeated: int = setting(values.whole(0, 1000), 3)
    place: int = setting(values.whole(0, 1000), 3)
    group: int = setting(values.whole(0, 1000), 5)
    days: int = setting(values.whole(1, 366), 30)
    overdue_min: int = setting(values.whole(0, 100000), 30)


@dataclass(frozen=True)
class RemindersSection:
    """`[reminders]`: who is told of a deadline, and when."""

    before: float = setting(values.share, 0.25)
    managers: float = setting(values.share, 0.5)
    ring_minutes: int = setting(values.whole(0, 1440), 10)
    hours: tuple[tuple[time, time], ...] = setting(times.hours, ((time(8), time(21)),))
    digest: time | None = setting(cast(Parser[Any], times.time_or_off), time(8))


@dataclass(frozen=True)
class DatabaseSection:
    """`[database]`: one file, or a PostgreSQL server."""

    url: str = setting(addresses.database_url, "", secret=True)


@dataclass(frozen=True)
class RecordingsSection:
    """`[recordings]`: the sound of the calls."""

    store: str = setting(addresses.store_url, "", secret=True)
    key_file: Path | None = setting(cast(Parser[Path | None], values.path), None)
    keep_days: int = setting(values.whole(0, 36500), 180)
    announce: bool = setting(values.flag, True)


@dataclass(frozen=True)
class KeepSection:
    """`[keep]`: days until each kind of data is destroyed; 0: never."""

    tickets: int = setting(values.whole(0, 36500), 1095)
    # Without it: `keep_days` of `[recordings]`, where it stood before.
    recordings: int | None = setting(_days, None)
    transcripts: int = setting(values.whole(0, 36500), 365)
    evidence: int = setting(values.whole(0, 36500), 1095)
    calls: int = setting(values.whole(0, 36500), 365)
    access_log: int = setting(values.whole(0, 36500), 1095)
    rejected: int = setting(values.whole(0, 36500), 90)
    jobs: int = setting(values.whole(0, 36500), 90)


@dataclass(frozen=True)
class KeepClassSection:
    """`[keep CLASS]`: for tickets of a class; what is left out is that of `[keep]`."""

    tickets: int | None = setting(_days, None)
    recordings: int | None = setting(_days, None)
    transcripts: int | None = setting(_days, None)
    evidence: int | None = setting(_days, None)


@dataclass(frozen=True)
class EvidenceSection:
    """`[evidence]`: photos, films and papers of tickets."""

    kinds: tuple[str, ...] = setting(values.some_of(*values.EVIDENCE_KINDS), values.EVIDENCE_KINDS)
    max_mb: int = setting(values.whole(1, 2000), 50)
    most: int = setting(values.whole(1, 10_000), 100)
    keep_place: bool = setting(values.flag, False)
    examine: tuple[str, ...] = setting(values.command, ())


@dataclass(frozen=True)
class CaseworkSection:
    """`[casework]`: how tickets are worked on."""

    approve_above: int | None = setting(cast(Parser[int | None], values.amount), None)


@dataclass(frozen=True)
class OwnerFormSection:
    """`[owner_form]`: the form that owners open by a code on the wall."""

    on: bool = setting(values.flag, False)
    phone: str = setting(values.text, "")
    photos: int = setting(values.whole(0, 10), 3)
    photo_mb: int = setting(values.whole(1, 50), 10)
    per_address: int = setting(values.whole(1, 1000), 10)
    per_link: int = setting(values.whole(1, 10_000), 60)


@dataclass(frozen=True)
class InboundSection:
    """`[inbound]`: messages of other systems."""

    per_minute: int = setting(values.whole(1, 10_000), 60)


@dataclass(frozen=True)
class MailInSection:
    """`[mail_in]`: the mailbox whose mails become tickets."""

    server: Address | None = setting(cast(Parser[Address | None], addresses.address(993)), None)
    tls: str = setting(values.one_of("tls", "starttls", "none"), "tls")
    ca_file: Path | None = setting(cast(Parser[Path | None], values.path), None)
    user: str = setting(values.text, "")
    password_file: Path | None = setting(cast(Parser[Path | None], values.path), None)
    folder: str = setting(values.text, "INBOX")
    every_s: int = setting(values.whole(10, 3600), 60)


@dataclass(frozen=True)
class DashboardSection:
    """`[dashboard]`: the operators' pages."""

    listen: Address = setting(addresses.address(8080), Address("127.0.0.1", 8080))
    tls_certificate: Path | None = setting(cast(Parser[Path | None], values.path), None)
    tls_key: Path | None = setting(cast(Parser[Path | None], values.path), None)
    public_url: str = setting(addresses.web_url, "")
    hosts: tuple[str, ...] = setting(addresses.host_names, ())
    proxies: tuple[Network, ...] = setting(addresses.networks, ())
    max_connections: int = setting(values.whole(20, 5000), 200)

    @property
    def https(self) -> bool:
        """Whether browsers come by https: to us, or to a proxy before us."""
        return self.tls_certificate is not None or self.public_url.startswith("https://")


@dataclass(frozen=True)
class BackupSection:
    """`[backup]`: copies of everything but the key, every night."""

    folder: Path | None = setting(cast(Parser[Path | None], values.path), None)
    keep: int = setting(values.whole(1, 1000), 14)


@dataclass(frozen=True)
class NoticesSection:
    """`[notices]`: whom to tell besides the phones."""

    urls: tuple[str, ...] = setting(addresses.notice_urls, (), secret=True)
    words: bool = setting(values.flag, default=False)


@dataclass(frozen=True)
class WebhooksSection:
    """`[webhooks]`: where other systems may be told what happens."""

    allow: tuple[Network, ...] = setting(addresses.networks, ())
    ca_file: Path | None = setting(cast(Parser[Path | None], values.path), None)


@dataclass(frozen=True)
class SurveySection:
    """`[survey]`: owners are called and asked how content they are."""

    calls: bool = setting(values.flag, default=False)
    hours: tuple[tuple[time, time], ...] = setting(
        times.hours, ((time(10), time(12)), (time(14), time(20)))
    )
    after_hours: int = setting(values.whole(0, 168), 2)
    tries: int = setting(values.whole(1, 10), 3)


@dataclass(frozen=True)
class OwnerNewsSection:
    """`[owner_news]`: owners are told unasked what becomes of their tickets."""

    by: str = setting(values.one_of("none", "call", "message"), "none")
    topics: tuple[str, ...] = setting(values.some_of(*values.NEWS_TOPICS), values.NEWS_TOPICS)
    hours: tuple[tuple[time, time], ...] = setting(times.hours, ((time(9), time(20)),))
    tries: int = setting(values.whole(1, 10), 3)
    message_urls: tuple[str, ...] = setting(addresses.message_urls, (), secret=True)


SECTIONS: Mapping[str, type] = {
    "hotline": HotlineSection,
    "sip": SipSection,
    "dial": DialSection,
    "asr": AsrSection,
    "urgent": UrgentSection,
    "oncall": OncallSection,
    "training": TrainingSection,
    "deadlines": DeadlinesSection,
    "groups": GroupsSection,
    "privacy": PrivacySection,
    "call_review": CallReviewSection,
    "risks": RisksSection,
    "reminders": RemindersSection,
    "database": DatabaseSection,
    "recordings": RecordingsSection,
    "keep": KeepSection,
    "evidence": EvidenceSection,
    "casework": CaseworkSection,
    "owner_form": OwnerFormSection,
    "inbound": InboundSection,
    "mail_in": MailInSection,
    "backup": BackupSection,
    "dashboard": DashboardSection,
    "notices": NoticesSection,
    "survey": SurveySection,
    "owner_news": OwnerNewsSection,
    "webhooks": WebhooksSection,
}
"""Every section that there is once, by its name."""

NAMED_SECTIONS: Mapping[str, type] = {
    "trunk NAME": TrunkSection,
    "deadlines CLASS": TargetSection,
    "keep CLASS": KeepClassSection,
}
"""Those of which there may be several."""

TICKET_CLASSES = ("urgent", "important", "general")
"""As `call_logs.tickets.TicketClass`."""


def keys_of(section: type) -> tuple[str, ...]:
    """The keys a section may hold."""
    return tuple(item.name for item in dataclass_fields(section))


def parser_of(section: type, key: str) -> Parser[Any]:
    """How the key's value is read."""
    return cast(Parser[Any], _field(section, key).metadata["parse"])


def is_secret(section: type, key: str) -> bool:
    """Whether the value must never be shown."""
    return not _field(section, key).repr


def _field(section: type, key: str) -> Any:
    return next(item for item in dataclass_fields(section) if item.name == key)

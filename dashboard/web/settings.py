"""What the dashboard is told when it is made: the site, and what it may ask about the system."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from zoneinfo import ZoneInfo

from call_logs import Health
from call_logs.casework import Guide, load_guide
from call_logs.quality import Checklist, load_checklist
from call_logs.tickets import TicketClass

LANGUAGES = ("zh-CN", "en")


@dataclass(frozen=True)
class Told:
    """What an owner's words come to."""

    category: str  # "": none that is known
    ticket_class: TicketClass
    phrases: tuple[str, ...] = field(repr=False)  # that decided it


@dataclass(frozen=True)
class OwnerForm:
    """The form that owners open by a code on the wall. `public_url`: by which address they
    reach it; `phone`: what they call in an emergency; `told`: what words in a language come to
    (blocking); how many photos of how many bytes; how many forms an hour from one address, and
    by one link."""

    public_url: str
    phone: str
    told: Callable[[str, str], Told]
    photos: int = 3
    photo_bytes: int = 10_000_000
    per_address: int = 10
    per_link: int = 60


def _general(text: str, language: str) -> Told:
    del text, language
    return Told("", TicketClass.GENERAL, ())


@dataclass(frozen=True)
class InboundMessages:
    """Messages of other systems. `told`: what words in a language come to (blocking);
    `per_minute`: how many one system may send."""

    told: Callable[[str, str], Told] = _general
    per_minute: int = 60


@dataclass(frozen=True)
class DashboardSettings:
    """The part of the configuration that the pages need.

    `language` (one of `LANGUAGES`) greets a browser that asks for none of ours; `tls`
    says that browsers reach the dashboard by https, so cookies are sent by https only;
    `languages` are those in which callers are served, each of which wants a speech model;
    `hosts` are the names, besides addresses, by which they may ask for it; None: any name;
    `asked`: the fields that the packs' forms ask for, by category, "*" for any other;
    `guide`: checklists and causes by category; `checklist`: by what calls are reviewed;
    `owner_form`: None: there is none; `inbound`: how messages of other systems are read;
    `categories` are the names of ticket categories by identifier and language,
    `urgent_categories` those for which somebody must be reachable at any hour.

    Raises:
        zoneinfo.ZoneInfoNotFoundError: `timezone` is no IANA name.
    """

    site: str = "Hotline"
    language: str = "zh-CN"
    timezone: str = "Asia/Shanghai"
    tls: bool = False
    hosts: frozenset[str] | None = None
    version: str = ""
    page_size: int = 40
    categories: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    urgent_categories: Sequence[str] = ()
    languages: Sequence[str] = ()
    asked: Mapping[str, Sequence[str]] = field(default_factory=dict)
    guide: Guide = field(default_factory=load_guide)
    checklist: Checklist = field(default_factory=load_checklist)
    owner_form: OwnerForm | None = None
    inbound: InboundMessages = field(default_factory=InboundMessages)
    zone: ZoneInfo = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.language not in LANGUAGES:
            object.__setattr__(self, "language", "en")
        object.__setattr__(self, "zone", ZoneInfo(self.timezone))


class HealthState(StrEnum):
    """How a part of the system does; `FAILED` makes `/healthz` answer 503."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True)
class HealthItem:
    """One part: what it is called, how it does, and what to do about it."""

    name: str
    state: HealthState
    detail: str = ""
    mend: str = ""


@dataclass(frozen=True)
class SpeechStatus:
    """The speech model of one language; `synthetic_only` models know no real callers."""

    language: str
    name: str
    synthetic_only: bool = False


HealthCheck = Callable[[], Awaitable[Sequence[HealthItem]]]
SpeechCheck = Callable[[], Sequence[SpeechStatus]]
TrunkCheck = Callable[[], Mapping[str, bool]]  # by names: whether calls can come by it
StuckCheck = Callable[[], Awaitable[Sequence[str]]]
"""The parts of the program that stand still now."""
Measure = Callable[[Health], Awaitable[None]]
"""Brings what `/metrics` shows up to date."""

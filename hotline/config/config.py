"""The configuration: one INI file, read whole, every mistake told at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hotline.config.file import ConfigError, Entry, IniFile, Mistake, Section, read_ini
from hotline.config.sections import (
    NAMED_SECTIONS,
    PYVOIP_DEFAULTS,
    SECTIONS,
    TICKET_CLASSES,
    AsrSection,
    BackupSection,
    CaseworkSection,
    DashboardSection,
    DatabaseSection,
    DeadlinesSection,
    DialSection,
    EvidenceSection,
    GroupsSection,
    HotlineSection,
    KeepClassSection,
    KeepSection,
    NoticesSection,
    OncallSection,
    OwnerFormSection,
    OwnerNewsSection,
    RecordingsSection,
    RemindersSection,
    RisksSection,
    SipSection,
    SurveySection,
    TargetSection,
    TrunkSection,
    UrgentSection,
    WebhooksSection,
    is_secret,
    keys_of,
    parser_of,
)
from hotline.config.values import Address, Length, suggestion

if TYPE_CHECKING:
    from call_logs.casework import EvidenceRules, GroupRules, RiskRules
    from call_logs.deadlines import DeadlineRules, ResponseTarget, Within
    from call_logs.owners import CallRules
    from call_logs.privacy import KeepRules
    from call_logs.reminders import ReminderRules
    from call_logs.roster import Dialling
    from call_logs.tickets import NewsRules
    from ivr.endpoint import SipSettings, Trunk

__all__ = [
    "Address",
    "AsrSection",
    "BackupSection",
    "CaseworkSection",
    "Config",
    "ConfigError",
    "DashboardSection",
    "DatabaseSection",
    "DeadlinesSection",
    "DialSection",
    "EvidenceSection",
    "HotlineSection",
    "KeepClassSection",
    "KeepSection",
    "Located",
    "Mistake",
    "NoticesSection",
    "OncallSection",
    "OwnerFormSection",
    "OwnerNewsSection",
    "RecordingsSection",
    "RemindersSection",
    "SipSection",
    "SurveySection",
    "TargetSection",
    "TrunkSection",
    "UrgentSection",
    "load_config",
    "read_config",
]

_TRUNK_HEADER = re.compile(r"trunk\s+(\S+)")
LEAST_ACCESS_DAYS = 180  # Cybersecurity Law, article 21
_TRUNK_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")


@dataclass(frozen=True)
class Config:
    """Everything the program is told. Every part has defaults, so parts can be built alone."""

    hotline: HotlineSection = field(default_factory=HotlineSection)
    sip: SipSection = field(default_factory=SipSection)
    dial: DialSection = field(default_factory=DialSection)
    trunks: Mapping[str, TrunkSection] = field(default_factory=dict)
    asr: AsrSection = field(default_factory=AsrSection)
    urgent: UrgentSection = field(default_factory=UrgentSection)
    oncall: OncallSection = field(default_factory=OncallSection)
    deadlines: DeadlinesSection = field(default_factory=DeadlinesSection)
    # By class and category; "" is every category that has no targets of its own.
    targets: Mapping[tuple[str, str], TargetSection] = field(default_factory=dict)
    groups: GroupsSection = field(default_factory=GroupsSection)
    risks: RisksSection = field(default_factory=RisksSection)
    reminders: RemindersSection = field(default_factory=RemindersSection)
    database: DatabaseSection = field(default_factory=DatabaseSection)
    recordings: RecordingsSection = field(default_factory=RecordingsSection)
    keep: KeepSection = field(default_factory=KeepSection)
    keep_by_class: Mapping[str, KeepClassSection] = field(default_factory=dict)
    evidence: EvidenceSection = field(default_factory=EvidenceSection)
    casework: CaseworkSection = field(default_factory=CaseworkSection)
    owner_form: OwnerFormSection = field(default_factory=OwnerFormSection)
    backup: BackupSection = field(default_factory=BackupSection)
    dashboard: DashboardSection = field(default_factory=DashboardSection)
    notices: NoticesSection = field(default_factory=NoticesSection)
    survey: SurveySection = field(default_factory=SurveySection)
    owner_news: OwnerNewsSection = field(default_factory=OwnerNewsSection)
    webhooks: WebhooksSection = field(default_factory=WebhooksSection)

    @property
    def home(self) -> Path:
        """The folder of everything the program keeps: database, keys, recordings, models."""
        return self.hotline.home.absolute()

    @property
    def database_url(self) -> str:
        """SQLAlchemy's address with its asyncio driver. May hold a password."""
        return self.database.url or f"sqlite+aiosqlite:///{self.home / 'hotline.db'}"

    @property
    def database_file(self) -> Path | None:
        """The file of the database; None with a database server."""
        scheme, _, path = self.database_url.partition(":///")
        return Path(path) if scheme.startswith("sqlite") else None

    @property
    def recordings_store(self) -> str | None:
        """Where finished recordings go, a folder or an fsspec address; None: in the home
        folder, where they are made. May hold a secret."""
        return self.recordings.store or None

    @property
    def key_file(self) -> Path:
        """Where the master key is; made with mode 600 at the first start."""
        return self.recordings.key_file or self.home / "hotline.key"

    @property
    def prompts_dir(self) -> Path:
        """Prompts that the company recorded itself, by language."""
        return self.home / "prompts"

    @property
    def packs_dir(self) -> Path:
        """Menus, words and texts that the company adds to ours, by language."""
        return self.home / "packs"

    def model_for(self, language: str) -> str | None:
        """What `[asr] model` names for a language: a folder, `embedded`, or nothing."""
        named = dict(self.asr.model)
        if language == self.hotline.language and "" in named:
            return named[""]
        return named.get(language)

    @property
    def dialling(self) -> Dialling:
        """What may be dialled."""
        from call_logs.roster import Dialling

        return Dialling(
            region=self.hotline.region,
            prefixes=self.dial.prefixes,
            refuse=self.dial.refuse,
            extensions=self.dial.extensions,
            call_back_extensions=self.dial.call_back_extensions,
            trunks=tuple(self.trunks),
        )

    @property
    def deadline_rules(self) -> DeadlineRules:
        """How soon tickets are due."""
        from call_logs.deadlines import DEFAULT_RULES, DeadlineRules, Hours
        from call_logs.tickets import TicketClass

        own = {
            (TicketClass(name), category): each for (name, category), each in self.targets.items()
        }
        by_class = {
            each: _target(own.get((each, ""), TargetSection()), DEFAULT_RULES.by_class[each])
            for each in TicketClass
        }
        return DeadlineRules(
            by_class=by_class,
            by_category={
                (each, category): _target(section, by_class[each])
                for (each, category), section in own.items()
                if category
            },
            working_hours=tuple(Hours(*each) for each in self.deadlines.working_hours),
        )

    @property
    def guide_file(self) -> Path:
        """Checklists and causes that the company lays over ours."""
        return self.packs_dir / "casework.toml"

    @property
    def evidence_rules(self) -> EvidenceRules:
        """Which files are taken for tickets."""
        from call_logs.casework import EvidenceKind, EvidenceRules

        return EvidenceRules(
            kinds=frozenset(map(EvidenceKind, self.evidence.kinds)),
            max_bytes=self.evidence.max_mb * 1_000_000,
            most=self.evidence.most,
            keep_place=self.evidence.keep_place,
            examine=self.evidence.examine,
        )

    @property
    def keep_rules(self) -> KeepRules:
        """How long each kind of data is kept."""
        from call_logs.privacy import ClassTimes, KeepRules
        from call_logs.tickets import TicketClass

        keep = self.keep
        recordings = self.recordings.keep_days if keep.recordings is None else keep.recordings
        base = ClassTimes(keep.tickets, recordings, keep.transcripts, keep.evidence)
        given = {
            TicketClass(name): {
                key: days for key, days in vars(section).items() if days is not None
            }
            for name, section in self.keep_by_class.items()
        }
        return KeepRules(
            base=base,
            by_class={name: replace(base, **times) for name, times in given.items()},
            calls=keep.calls,
            access_log=keep.access_log,
            rejected=keep.rejected,
            jobs=keep.jobs,
        )

    @property
    def survey_rules(self) -> CallRules:
        """When owners are called for a survey."""
        from call_logs.owners import CallRules

        after = timedelta(hours=self.survey.after_hours)
        return CallRules(self.survey.hours, after, self.survey.tries)

    @property
    def news_rules(self) -> NewsRules:
        """What owners are told unasked."""
        from call_logs.tickets import NewsBy, NewsRules, NewsTopic

        topics = frozenset(map(NewsTopic, self.owner_news.topics))
        return NewsRules(NewsBy(self.owner_news.by), topics)

    @property
    def news_call_rules(self) -> CallRules:
        """When they are told."""
        from call_logs.owners import CallRules

        return CallRules(self.owner_news.hours, timedelta(), self.owner_news.tries)

    @property
    def group_rules(self) -> GroupRules:
        """When tickets of several owners are one case."""
        from call_logs.casework import GroupRules

        return GroupRules(
            propose_at=self.groups.propose_at,
            join_at=self.groups.join_at,
            within=timedelta(minutes=self.groups.within_min),
            words=self.groups.words,
        )

    @property
    def risk_rules(self) -> RiskRules:
        """Which tickets are risks."""
        from call_logs.casework import DEFAULT_WORDS, RiskKind, RiskRules

        own = {
            RiskKind.INJURY: self.risks.injury_words,
            RiskKind.MEDIA: self.risks.media_words,
            RiskKind.AUTHORITY: self.risks.authority_words,
        }
        return RiskRules(
            words={kind: (*DEFAULT_WORDS[kind], *words) for kind, words in own.items()},
            reopened=self.risks.reopened,
            repeated=self.risks.repeated,
            place=self.risks.place,
            group=self.risks.group,
            days=self.risks.days,
            overdue=timedelta(minutes=self.risks.overdue_min),
        )

    @property
    def reminder_rules(self) -> ReminderRules:
        """Who is told of a deadline, and when."""
        from call_logs.deadlines import Hours
        from call_logs.reminders import ReminderRules

        return ReminderRules(
            before=self.reminders.before,
            managers=self.reminders.managers,
            ring_after=timedelta(minutes=self.reminders.ring_minutes),
            hours=tuple(Hours(*each) for each in self.reminders.hours),
            digest=self.reminders.digest,
        )

    def sip_settings(self) -> SipSettings:
        """What `ivr.endpoint.open_endpoint` needs."""
        # The phone side is slow to import, and most commands never touch it.
        from ivr.endpoint import SipSettings

        return SipSettings(
            listen_host=self.sip.listen.host,
            listen_port=self.sip.listen.port,
            tls_port=self.sip.tls_port,
            tls_certificate=str(self.sip.tls_certificate or ""),
            transports=self.sip.transport,
            codecs=self.sip.codecs,
            max_calls=self.sip.max_calls,
            rtp_ports=self.sip.rtp_ports,
            rtp_timeout_s=self.sip.rtp_timeout_s,
            expose_headers=self.sip.headers,
            trunks=tuple(_trunk(name, section) for name, section in self.trunks.items()),
            dialling=self.dialling,
        )


def _target(section: TargetSection, otherwise: ResponseTarget) -> ResponseTarget:
    from call_logs.deadlines import Counted, ResponseTarget, Within

    def within(length: Length | None, usual: Within) -> Within:
        return usual if length is None else Within(length.time, Counted(length.counted))

    return ResponseTarget(
        acknowledge=within(section.acknowledge, otherwise.acknowledge),
        on_site=within(section.on_site, otherwise.on_site),
        feedback=within(section.feedback, otherwise.feedback),
    )


def _trunk(name: str, section: TrunkSection) -> Trunk:
    from ivr.endpoint import Trunk

    return Trunk(
        name=name,
        server=section.server,
        username=section.username,
        password=section.password,
        register=section.register,
        transport=section.transport,
        srtp=section.srtp,
        codecs=section.codecs,
        allow=section.allow,
        verified=section.verified,
        dtmf=section.dtmf,
        ca_file=str(section.ca_file or ""),
        tls_verify=section.tls_verify,
        options=section.options,
    )


@dataclass(frozen=True)
class Located:
    """A configuration, what is wrong with it, and where each key stands.

    With mistakes the configuration holds the defaults in their place: enough to look
    for further mistakes, never to run.
    """

    path: Path
    config: Config
    mistakes: tuple[Mistake, ...]
    lines: Mapping[tuple[str, str], int]  # (section, key) -> line; (section, "") -> its header

    def line(self, section: str, key: str = "") -> int:
        """The key's line, else its section's, else 0."""
        return self.lines.get((section, key), self.lines.get((section, ""), 0))

    def trunk_section(self, name: str) -> str:
        """The header of a trunk as it is written, blanks and all."""
        headers = (section for section, key in self.lines if not key)
        return next(
            (header for header in headers if header.split() == ["trunk", name]), f"trunk {name}"
        )


def load_config(
    path: Path, environment: Mapping[str, str] | None = None, *, service: bool = True
) -> Config:
    """The configuration in `path`, to run with.

    `service`: False for a command beside the service, which needs no secret of a trunk or a
    notice: that the environment lacks one is then no mistake.

    Raises:
        ConfigError: with every mistake in it, by line.
    """
    located = read_config(path, environment, service=service)
    if located.mistakes:
        raise ConfigError(str(path), located.mistakes)
    return located.config


def read_config(
    path: Path, environment: Mapping[str, str] | None = None, *, service: bool = True
) -> Located:
    """The configuration in `path` as far as it can be read, and its mistakes.

    Raises:
        ConfigError: the file cannot be read at all.
    """
    file = read_ini(path, environment)
    unset = [each.mistake for each in file.unset if service or not _of_service(each.section)]
    return _Reading(replace(file, mistakes=(*file.mistakes, *unset))).located()


def _of_service(section: str) -> bool:
    """Whether the secrets of a section serve calls and notices alone."""
    return section == "notices" or section.split()[:1] == ["trunk"]


class _Reading:
    """One file on its way to a `Config`."""

    def __init__(self, file: IniFile) -> None:
        self._file = file
        self._base = file.path.absolute().parent
        self._mistakes = list(file.mistakes)
        self._parts: dict[str, Any] = {}
        self._trunks: dict[str, TrunkSection] = {}
        self._targets: dict[tuple[str, str], TargetSection] = {}
        self._keep: dict[str, KeepClassSection] = {}

    def located(self) -> Located:
        for section in self._file.sections:
            self._take(section)
        lines = dict(self._lines())
        config = Config(
            **self._parts, trunks=self._trunks, targets=self._targets, keep_by_class=self._keep
        )
        config = self._with_defaults(config, lines)
        located = Located(self._file.path, config, (), lines)
        self._mistakes += _contradictions(located)
        return replace(located, mistakes=tuple(sorted(set(self._mistakes))))

    def _with_defaults(self, config: Config, lines: Mapping[tuple[str, str], int]) -> Config:
        """Defaults that depend on the file's folder or on another key."""
        if not config.hotline.home.is_absolute():
            home = self._base / config.hotline.home
            config = replace(config, hotline=replace(config.hotline, home=home))
        if config.sip.stack == "pyvoip":  # what is not written is what that stack can do
            narrower = {
                key: value for key, value in PYVOIP_DEFAULTS.items() if ("sip", key) not in lines
            }
            config = replace(config, sip=replace(config.sip, **narrower))
        return config

    def _lines(self) -> Iterator[tuple[tuple[str, str], int]]:
        for section in self._file.sections:
            yield (section.name, ""), section.line
            for key, line in section.lines.items():
                yield (section.name, key), line

    def _take(self, section: Section) -> None:
        if section.name in SECTIONS:
            kind = SECTIONS[section.name]
            self._parts[section.name] = kind(**self._values(section, kind))
        elif section.name.split()[:1] == ["trunk"]:
            self._take_trunk(section)
        elif section.name.split()[:1] == ["deadlines"]:
            self._take_targets(section)
        elif section.name.split()[:1] == ["keep"]:
            self._take_keep(section)
        else:
            known = (*SECTIONS, *NAMED_SECTIONS)
            hint = suggestion(section.name, known) or f"; the sections are {', '.join(known)}"
            self._say(section.line, f"[{section.name}] is no section{hint}")

    def _take_trunk(self, section: Section) -> None:
        match = _TRUNK_HEADER.fullmatch(section.name)
        if match is None or not _TRUNK_NAME.fullmatch(match[1]):
            self._say(
                section.line,
                f"[{section.name}]: a trunk needs one short name of letters, digits, - and _, "
                "such as [trunk main]",
            )
            return
        self._trunks[match[1]] = TrunkSection(**self._values(section, TrunkSection))

    def _take_targets(self, section: Section) -> None:
        _, ticket_class, *category = section.name.split(maxsplit=2)
        if ticket_class not in TICKET_CLASSES:
            self._say(
                section.line,
                f"[{section.name}]: {ticket_class} is no class of a ticket; write "
                f"[deadlines CLASS] or [deadlines CLASS CATEGORY] with one of "
                f"{', '.join(TICKET_CLASSES)}"
                f"{suggestion(ticket_class, TICKET_CLASSES)}",
            )
            return
        key = (ticket_class, "".join(category).strip())
        if key in self._targets:
            self._say(section.line, f"[{section.name}] is there already; join the two")
        self._targets[key] = TargetSection(**self._values(section, TargetSection))

    def _take_keep(self, section: Section) -> None:
        ticket_class = section.name.partition(" ")[2].strip()
        if ticket_class not in TICKET_CLASSES:
            self._say(
                section.line,
                f"[{section.name}]: {ticket_class} is no class of a ticket; write [keep CLASS] "
                f"with one of {', '.join(TICKET_CLASSES)}"
                f"{suggestion(ticket_class, TICKET_CLASSES)}",
            )
            return
        self._keep[ticket_class] = KeepClassSection(**self._values(section, KeepClassSection))

    def _values(self, section: Section, kind: type) -> dict[str, Any]:
        known = keys_of(kind)
        values = {}
        for entry in section.entries.values():
            where = f"[{section.name}] {entry.key}"
            if entry.key not in known:
                hint = suggestion(entry.key, known) or f"; its keys are {', '.join(known)}"
                self._say(entry.line, f"{where} is no key of this section{hint}")
                continue
            try:
                values[entry.key] = parser_of(kind, entry.key)(entry.value, self._base)
            except ValueError as error:
                self._say(entry.line, f"{where}{_shown(entry, kind)} {error}")
        return values

    def _say(self, line: int, text: str) -> None:
        self._mistakes.append(Mistake(line, text))


def _shown(entry: Entry, kind: type) -> str:
    """The value for an error message, unless it is or may be a secret."""
    if is_secret(kind, entry.key):
        return ""
    written = " ".join(entry.written.split())  # `${NAME}` stays unexpanded
    return f" = {written}:" if len(written) <= 60 else ""


def _contradictions(located: Located) -> Iterator[Mistake]:
    """What no single value shows: keys that need or exclude each other."""
    config, line = located.config, located.line
    if config.hotline.language not in config.hotline.languages:
        yield Mistake(
            line("hotline", "languages"),
            f"[hotline] languages lacks the main language {config.hotline.language}; add it",
        )
    if config.urgent.confirm > config.urgent.sure:
        yield Mistake(
            line("urgent", "confirm"),
            "[urgent] confirm is above sure: a caller is asked from confirm on and "
            "put through without a question from sure on; make it the smaller one",
        )
    low, high = config.sip.rtp_ports
    # A call takes an even port and the odd one above it (RFC 3550 section 11); a
    # caller put through to an engineer is two calls.
    if (high - low + 1) // 2 < 2 * config.sip.max_calls:
        yield Mistake(
            line("sip", "rtp_ports"),
            f"[sip] rtp_ports has {high - low + 1} ports; {config.sip.max_calls} calls, each "
            f"put through to a second one, need {4 * config.sip.max_calls}",
        )
    if config.owner_news.by == "message" and not config.owner_news.message_urls:
        yield Mistake(
            line("owner_news", "by"),
            "[owner_news] by is message but there are no message_urls; write an address of a "
            "service that sends messages, or choose call",
        )
    if "tls" in config.sip.transport and config.sip.tls_certificate is None:
        yield Mistake(
            line("sip", "transport"),
            "[sip] transport has tls but tls_certificate is missing; "
            "name a PEM file with certificate and key",
        )
    if "tls" in config.sip.transport and config.sip.tls_port == config.sip.listen.port:
        yield Mistake(
            line("sip", "tls_port"), "[sip] tls_port is the port of listen too; choose another"
        )
    elif "tls" in config.sip.transport and config.sip.tls_port != config.sip.listen.port + 1:
        yield Mistake(
            line("sip", "tls_port"),
            "[sip] tls_port: baresip listens for TLS on the port after that of listen; "
            f"write {config.sip.listen.port + 1}",
        )
    if config.dashboard.tls_key and not config.dashboard.tls_certificate:
        yield Mistake(
            line("dashboard", "tls_key"), "[dashboard] tls_key needs tls_certificate beside it"
        )
    if config.owner_form.on and not config.dashboard.public_url:
        yield Mistake(
            line("owner_form", "on"),
            "[owner_form] on needs public_url in [dashboard]: the codes lead to that address",
        )
    if 0 < config.keep.access_log < LEAST_ACCESS_DAYS:
        yield Mistake(
            line("keep", "access_log"),
            f"[keep] access_log is under {LEAST_ACCESS_DAYS} days: the law wants six months of "
            "such records",
        )
    if {("keep", "recordings"), ("recordings", "keep_days")} <= set(located.lines):
        yield Mistake(
            line("recordings", "keep_days"),
            "[recordings] keep_days says what [keep] recordings says: keep the latter",
        )
    for name, trunk in config.trunks.items():
        yield from _trunk_contradictions(located, name, trunk)


def _trunk_contradictions(located: Located, name: str, trunk: TrunkSection) -> Iterator[Mistake]:
    section = located.trunk_section(name)
    if not trunk.server and (section, "server") not in located.lines:
        yield Mistake(
            located.line(section), f"[{section}] has no server; write server = HOST or HOST:PORT"
        )
    if trunk.register and (section, "password") not in located.lines:
        yield Mistake(
            located.line(section, "register"),
            f"[{section}] register is yes but password is missing; "
            "write password = ${NAME} and set NAME in the environment",
        )
    if trunk.transport not in located.config.sip.transport:
        yield Mistake(
            located.line(section, "transport"),
            f"[{section}] transport is {trunk.transport}, which [sip] transport does not listen on",
        )

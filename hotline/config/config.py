"""The configuration: everything the program is told, and what that means for its parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from hotline.config.sections import (
    AsrSection,
    BackupSection,
    CallReviewSection,
    CaseworkSection,
    DashboardSection,
    DatabaseSection,
    DeadlinesSection,
    DialSection,
    EvidenceSection,
    GroupsSection,
    HotlineSection,
    InboundSection,
    KeepClassSection,
    KeepSection,
    MailInSection,
    NoticesSection,
    OncallSection,
    OwnerFormSection,
    OwnerNewsSection,
    PrivacySection,
    RecordingsSection,
    RemindersSection,
    RisksSection,
    SipSection,
    SurveySection,
    TargetSection,
    TrainingSection,
    TrunkSection,
    UrgentSection,
    WebhooksSection,
)
from hotline.config.times import Length

if TYPE_CHECKING:
    from call_logs.casework import EvidenceRules, GroupRules, RiskRules
    from call_logs.circles import PrivacyRules
    from call_logs.deadlines import DeadlineRules, ResponseTarget, Within
    from call_logs.owners import CallRules
    from call_logs.privacy import KeepRules
    from call_logs.quality import ReviewRules
    from call_logs.reminders import ReminderRules
    from call_logs.roster import Dialling
    from call_logs.tickets import NewsRules
    from ivr import TrainingSettings
    from ivr.endpoint import SipSettings, Trunk


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
    training: TrainingSection = field(default_factory=TrainingSection)
    deadlines: DeadlinesSection = field(default_factory=DeadlinesSection)
    # By class and category; "" is every category that has no targets of its own.
    targets: Mapping[tuple[str, str], TargetSection] = field(default_factory=dict)
    groups: GroupsSection = field(default_factory=GroupsSection)
    call_review: CallReviewSection = field(default_factory=CallReviewSection)
    risks: RisksSection = field(default_factory=RisksSection)
    privacy: PrivacySection = field(default_factory=PrivacySection)
    reminders: RemindersSection = field(default_factory=RemindersSection)
    database: DatabaseSection = field(default_factory=DatabaseSection)
    recordings: RecordingsSection = field(default_factory=RecordingsSection)
    keep: KeepSection = field(default_factory=KeepSection)
    keep_by_class: Mapping[str, KeepClassSection] = field(default_factory=dict)
    evidence: EvidenceSection = field(default_factory=EvidenceSection)
    casework: CaseworkSection = field(default_factory=CaseworkSection)
    owner_form: OwnerFormSection = field(default_factory=OwnerFormSection)
    inbound: InboundSection = field(default_factory=InboundSection)
    mail_in: MailInSection = field(default_factory=MailInSection)
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
    def checklist_file(self) -> Path:
        """By what calls are reviewed, in place of ours."""
        return self.packs_dir / "call_review.toml"

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
    def review_rules(self) -> ReviewRules:
        """Which calls are drawn for a review."""
        from call_logs.quality import ReviewRules

        return ReviewRules(self.call_review.per_person)

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
    def privacy_rules(self) -> PrivacyRules:
        """Who sees sensitive tickets besides their circle."""
        from call_logs.circles import PrivacyRules

        return PrivacyRules(managers_see_sensitive=self.privacy.managers_see_sensitive)

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

    @property
    def training_settings(self) -> TrainingSettings:
        """At what addresses staff practise, and who may."""
        from ivr import TrainingSettings

        return TrainingSettings(
            numbers=frozenset(self.training.number),
            code=self.training.code,
            anyone=self.training.callers == "anyone",
            lines=self.sip.max_calls,
            rules=self.deadline_rules,
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

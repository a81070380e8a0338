"""What a company decides about its memory: the rules that the store's parts go by."""

from __future__ import annotations

from dataclasses import dataclass, field

from call_logs.casework.alike import GroupRules
from call_logs.casework.evidence import EvidenceRules
from call_logs.casework.risk_rules import RiskRules
from call_logs.deadlines import DEFAULT_RULES, DeadlineRules
from call_logs.privacy.keep import KeepRules
from call_logs.quality.review import ReviewRules
from call_logs.reminders.rules import ReminderRules
from call_logs.roster.dialling import Dialling
from call_logs.staff.viewers import PrivacyRules
from call_logs.tickets.owing import NewsRules
from call_logs.webhooks.egress import Egress

__all__ = ["Rules"]


@dataclass(frozen=True)
class Rules:
    deadlines: DeadlineRules = DEFAULT_RULES
    """How soon tickets are due."""

    reminders: ReminderRules = field(default_factory=ReminderRules)
    """Who is told of a deadline, and when."""

    groups: GroupRules = field(default_factory=GroupRules)
    """Which tickets are one case of several owners."""

    risks: RiskRules = field(default_factory=RiskRules)
    """Which tickets are risks."""

    news: NewsRules = field(default_factory=NewsRules)
    """What owners are told unasked."""

    dialling: Dialling | None = None
    """What a roster's contacts must obey; None: the numbers of the region."""

    evidence: EvidenceRules = field(default_factory=EvidenceRules)
    """Which files are taken for tickets."""

    approve_above: int | None = None
    """What a ticket's tasks may cost, in hundredths of the currency, before its plan must be
    approved; None: any amount."""

    reviews: ReviewRules = field(default_factory=ReviewRules)
    """How many calls are drawn for a review."""

    keep: KeepRules = field(default_factory=KeepRules)
    """How long each kind of data is kept."""

    egress: Egress = field(default_factory=Egress)
    """Where webhooks may lead: public addresses alone, unless it names others."""

    privacy: PrivacyRules = field(default_factory=PrivacyRules)
    """Who sees sensitive tickets besides their circle."""

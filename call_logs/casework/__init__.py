"""Work on a case: what is found out and done about a ticket, and what tickets have to do with
each other."""

from call_logs.casework.alike import DEFAULT_GROUP_RULES, GroupRules
from call_logs.casework.evidence import Evidence, EvidenceRefused, EvidenceRules, FileRefusal
from call_logs.casework.groups import (
    Explanation,
    Group,
    GroupRefusal,
    GroupRefused,
    GroupStatus,
    Proposal,
)
from call_logs.casework.kinds import EvidenceKind
from call_logs.casework.links import LinkKind, LinkRefused, Refusal, TicketLinks
from call_logs.casework.risk_rules import (
    DEFAULT_RISK_RULES,
    DEFAULT_WORDS,
    WORD_KINDS,
    RiskKind,
    RiskLevel,
    RiskRules,
)
from call_logs.casework.risks import Risk, RiskEdit, RiskRefusal, RiskRefused, RiskStep
from call_logs.casework.sealed_file import SealedReader

__all__ = [
    "DEFAULT_GROUP_RULES",
    "DEFAULT_RISK_RULES",
    "DEFAULT_WORDS",
    "WORD_KINDS",
    "Evidence",
    "EvidenceKind",
    "EvidenceRefused",
    "EvidenceRules",
    "Explanation",
    "FileRefusal",
    "Group",
    "GroupRefusal",
    "GroupRefused",
    "GroupRules",
    "GroupStatus",
    "LinkKind",
    "LinkRefused",
    "Proposal",
    "Refusal",
    "Risk",
    "RiskEdit",
    "RiskKind",
    "RiskLevel",
    "RiskRefusal",
    "RiskRefused",
    "RiskRules",
    "RiskStep",
    "SealedReader",
    "TicketLinks",
]

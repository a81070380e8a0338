"""Work on a case: what is found out and done about a ticket, and what tickets have to do with
each other."""

from call_logs.casework.alike import GroupRules
from call_logs.casework.equipment import Equipment, NewEquipment
from call_logs.casework.equipment_sheet import write_equipment_csv
from call_logs.casework.evidence import Evidence, EvidenceRefused, EvidenceRules, FileRefusal
from call_logs.casework.firm_tasks import FIRM_NOTE_LIMIT, FirmPhoto, FirmTask
from call_logs.casework.groups import (
    Explanation,
    Group,
    GroupRefusal,
    GroupRefused,
    GroupStatus,
    Proposal,
)
from call_logs.casework.guide import (
    Guide,
    GuideMistake,
    GuidePart,
    Point,
    load_guide,
    load_guide_or_shipped,
)
from call_logs.casework.kinds import EvidenceKind
from call_logs.casework.links import LinkKind, LinkRefused, Refusal, TicketLinks
from call_logs.casework.major import MajorReason, major_reasons
from call_logs.casework.precedents import Comparison, Precedent, Unusual
from call_logs.casework.records import (
    CaseRecord,
    Missing,
    RecordEdit,
    RecordVersion,
    WrongField,
    read_record,
)
from call_logs.casework.risk_rules import (
    DEFAULT_WORDS,
    WORD_KINDS,
    RiskKind,
    RiskLevel,
    RiskRules,
)
from call_logs.casework.risks import Risk, RiskEdit, RiskRefusal, RiskRefused, RiskStep
from call_logs.casework.sealed_file import SealedReader
from call_logs.casework.tasks import MOST_TASKS, Task
from call_logs.casework.team import Proposed, TeamMember, TeamPart, TeamRefused
from call_logs.casework.team_store import DUTY_LIMIT
from call_logs.tables.field_types import (
    Choice,
    Count,
    Day,
    Findings,
    Flag,
    Ids,
    Money,
    Text,
    When,
)
from call_logs.tables.record_fields import RECORDS, RecordField, RecordKind, Side

__all__ = [
    "DEFAULT_WORDS",
    "DUTY_LIMIT",
    "FIRM_NOTE_LIMIT",
    "MOST_TASKS",
    "RECORDS",
    "WORD_KINDS",
    "CaseRecord",
    "Choice",
    "Comparison",
    "Count",
    "Day",
    "Equipment",
    "Evidence",
    "EvidenceKind",
    "EvidenceRefused",
    "EvidenceRules",
    "Explanation",
    "FileRefusal",
    "Findings",
    "FirmPhoto",
    "FirmTask",
    "Flag",
    "Group",
    "GroupRefusal",
    "GroupRefused",
    "GroupRules",
    "GroupStatus",
    "Guide",
    "GuideMistake",
    "GuidePart",
    "Ids",
    "LinkKind",
    "LinkRefused",
    "MajorReason",
    "Missing",
    "Money",
    "NewEquipment",
    "Point",
    "Precedent",
    "Proposal",
    "Proposed",
    "RecordEdit",
    "RecordField",
    "RecordKind",
    "RecordVersion",
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
    "Side",
    "Task",
    "TeamMember",
    "TeamPart",
    "TeamRefused",
    "Text",
    "TicketLinks",
    "Unusual",
    "When",
    "WrongField",
    "load_guide",
    "load_guide_or_shipped",
    "major_reasons",
    "read_record",
    "write_equipment_csv",
]

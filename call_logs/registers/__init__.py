"""Registers beside the tickets: skills, trainings, maintenance, stock, documents, improvements."""

from call_logs.registers.entry import (
    MOVES,
    WARNED,
    WRITERS,
    Entry,
    EntryEdit,
    read_entry,
)
from call_logs.registers.means import Effect, LowScore, Means, Skilled, StockItem, unskilled
from call_logs.registers.repeated import REPEATED
from call_logs.registers.sheet import read_register_csv, write_register_csv
from call_logs.registers.stock import MOST_MOVED, BroughtTooMany, Movement, TooFew
from call_logs.registers.store import UNBOUNDED, Fixed
from call_logs.tables.register_fields import (
    REGISTERS,
    DocumentSort,
    ImprovementState,
    ImprovementWhy,
    RegisterKind,
    SkillLevel,
    StockSort,
    TrainingForm,
    TrainingResult,
)

__all__ = [
    "MOST_MOVED",
    "MOVES",
    "REGISTERS",
    "REPEATED",
    "UNBOUNDED",
    "WARNED",
    "WRITERS",
    "BroughtTooMany",
    "DocumentSort",
    "Effect",
    "Entry",
    "EntryEdit",
    "Fixed",
    "ImprovementState",
    "ImprovementWhy",
    "LowScore",
    "Means",
    "Movement",
    "RegisterKind",
    "SkillLevel",
    "Skilled",
    "StockItem",
    "StockSort",
    "TooFew",
    "TrainingForm",
    "TrainingResult",
    "read_entry",
    "read_register_csv",
    "unskilled",
    "write_register_csv",
]

"""What the pages call the registers."""

from __future__ import annotations

from collections.abc import Mapping

from call_logs.registers import WRITERS, RegisterKind
from dashboard.web.texts import N_

REGISTERS: Mapping[str, str] = {
    RegisterKind.SKILL: N_("Skills and experts"),
    RegisterKind.TRAINING: N_("Trainings"),
    RegisterKind.MAINTENANCE: N_("Maintenance"),
    RegisterKind.STOCK: N_("Spare parts and tools"),
    RegisterKind.DOCUMENT: N_("Drawings and documents"),
    RegisterKind.IMPROVEMENT: N_("Improvements and rules"),
}

REGISTER_NEW: Mapping[str, str] = {
    RegisterKind.SKILL: N_("Enter a skill"),
    RegisterKind.TRAINING: N_("Enter a training"),
    RegisterKind.MAINTENANCE: N_("Enter a maintenance"),
    RegisterKind.STOCK: N_("Enter a part or tool"),
    RegisterKind.DOCUMENT: N_("Enter a document"),
    RegisterKind.IMPROVEMENT: N_("Propose an improvement"),
}

REGISTER_USE: Mapping[str, str] = {
    RegisterKind.SKILL: N_("Who can do what: proposed for tasks of the category."),
    RegisterKind.TRAINING: N_("Who was taught what, by whom, with which result."),
    RegisterKind.MAINTENANCE: N_("What was done to a piece of equipment, and when it is due next."),
    RegisterKind.STOCK: N_("What there is, where, and for which ticket it was taken."),
    RegisterKind.DOCUMENT: N_("Beside the tickets of their place, category or equipment."),
    RegisterKind.IMPROVEMENT: N_("What follows from complaints, from proposal to rule and effect."),
}

REGISTER_WRITERS = WRITERS

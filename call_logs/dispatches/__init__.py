"""Dispatches: who was rung for a ticket, and who took it."""

from call_logs.dispatches.dispatch import (
    UNDO_S,
    Acceptance,
    AcknowledgedVia,
    Acknowledgement,
    Attempt,
    AttemptStatus,
    Dispatch,
    DispatchEvent,
    DispatchEventKind,
    DispatchStatus,
    Order,
    TakenBack,
)

__all__ = [
    "UNDO_S",
    "Acceptance",
    "AcknowledgedVia",
    "Acknowledgement",
    "Attempt",
    "AttemptStatus",
    "Dispatch",
    "DispatchEvent",
    "DispatchEventKind",
    "DispatchStatus",
    "Order",
    "TakenBack",
]

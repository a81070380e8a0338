"""Calls as they are remembered, those that go on, and what is asked of them."""

from call_logs.calls.call import (
    INCOMING,
    OUTGOING,
    CallEvent,
    CallEventKind,
    CallFilter,
    CallRecord,
    LiveCall,
    NewCall,
)
from call_logs.calls.requests import ANY_NODE, Request, RequestAction, RequestOutcome

__all__ = [
    "ANY_NODE",
    "INCOMING",
    "OUTGOING",
    "CallEvent",
    "CallEventKind",
    "CallFilter",
    "CallRecord",
    "LiveCall",
    "NewCall",
    "Request",
    "RequestAction",
    "RequestOutcome",
]

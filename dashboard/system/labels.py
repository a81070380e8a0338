"""What the pages of the system call the store's values."""

from __future__ import annotations

from collections.abc import Mapping

from call_logs.storage import Announced
from call_logs.webhooks import Problem, WebhookState
from dashboard.web.settings import HealthState
from dashboard.web.texts import N_

HEALTH: Mapping[str, str] = {
    HealthState.OK: N_("Fine"),
    HealthState.WARNING: N_("Needs attention"),
    HealthState.FAILED: N_("Not working"),
}

# Parts of the system as the store and the program name them.
PARTS: Mapping[str, str] = {
    "database": N_("Database"),
    "disk": N_("Disk"),
    "key": N_("Encryption key"),
    "keys": N_("Encryption key"),
    "jobs": N_("Background work"),
    "journal": N_("Write journal"),
    "recordings": N_("Recordings"),
    "transcripts": N_("Transcriptions"),
    "endpoint": N_("Telephone"),
    "rows": N_("Stored rows"),
    "writes": N_("Writing"),
    "lease": N_("Only this program"),
    "dashboard": N_("Dashboard"),
    "backup": N_("Backup"),
    "speech models": N_("Speech models"),
    "SIP port": N_("SIP port"),
    "trunks": N_("Trunks"),
    "urgent cases": N_("Urgent cases"),
    "durable jobs": N_("Durable work"),
    "roster contacts": N_("Numbers on the roster"),
    "test calls": N_("Test calls of alarm lines"),
    "webhooks": N_("Webhooks"),
    "company pack": N_("Company's language pack"),
    "reminders": N_("Reminders"),
}

WEBHOOK_EVENTS: Mapping[str, str] = {
    Announced.TICKET_OPENED: N_("ticket opened"),
    Announced.TICKET_CHANGED: N_("ticket changed"),
    Announced.TICKET_DUE: N_("deadline near or missed"),
    Announced.DISPATCH: N_("search for somebody: new state"),
    Announced.CALL_ENDED: N_("call ended"),
    Announced.SURVEY: N_("survey answered"),
    Announced.TEST: N_("test"),
}

WEBHOOK_STATES: Mapping[str, str] = {
    WebhookState.ON: N_("is told"),
    WebhookState.PAUSED: N_("paused"),
    WebhookState.DISABLED: N_("switched off: it took nothing for days, or is gone"),
}

WEBHOOK_PROBLEMS: Mapping[str, str] = {
    Problem.STATUS: N_("refused"),
    Problem.REDIRECT: N_("sent elsewhere, which is not followed"),
    Problem.TOO_SLOW: N_("no answer in time"),
    Problem.NO_CONNECTION: N_("no connection"),
    Problem.TLS: N_("certificate not good"),
    Problem.UNKNOWN_NAME: N_("name unknown"),
    Problem.FORBIDDEN: N_("leads into a network that is not allowed"),
    Problem.UNREADABLE: N_("cannot be read in the database"),
    Problem.KEPT_BACK: N_("not sent, the ticket is sensitive"),
}

ACTIONS: Mapping[str, str] = {
    "looked": N_("looked at"),
    "opened": N_("gave a reason for"),
    "refused": N_("was refused"),
    "listened": N_("listened to"),
    "listed": N_("listed"),
    "exported": N_("exported"),
    "printed": N_("printed"),
    "erased": N_("destroyed"),
    "sealed": N_("sealed"),
    "rotated": N_("rotated"),
    "added": N_("added"),
    "changed": N_("changed"),
    "removed": N_("removed"),
    "password": N_("gave a new password to"),
    "secret": N_("gave a new secret to"),
    "paused": N_("paused"),
    "resumed": N_("resumed"),
}

SUBJECTS: Mapping[str, str] = {
    "ticket": N_("ticket"),
    "call": N_("call"),
    "recording": N_("recording"),
    "transcript": N_("transcript"),
    "live": N_("live calls"),
    "owners": N_("owners"),
    "owner": N_("data of the owner"),
    "key": N_("encryption key"),
    "roster": N_("roster"),
    "ledger": N_("ledger"),
    "lessons": N_("lessons"),
    "evidence": N_("evidence"),
    "task": N_("tasks of a firm"),
    "review": N_("call review"),
    "user": N_("user"),
    "token": N_("program's token"),
    "webhook": N_("webhook"),
    "source": N_("system that sends"),
    "register": N_("register"),
}
# What is named by its name.
NAMED = frozenset({"user", "token", "webhook", "source", "register"})

"""Imports every module with tables, so that `Base.metadata` knows them all."""

from call_logs.storage import rows
from call_logs.storage.base import Base
from call_logs.tables import (
    articles,
    calls,
    case_records,
    casework,
    dispatches,
    equipment,
    faults,
    form_links,
    groups,
    inbound,
    links,
    owner_news,
    owners,
    privacy,
    recordings,
    reminders,
    risks,
    roster,
    surveys,
    team,
    tickets,
    tokens,
    users,
)

metadata = Base.metadata

__all__ = [
    "articles",
    "calls",
    "case_records",
    "casework",
    "dispatches",
    "equipment",
    "faults",
    "form_links",
    "groups",
    "inbound",
    "links",
    "metadata",
    "owner_news",
    "owners",
    "privacy",
    "recordings",
    "reminders",
    "risks",
    "roster",
    "rows",
    "surveys",
    "team",
    "tickets",
    "tokens",
    "users",
]

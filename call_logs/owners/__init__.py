"""The directory of owners, and what they say of the work."""

from call_logs.owners.call_rules import CallRules
from call_logs.owners.directory import Owner, Owners
from call_logs.owners.faults import FaultRefused, Faults, KnownFault, NewFault, known_faults
from call_logs.owners.form_links import FormLink, FormLinks
from call_logs.owners.news import CALL_BACK_RULES, News, OwnerNews
from call_logs.owners.owed_calls import OwedCalls, OwedTry, TryOutcome
from call_logs.owners.sheets import read_owners_csv, write_owners_csv
from call_logs.owners.surveys import Survey, Surveys
from call_logs.tickets.owed import OwedState
from call_logs.tickets.surveyed import CONTENT

__all__ = [
    "CALL_BACK_RULES",
    "CONTENT",
    "CallRules",
    "FaultRefused",
    "Faults",
    "FormLink",
    "FormLinks",
    "KnownFault",
    "NewFault",
    "News",
    "OwedCalls",
    "OwedState",
    "OwedTry",
    "Owner",
    "OwnerNews",
    "Owners",
    "Survey",
    "Surveys",
    "TryOutcome",
    "known_faults",
    "read_owners_csv",
    "write_owners_csv",
]

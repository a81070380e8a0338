"""The directory of owners, and what they say of the work."""

from call_logs.owners.directory import Owner, Owners
from call_logs.owners.faults import FaultRefused, Faults, KnownFault, NewFault, known_faults
from call_logs.owners.form_links import FormLink, FormLinks
from call_logs.owners.sheets import read_owners_csv, write_owners_csv
from call_logs.owners.survey_hours import SurveyRules
from call_logs.owners.surveys import Survey, Surveys, SurveyTry, TryOutcome
from call_logs.tickets.surveyed import CONTENT, SurveyState

__all__ = [
    "CONTENT",
    "FaultRefused",
    "Faults",
    "FormLink",
    "FormLinks",
    "KnownFault",
    "NewFault",
    "Owner",
    "Owners",
    "Survey",
    "SurveyRules",
    "SurveyState",
    "SurveyTry",
    "Surveys",
    "TryOutcome",
    "known_faults",
    "read_owners_csv",
    "write_owners_csv",
]

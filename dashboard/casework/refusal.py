"""Why a form was not taken, in the words of its page."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from call_logs.casework import Missing, RecordField, WrongField
from call_logs.storage import NotAllowed
from dashboard.casework.labels import RULES
from dashboard.casework.record_form import RecordForm
from dashboard.web.record_values import FIELDS_OF
from dashboard.web.texts import N_

__all__ = ["refusal"]


def refusal(
    form: RecordForm,
    error: WrongField | NotAllowed,
    *,
    not_allowed: str,
    rules: Mapping[str, str] | None = None,
) -> tuple[HTTPStatus, str, RecordField | None]:
    """Status, what is told, and the field that is wrong. `rules`: of fields whose wrong value says
    more than that of another field of its type."""
    if isinstance(error, NotAllowed):
        return HTTPStatus.FORBIDDEN, not_allowed, None
    known = FIELDS_OF[form.kind].get(error.field)
    rule = "" if known is None else RULES.get(type(known.type).__name__, "")
    if isinstance(error, Missing):
        rule = N_("It must not be empty.")
    elif rules is not None:
        rule = rules.get(error.field, rule)
    return HTTPStatus.UNPROCESSABLE_ENTITY, rule or N_("A field has a wrong value."), known

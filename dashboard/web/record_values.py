"""The fields of a record of a case, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from call_logs.casework import (
    RECORDS,
    CaseRecord,
    Choice,
    Day,
    Findings,
    Flag,
    Ids,
    Money,
    RecordField,
    When,
)
from call_logs.registers import REGISTERS, Entry
from dashboard.web import labels
from dashboard.web.formats import Formats
from dashboard.web.texts import N_

__all__ = ["FIELDS_OF", "RecordWords"]

# Of a record or of an entry of a register, by its kind.
FIELDS_OF: Mapping[str, Mapping[str, RecordField]] = {
    str(kind): fields for kind, fields in (*RECORDS.items(), *REGISTERS.items())
}


@dataclass(frozen=True)
class RecordWords:
    """In one language. `point`: what a point of a checklist is called."""

    formats: Formats
    gettext: Callable[[str], str]
    point: Callable[[str], str]
    who: Callable[[str], str] = str  # what people call whom a reference means
    category: Callable[[str], str] = str

    def lines(
        self, record: CaseRecord | Entry, values: Mapping[str, Any] | None = None
    ) -> list[tuple[str, str]]:
        """Label and words of each field that says something; `values`: of another version."""
        said = record.values if values is None else values
        found = (
            (self.gettext(field.label), self.text(field, said[name]))
            for name, field in FIELDS_OF[record.kind].items()
        )
        return [(label, text) for label, text in found if text]

    def text(self, field: RecordField, value: Any) -> str:
        """Nothing when nothing was said."""
        text = str(value or "")
        if field.staff:
            return self.who(text)
        match field.type:
            case Flag():
                text = self.gettext(N_("yes")) if value else ""
            case When() if value:
                text = self.formats.planned(value)
            case Findings():
                text = "\n".join(f"{self.point(each)}: {said}" for each, said in value.items())
            case Money() if value is not None:
                text = f"{value / 100:,.2f}"
            case Day() if value is not None:
                text = self.formats.whole_day(value)
            case Ids():
                text = self.gettext(N_(", ")).join(map(self.category, value))
            case Choice(of=known):
                names = labels.CHOICES[known.__name__]
                text = self.gettext(names.get(value, str(value)))
        return text

"""The ledger's columns, and what each ticket has in them; the totals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache, partial

from call_logs.reports import Deadline, LedgerRow, Outcome, outcome
from call_logs.tickets import FIELDS
from dashboard.web import labels
from dashboard.web.texts import N_, translations
from dashboard.web.views import Views

Cell = str | int | float | datetime | None

OUTCOMES: Mapping[Outcome, str] = {
    Outcome.KEPT: N_("kept"),
    Outcome.MISSED: N_("too late"),
    Outcome.PENDING: N_("not due yet"),
}
# Deadline: when, and whether it was kept.
DEADLINES: Mapping[Deadline, tuple[str, str]] = {
    Deadline.ACKNOWLEDGE: (N_("Acknowledge by"), N_("Acknowledged in time")),
    Deadline.ON_SITE: (N_("On site by"), N_("On site in time")),
    Deadline.FEEDBACK: (N_("Inform the owner by"), N_("Owner informed in time")),
}
MOMENTS: Mapping[str, str] = {
    "acknowledged_at": N_("Acknowledged at"),
    "on_site_at": N_("On site at"),
    "resolved_at": N_("Resolved at"),
    "feedback_at": N_("Owner informed at"),
    "closed_at": N_("Closed at"),
    "updated_at": N_("Last changed at"),
}
CALLS: Mapping[str, str] = {
    "started_at": N_("Call began at"),
    "answered_at": N_("Call answered at"),
    "ended_at": N_("Call ended at"),
}


@dataclass(frozen=True)
class Column:
    heading: str
    cell: Callable[[LedgerRow], Cell]


@dataclass
class Totals:
    """Counted while the rows go by."""

    tickets: int = 0
    by_class: Counter[str] = field(default_factory=Counter)
    by_status: Counter[str] = field(default_factory=Counter)
    by_outcome: Counter[tuple[Deadline, Outcome]] = field(default_factory=Counter)
    scores: list[int] = field(default_factory=lambda: [0, 0])  # how many, and their sum

    def add(self, row: LedgerRow, now: datetime) -> None:
        ticket = row.ticket
        self.tickets += 1
        self.by_class[ticket.ticket_class] += 1
        self.by_status[ticket.status] += 1
        for deadline in Deadline:
            self.by_outcome[deadline, outcome(ticket, deadline, now)] += 1
        if ticket.satisfaction is not None:
            self.scores[0] += 1
            self.scores[1] += ticket.satisfaction


class LedgerSheet:
    """One ledger in one language. Every field of the table of fields is a column; one that is
    added there is here, too."""

    def __init__(self, views: Views, language: str, now: datetime) -> None:
        self._views = views
        self._language = language
        self._text = translations(language).gettext
        self._now = now
        self.name = self._text(N_("Ledger"))
        self.totals_name = self._text(N_("Totals"))
        self.columns = tuple(self._columns())
        self.totals = Totals()
        # A value in words is looked up once and not a million times.
        self._told = cache(self._in_words)

    @property
    def headings(self) -> tuple[str, ...]:
        return tuple(column.heading for column in self.columns)

    def cells(self, row: LedgerRow) -> list[Cell]:
        """The row as it stands in the file; it is counted."""
        self.totals.add(row, self._now)
        return [self._local(column.cell(row)) for column in self.columns]

    def total_rows(self) -> Sequence[Sequence[Cell]]:
        """What, how many."""
        totals, text = self.totals, self._text
        rows: list[Sequence[Cell]] = [
            (text(N_("Tickets")), totals.tickets),
            (),
            *((text(label), totals.by_class[key]) for key, label in labels.CLASSES.items()),
            (),
            *((text(label), totals.by_status[key]) for key, label in labels.STATUSES.items()),
        ]
        for deadline, (_, heading) in DEADLINES.items():
            rows.append(())
            rows += (
                (f"{text(heading)}: {text(label)}", totals.by_outcome[deadline, each])
                for each, label in OUTCOMES.items()
            )
        count, total = totals.scores
        rows.append(())
        rows.append((text(N_("Tickets with a satisfaction score")), count))
        average = round(total / count, 2) if count else None
        rows.append((text(N_("Average satisfaction")), average))
        return rows

    def _columns(self) -> list[Column]:
        text = self._text
        columns = [
            Column(text(N_("Number")), lambda row: row.ticket.number),
            Column(text(N_("Status")), partial(self._field, "status")),
            Column(text(N_("Received at")), lambda row: row.ticket.opened_at),
            *(
                Column(text(each.label), partial(self._field, name))
                for name, each in FIELDS.items()
            ),
            Column(text(N_("Caller")), lambda row: row.ticket.caller),
            *(Column(text(label), partial(_moment, name)) for name, label in MOMENTS.items()),
        ]
        for deadline, (by, kept) in DEADLINES.items():
            columns.append(Column(text(by), partial(_moment, f"{deadline}_due_at")))
            columns.append(Column(text(kept), partial(self._kept, deadline)))
        columns += [
            *(Column(text(label), partial(_of_call, name)) for name, label in CALLS.items()),
            Column(text(N_("Call")), lambda row: row.ticket.call_id),
        ]
        return columns

    def _field(self, name: str, row: LedgerRow) -> Cell:
        value = getattr(row.ticket, name)
        if isinstance(value, tuple):
            return text_list(value, self._language)
        if isinstance(value, StrEnum | bool) or name in ("category", *labels.STAFF):
            return self._told(value, name)
        plain: Cell = value
        return plain

    def _in_words(self, value: object, name: str) -> str:
        return self._views.value(value, name, self._language)

    def _kept(self, deadline: Deadline, row: LedgerRow) -> str:
        return self._text(OUTCOMES[outcome(row.ticket, deadline, self._now)])

    def _local(self, cell: Cell) -> Cell:
        """Spreadsheets know no zones: moments stand there as the site's clock shows them."""
        if isinstance(cell, datetime):
            local = cell.astimezone(self._views.settings.zone)
            return local.replace(tzinfo=None, microsecond=0)
        return cell


def _moment(name: str, row: LedgerRow) -> datetime | None:
    moment: datetime | None = getattr(row.ticket, name)
    return moment


def _of_call(name: str, row: LedgerRow) -> datetime | None:
    moment: datetime | None = getattr(row.call, name, None)
    return moment


def text_list(words: Sequence[str], language: str) -> str:
    return ("、" if language.startswith("zh") else ", ").join(words)

"""Measured numbers: rows beside the bar that the design sets, as a table and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Row:
    """One number. `bar` is what the design asks for: at most, or `at_least`."""

    what: str
    value: float
    unit: str
    bar: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def held(self) -> bool | None:
        """Whether the bar is met; None without a bar."""
        if self.bar is None:
            return None
        return self.value >= self.bar if self.at_least else self.value <= self.bar


@dataclass(frozen=True)
class Result:
    """One benchmark's rows and the machine's state around them."""

    name: str
    started: str  # UTC, ISO 8601
    seconds: float
    load_before: float  # runnable processes, average of the last minute
    load_after: float
    rows: Sequence[Row] = field(default_factory=tuple)
    failed: str = ""  # why there are no numbers

    def to_dict(self) -> dict[str, Any]:
        """As it stands in the JSON file."""
        return asdict(self)

    @classmethod
    def from_dict(cls, document: dict[str, Any]) -> Result:
        """From what `save` wrote."""
        known = {item.name for item in fields(cls)}
        values = {name: value for name, value in document.items() if name in known}
        return cls(**{**values, "rows": [Row(**row) for row in document["rows"]]})


def percentile(values: Sequence[float], percent: float) -> float:
    """Nearest rank: the smallest value that `percent` of all do not exceed.

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("nothing was measured")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


def percentiles(
    what: str,
    values: Sequence[float],
    unit: str,
    percents: Sequence[int] = (50, 95),
    *,
    bars: dict[int, float] | None = None,
) -> list[Row]:
    """A row for each of `percents`; `bars` by percent."""
    note = f"of {len(values)}"
    return [
        Row(f"{what}, p{each}", percentile(values, each), unit, (bars or {}).get(each), note=note)
        for each in percents
    ]


def table(results: Sequence[Result]) -> Table:
    """All rows as one table."""
    shown = Table(title="hotline on this machine")
    for heading, side in (
        ("benchmark", "left"),
        ("what", "left"),
        ("value", "right"),
        ("bar", "right"),
        ("", "left"),
        ("note", "left"),
    ):
        shown.add_column(heading, justify="right" if side == "right" else "left")
    for result in results:
        name = f"{result.name}\nload {result.load_before:.1f} to {result.load_after:.1f}"
        if result.failed:
            shown.add_row(name, "[red]not measured[/]", "", "", "", result.failed)
        for row in result.rows:
            mark = {None: "", True: "[green]held[/]", False: "[red]missed[/]"}[row.held]
            shown.add_row(name, row.what, _shown(row), _bar(row), mark, row.note)
            name = ""
        shown.add_section()
    return shown


def show(results: Sequence[Result]) -> None:
    """Print the table."""
    console = Console()
    # A table that goes to a file is read there: it must not be cut to 80 columns.
    (console if console.is_terminal else Console(width=150)).print(table(results))


def markdown(results: Sequence[Result]) -> str:
    """The same for a document."""
    lines = ["| what | value | bar | | |", "|---|---|---|---|---|"]
    for result in results:
        state = f"load {result.load_before:.1f} to {result.load_after:.1f}"
        lines.append(f"| **{result.name}** ({state}) {result.failed} | | | | |")
        for row in result.rows:
            mark = {None: "", True: "held", False: "**missed**"}[row.held]
            lines.append(f"| {row.what} | {_shown(row)} | {_bar(row)} | {mark} | {row.note} |")
    return "\n".join(lines)


def save(result: Result, machine: dict[str, Any], folder: Path) -> Path:
    """Write `folder/NAME.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{result.name}.json"
    document = {"machine": machine, **result.to_dict()}
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def _shown(row: Row) -> str:
    return f"{_text(row.value)} {row.unit}".strip()


def _bar(row: Row) -> str:
    return "" if row.bar is None else f"{'≥' if row.at_least else '≤'} {_text(row.bar)}"


def _text(value: float) -> str:
    """Three digits that count, and whole numbers whole."""
    if value == round(value) or abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.3g}"

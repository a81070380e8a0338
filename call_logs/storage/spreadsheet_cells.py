"""Text that a spreadsheet program must not take for a formula (OWASP, CSV injection)."""

from __future__ import annotations

# The full-width ones are read as formulas, too, where people type Chinese or Japanese.
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet program would compute it. What stands before the first character
    that can be seen does not help: some programs pass over blanks."""
    return text.lstrip().startswith(FORMULA)


def guarded(cell: str) -> str:
    """The text as a cell of a CSV file: with an apostrophe before what looks like a formula,
    or has one already."""
    cell = cell.strip()
    return f"'{cell}" if is_formula(cell) or cell.startswith("'") else cell

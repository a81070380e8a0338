"""What the marks of a ticket say of a viewer, as conditions of a query."""

from __future__ import annotations

from sqlalchemy import ColumnElement, String, and_, false, func, literal, or_

from call_logs.viewing.viewer import Viewer


def in_circle(circle: ColumnElement[str], viewer: Viewer) -> ColumnElement[bool]:
    """As `viewer.in_circle`. LIKE would not tell "Wang" from "wang" on SQLite."""
    found = [
        func.replace(circle, literal(f"\n{ref}\n", String), "") != circle
        for ref in sorted(viewer.circle)
    ]
    return and_(circle != "", or_(*found)) if found else false()

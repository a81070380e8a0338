"""The picture of a ticket's states, drawn from the table of moves itself.

`python tools/states.py` writes docs/images/states.svg anew; a test fails while the picture shows
another table than the program has.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path

from call_logs.tables.ticket_kinds import TicketClass
from call_logs.tickets.life import NOTE, TRANSITIONS, Move, TicketStatus
from call_logs.users.permissions import Permission

PICTURE = Path(__file__).parent.parent / "docs" / "images" / "states.svg"

COLUMN, ROW, TOP = 400, 66, 92
BOX_W, BOX_H = 176, 42
BELOW = 58  # for what the lines mean
STATES = tuple(TicketStatus)
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1d2733; text-anchor: middle }
.title { font-size: 17px; font-weight: 600 }
.needs { font-size: 10px; fill: #5b6673 }
.key { text-anchor: start }
rect.state { fill: #f4f7fa; stroke: #8796a5; rx: 7 }
path { fill: none; stroke: #44566a; stroke-width: 1.4; marker-end: url(#to) }
path.approve { stroke: #b3261e; stroke-width: 2.2; marker-end: url(#to-approve) }
path.note { stroke-dasharray: 5 3 }
"""


def picture() -> str:
    """As SVG: a column a class, its states from above to below."""
    width, height = COLUMN * len(TicketClass), TOP + ROW * len(STATES) + BELOW
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        f' width="{width}" height="{height}" role="img">',
        "<title>The states of a ticket and its steps, for each class</title>",
        f"<style>{STYLE}</style>",
        f"<defs>{_arrow('to', '#44566a')}{_arrow('to-approve', '#b3261e')}</defs>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for number, ticket_class in enumerate(TicketClass):
        parts += _column(ticket_class, COLUMN * number + COLUMN // 2)
    parts += _key(height - BELOW + 18)
    return "\n".join([*parts, "</svg>", ""])


def _column(ticket_class: TicketClass, middle: int) -> Iterator[str]:
    rows = TRANSITIONS[ticket_class]
    yield f'<text class="title" x="{middle}" y="38">{escape(ticket_class)}</text>'
    for state in STATES:
        yield from _state(state, middle)
    for state, moves in rows.items():
        for move in moves:
            yield _line(state, move, middle)


def _state(state: TicketStatus, middle: int) -> Iterator[str]:
    y = _y(state)
    needs = ", ".join(_needs(state))
    yield (
        f'<rect class="state" x="{middle - BOX_W // 2}" y="{y - BOX_H // 2}"'
        f' width="{BOX_W}" height="{BOX_H}"/>'
    )
    name = escape(state.replace("_", " "))
    yield f'<text x="{middle}" y="{y - 2 if needs else y + 4}">{name}</text>'
    if needs:
        yield f'<text class="needs" x="{middle}" y="{y + 13}">{escape(needs)}</text>'


def _needs(state: TicketStatus) -> tuple[str, ...]:
    """What must be said on whatever way one comes there; a note is a line of its own kind."""
    ways = [
        frozenset(move.needs)
        for rows in TRANSITIONS.values()
        for moves in rows.values()
        for move in moves
        if move.to is state
    ]
    always = frozenset.intersection(*ways) if ways else frozenset()
    return tuple(sorted(always - {NOTE}))


def _line(start: TicketStatus, move: Move, middle: int) -> str:
    """To the next state straight down; over others on the right, back on the left."""
    steps = STATES.index(move.to) - STATES.index(start)
    kinds = ["approve"] * (move.right is Permission.APPROVE) + ["note"] * (NOTE in move.needs)
    kind = f' class="{" ".join(kinds)}"' if kinds else ""
    y1, y2 = _y(start), _y(move.to)
    if steps == 1:
        return f'<path{kind} d="M{middle} {y1 + BOX_H // 2}V{y2 - BOX_H // 2 - 2}"/>'
    side = 1 if steps > 0 else -1
    edge = middle + side * BOX_W // 2
    far = edge + side * (18 + 12 * abs(steps))
    # Ways out below the middle of a box, ways in above it: none lies on another.
    y1, y2 = y1 + side * 7, y2 - side * 7
    return f'<path{kind} d="M{edge} {y1}C{far} {y1} {far} {y2} {edge + side * 2} {y2}"/>'


def _y(state: TicketStatus) -> int:
    return TOP + ROW * STATES.index(state)


def _arrow(name: str, colour: str) -> str:
    return (
        f'<marker id="{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7"'
        f' markerHeight="7" markerUnits="userSpaceOnUse" orient="auto">'
        f'<path d="M0 0L8 4L0 8z" style="fill:{colour};stroke:none;marker-end:none"/></marker>'
    )


def _key(y: int) -> Iterator[str]:
    kinds = (
        ("", "whoever works on tickets"),
        ("approve", "whoever may approve plans"),
        ("note", "with a note that says why"),
    )
    for number, (kind, words) in enumerate(kinds):
        x = 24 + COLUMN * number
        yield f'<path class="{kind}" d="M{x} {y}h44"/>'
        yield f'<text class="key" x="{x + 54}" y="{y + 4}">{words}</text>'
    yield (
        f'<text class="key needs" x="24" y="{y + 28}">'
        "Small: the fields that must say something by then.</text>"
    )


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")

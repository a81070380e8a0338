"""The picture in docs/tickets.md shows the table that the program goes by."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from call_logs.tickets import TRANSITIONS, TicketStatus
from tools import states

SVG = "{http://www.w3.org/2000/svg}"


def test_the_picture_is_that_of_the_table() -> None:
    assert states.PICTURE.read_text(encoding="utf-8") == states.picture(), (
        "the table of moves has changed: python -m tools.states"
    )


def test_it_has_every_state_and_every_move() -> None:
    root = ElementTree.fromstring(states.picture())
    boxes = root.findall(f"{SVG}rect[@class='state']")
    lines = [path for path in root.findall(f"{SVG}path") if "h44" not in path.attrib["d"]]
    moves = sum(len(each) for rows in TRANSITIONS.values() for each in rows.values())
    assert len(boxes) == len(TRANSITIONS) * len(TicketStatus)
    assert len({path.attrib["d"] for path in lines}) == len(lines) == moves


def test_the_page_about_tickets_shows_it() -> None:
    page = Path(states.PICTURE.parents[1], "tickets.md").read_text(encoding="utf-8")
    assert f"](images/{states.PICTURE.name})" in page

"""A page's template stands in the folder of the room that shows it."""

from __future__ import annotations

from pathlib import Path

DASHBOARD = Path(__file__).parents[3] / "dashboard"
EVERYWHERE = {"base.html", "skeleton.html", "macros.html", "error.html"}


def test_template_folders_bear_the_names_of_the_rooms() -> None:
    rooms = {each.parent.name for each in DASHBOARD.glob("*/__init__.py")}
    folders = {each.name for each in (DASHBOARD / "templates").iterdir() if each.is_dir()}
    assert folders <= rooms


def test_what_stands_beside_the_folders_is_of_every_page() -> None:
    assert {each.name for each in (DASHBOARD / "templates").glob("*.html")} == EVERYWHERE

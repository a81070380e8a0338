"""`menu.toml` gets its shape, and says every mistake of shape at once."""

from __future__ import annotations

import tomllib
from pathlib import Path

from asr.lexicon import Document
from ivr.packs.menu import Ask, NodeKind, parse_menu, read_menu

MENU = """
language = "en"
name = "English"
start = "main"

[timing]
choice_s = 4

[node.main]
kind = "menu"
say = ["hello"]
silent = "bye"
[[node.main.choice]]
key = "2"
spoken = ["repair", "broken"]
to = "repair"

[node.repair]
kind = "intake"
say = ["repair"]
ask = ["building", "message"]
ticket_kind = "repair"
then = "bye"
silent = "bye"

[node.bye]
kind = "goodbye"
say = ["bye"]
"""


def test_a_menu_is_read_with_its_nodes_choices_and_defaults() -> None:
    menu, mistakes = parse_menu(Document(Path("menu.toml"), tomllib.loads(MENU), {}))
    assert mistakes == ()
    assert menu is not None
    main = menu.nodes["main"]
    assert main.id == "main"
    assert main.kind is NodeKind.MENU
    choice = main.choice_for_key("2")
    assert choice is not None
    assert (choice.to, choice.spoken) == ("repair", ("repair", "broken"))
    assert main.choice_for_key("3") is None
    assert menu.nodes["repair"].ask == (Ask.BUILDING, Ask.MESSAGE)
    assert menu.timing.choice_s == 4.0
    assert menu.timing.tries == 2
    assert menu.keys.person == "0"


def test_the_first_node_of_a_kind_is_found() -> None:
    menu, _ = parse_menu(Document(Path("menu.toml"), tomllib.loads(MENU), {}))
    assert menu is not None
    found = menu.first_of(NodeKind.GOODBYE)
    assert found is not None
    assert found.id == "bye"
    assert menu.first_of(NodeKind.PERSON) is None


def test_every_mistake_of_shape_is_told_with_its_place() -> None:
    broken = MENU.replace('kind = "menu"', 'kind = "maze"').replace(
        "choice_s = 4", 'choice_s = "x"'
    )
    broken = broken.replace('key = "2"', 'kee = "2"')
    menu, mistakes = parse_menu(Document(Path("menu.toml"), tomllib.loads(broken), {}))
    assert menu is None
    told = "\n".join(mistakes)
    assert "menu.toml:1: node.main.kind" in told
    assert "menu.toml:1: timing.choice_s" in told
    assert "menu.toml:1: node.main.choice 1.kee" in told
    assert "menu.toml:1: node.main.choice 1.key" in told


def test_a_missing_file_and_a_broken_file_are_mistakes_not_exceptions(tmp_path: Path) -> None:
    assert "cannot be read" in read_menu(tmp_path / "menu.toml")[1][0]
    (tmp_path / "menu.toml").write_text("start = ")
    assert "not a TOML file" in read_menu(tmp_path / "menu.toml")[1][0]

"""A menu's dead ends and contradictions are found before a caller finds them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ivr.packs.menu import Choice, Keys, Menu, Node, NodeKind, Timing
from ivr.packs.menu_check import menu_mistakes
from ivr.packs.pack import languages, load_pack

PROMPTS = ("hello",)


def node(node_id: str, kind: NodeKind, **fields: Any) -> Node:
    return Node(node_id, kind, say=("hello",), **fields)


def menu(*extra: Node, **fields: Any) -> Menu:
    """A small menu without a mistake, with nodes replaced or added."""
    nodes = (
        node(
            "main",
            NodeKind.MENU,
            silent="bye",
            choices=(Choice("1", "help"), Choice("0", "person"), Choice("5", "idea")),
        ),
        node("help", NodeKind.EMERGENCY, ticket_kind="emergency", then="bye", silent="bye"),
        node("person", NodeKind.PERSON, ticket_kind="other", then="bye"),
        node(
            "idea",
            NodeKind.INTAKE,
            ticket_kind="suggestion",
            ask=("message",),
            then="bye",
            silent="bye",
        ),
        node("bye", NodeKind.GOODBYE),
        *extra,
    )
    return Menu("en", "English", "main", {one.id: one for one in nodes}, **fields)


def told(one: Menu) -> str:
    return "\n".join(menu_mistakes(one, PROMPTS, ("en", "ko")))


def test_a_good_menu_has_no_mistake() -> None:
    assert menu_mistakes(menu(), PROMPTS, ("en",)) == ()


@pytest.mark.parametrize("language", languages())
def test_the_menus_of_all_packs_have_no_mistake(language: str) -> None:
    pack = load_pack(language)
    assert menu_mistakes(pack.menu, pack.prompts.names, languages()) == ()


MAIN = menu().nodes["main"]


@pytest.mark.parametrize(
    ("broken", "mistake"),
    [
        (menu(replace(MAIN, silent="")), "node.main: dead end: silent is missing"),
        (menu(replace(MAIN, choices=())), "node.main: dead end: it offers no choice"),
        (menu(replace(MAIN, say=("hallo",))), "node.main: there is no prompt 'hallo'"),
        (menu(replace(MAIN, say=())), "node.main: say: is empty"),
        (menu(replace(MAIN, silent="nowhere")), "node.main: silent: there is no node 'nowhere'"),
        (
            menu(replace(MAIN, choices=(*MAIN.choices, Choice("5", "bye")))),
            "node.main: choice 5: key used twice",
        ),
        (
            menu(replace(MAIN, choices=(*MAIN.choices, Choice("7", "void")))),
            "node.main: choice 7: there is no node 'void'",
        ),
        (
            menu(replace(MAIN, choices=(Choice("7", "help", ("x",)), Choice("8", "idea", ("x",))))),
            "node.main: choice 8: 'x' is spoken for two choices",
        ),
        (
            menu(replace(MAIN, choices=(*MAIN.choices[1:], Choice("1", "idea")))),
            "node.main: choice 1: this key means emergency everywhere",
        ),
        (
            menu(replace(MAIN, choices=(*MAIN.choices, Choice("*", "idea")))),
            "node.main: choice *: this key means back everywhere",
        ),
        (
            menu(replace(MAIN, choices=(*MAIN.choices, Choice("6", "bye", language="ko")))),
            "node.main: choice 6: only a language node's choice selects a language",
        ),
        (
            menu(node("attic", NodeKind.VOICEMAIL, ticket_kind="other", then="bye", silent="bye")),
            "node.attic: no way leads to it",
        ),
        (menu(node("bye", NodeKind.GOODBYE, then="main")), "a goodbye node ends the call"),
        (
            menu(
                node(
                    "idea",
                    NodeKind.INTAKE,
                    ticket_kind="idea",
                    ask=("message",),
                    then="bye",
                    silent="bye",
                )
            ),
            "node.idea: ticket_kind: 'idea' is none of",
        ),
        (
            menu(node("idea", NodeKind.INTAKE, ticket_kind="suggestion", then="bye", silent="bye")),
            'node.idea: ask: must hold "message"',
        ),
        (
            menu(
                node(
                    "idea",
                    NodeKind.INTAKE,
                    ticket_kind="suggestion",
                    ask=("message",),
                    silent="bye",
                )
            ),
            "node.idea: dead end: then is missing",
        ),
        (menu(replace(MAIN, silent="main")), "node.main: a caller who says nothing goes round"),
        (menu(keys=Keys(person="1")), "keys.emergency: 1 is already keys.person"),
        (menu(keys=Keys(end="A")), "keys.end: 'A' is not a key of a telephone"),
        (menu(keys=Keys(back="2")), "keys.back: 2 already answers a question"),
        (menu(timing=Timing(tries=0)), "timing.tries: must be at least 1"),
        (menu(timing=Timing(choice_s=0)), "timing.choice_s: must be more than 0"),
        (menu(timing=Timing(message_min_s=200)), "timing.message_min_s: must lie between"),
        (replace(menu(), start="door"), "start: there is no node 'door'"),
    ],
)
def test_each_mistake_is_told(broken: Menu, mistake: str) -> None:
    assert mistake in told(broken)


def test_a_menu_without_a_way_to_a_person_is_refused() -> None:
    nodes = {name: one for name, one in menu().nodes.items() if name != "person"}
    assert "there is no way to a person" in told(replace(menu(), nodes=nodes))


def test_a_language_node_offers_only_languages_that_have_a_pack() -> None:
    choices = (Choice("2", "main", language="en"), Choice("3", "main", language="tlh"))
    extra = node("tongue", NodeKind.LANGUAGE, silent="main", choices=choices)
    assert "node.tongue: choice 3: there is no language 'tlh'" in told(menu(extra))


def test_nodes_from_which_no_way_leads_to_a_goodbye_are_dead_ends() -> None:
    island = (
        node("a", NodeKind.ENQUIRY, then="b", silent="b"),
        node("b", NodeKind.ENQUIRY, then="a", silent="a"),
    )
    start = replace(MAIN, choices=(*MAIN.choices, Choice("4", "a")))
    found = told(menu(start, *island))
    assert "node.a: dead end, no way leads from it to a goodbye" in found
    assert "node.b: dead end, no way leads from it to a goodbye" in found
    assert "node.main: dead end" not in found


def test_all_mistakes_are_told_at_once() -> None:
    broken = menu(replace(MAIN, say=("x",), silent="y"), keys=Keys(end="A"))
    assert len(told(broken).splitlines()) == 3

"""Finds what is wrong with a menu before a caller does: dead ends, lost nodes, twice-used keys."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from call_logs.tickets import TicketClass, TicketKind
from ivr.packs.menu import TELEPHONE_KEYS, Ask, Choice, Menu, Node, NodeKind

_CHOOSING = (NodeKind.MENU, NodeKind.LANGUAGE)
_OPENS_TICKET = (NodeKind.INTAKE, NodeKind.EMERGENCY, NodeKind.PERSON, NodeKind.VOICEMAIL)


def menu_mistakes(
    menu: Menu, prompts: Collection[str], languages: Collection[str]
) -> tuple[str, ...]:
    """Every mistake of meaning in `menu`.

    `prompts` are the names that `say` and `again` may use, `languages` those that a
    language node may offer.
    """
    found: list[str] = []
    if menu.start not in menu.nodes:
        found.append(f"start: there is no node {menu.start!r}")
    found += _key_mistakes(menu)
    for node in menu.nodes.values():
        where = f"node.{node.id}"
        found += (f"{where}: {mistake}" for mistake in _node_mistakes(menu, node, prompts))
        found += (f"{where}: {mistake}" for mistake in _choice_mistakes(menu, node, languages))
    if not found:  # the ways are only worth following when every node of them exists
        found += _way_mistakes(menu)
    return tuple(found)


def _key_mistakes(menu: Menu) -> Iterator[str]:
    keys = menu.keys
    named = {
        "person": keys.person,
        "back": keys.back,
        "end": keys.end,
        "emergency": keys.emergency,
        "yes": keys.yes,
        "no": keys.no,
        "language": keys.language,
    }
    for name, key in named.items():
        if key not in TELEPHONE_KEYS:
            yield f"keys.{name}: {key!r} is not a key of a telephone"
    # Yes and no answer questions, so they may share keys with a menu's choices.
    for group in (("person", "back", "end", "emergency", "language"), ("person", "yes", "no")):
        users: dict[str, str] = {}
        for name in group:
            other = users.setdefault(named[name], name)
            if other != name:
                yield f"keys.{name}: {named[name]} is already keys.{other}"
    if keys.back in (keys.yes, keys.no):
        yield f"keys.back: {keys.back} already answers a question"
    if menu.first_of(NodeKind.PERSON) is None:
        yield 'there is no way to a person: no node has kind = "person"'
    if menu.first_of(NodeKind.EMERGENCY) is None:
        yield 'there is no way to report an emergency: no node has kind = "emergency"'
    if menu.timing.tries < 1:
        yield "timing.tries: must be at least 1"
    for name in ("choice_s", "digits_s", "pause_s", "open_pause_s", "silence_s", "message_max_s"):
        if getattr(menu.timing, name) <= 0:
            yield f"timing.{name}: must be more than 0"
    if not 0 <= menu.timing.message_min_s < menu.timing.message_max_s:
        yield "timing.message_min_s: must lie between 0 and message_max_s"


def _node_mistakes(menu: Menu, node: Node, prompts: Collection[str]) -> Iterator[str]:
    for name in (*node.say, *node.again):
        if name not in prompts:
            yield f"there is no prompt {name!r}"
    if not node.say:
        yield "say: is empty, the caller would hear nothing"
    for field, target in (("then", node.then), ("silent", node.silent)):
        if target and target not in menu.nodes:
            yield f"{field}: there is no node {target!r}"
    if node.kind is NodeKind.GOODBYE:
        if node.then or node.silent or node.choices:
            yield "a goodbye node ends the call, nothing can follow it"
    else:
        yield from _dead_ends(node)
    yield from _ticket_mistakes(node)


def _dead_ends(node: Node) -> Iterator[str]:
    if node.kind in _CHOOSING:
        if not node.choices:
            yield "dead end: it offers no choice"
        if node.then:
            yield f"then: a {node.kind} node goes on by its choices"
    elif not node.then:
        yield "dead end: then is missing"
    if not node.silent and node.kind is not NodeKind.PERSON:
        yield "dead end: silent is missing, where does a caller go who says nothing?"


def _ticket_mistakes(node: Node) -> Iterator[str]:
    if node.kind in _OPENS_TICKET and node.ticket_kind not in set(TicketKind):
        yield f"ticket_kind: {node.ticket_kind!r} is none of {', '.join(TicketKind)}"
    if node.ticket_class not in set(TicketClass):
        yield f"ticket_class: {node.ticket_class!r} is none of {', '.join(TicketClass)}"
    if node.kind is NodeKind.INTAKE and Ask.MESSAGE not in node.ask:
        yield 'ask: must hold "message", or the caller cannot say what is wrong'
    if node.ask and node.kind is not NodeKind.INTAKE:
        yield "ask: only an intake node asks"


def _choice_mistakes(menu: Menu, node: Node, languages: Collection[str]) -> Iterator[str]:
    if node.choices and node.kind not in _CHOOSING:
        yield f"choice: a {node.kind} node has none"
    keys: set[str] = set()
    words: set[str] = set()
    for choice in node.choices:
        where = f"choice {choice.key}"
        if choice.key in keys:
            yield f"{where}: key used twice"
        for word in words.intersection(choice.spoken):
            yield f"{where}: {word!r} is spoken for two choices"
        keys.add(choice.key)
        words.update(choice.spoken)
        yield from (f"{where}: {mistake}" for mistake in _key_of_choice(menu, choice))
        if node.kind is NodeKind.LANGUAGE and choice.language not in languages:
            yield f"{where}: there is no language {choice.language!r}"
        if node.kind is not NodeKind.LANGUAGE and choice.language:
            yield f"{where}: only a language node's choice selects a language"


def _key_of_choice(menu: Menu, choice: Choice) -> Iterator[str]:
    """A key that means the same everywhere must not mean something else here."""
    special = {
        menu.keys.person: NodeKind.PERSON,
        menu.keys.emergency: NodeKind.EMERGENCY,
        menu.keys.language: NodeKind.LANGUAGE,
    }
    target = menu.nodes.get(choice.to)
    if choice.key not in TELEPHONE_KEYS:
        yield "not a key of a telephone"
    if target is None:
        yield f"there is no node {choice.to!r}"
    elif choice.key in special and target.kind is not special[choice.key]:
        yield f"this key means {special[choice.key]} everywhere"
    if choice.key == menu.keys.back:
        yield "this key means back everywhere"


def _way_mistakes(menu: Menu) -> Iterator[str]:
    """Nodes that no way leads to, and ways that lead nowhere or round for ever."""
    everywhere = [
        node.id
        for kind in (NodeKind.PERSON, NodeKind.EMERGENCY, NodeKind.LANGUAGE)
        if (node := menu.first_of(kind))
    ]
    reached = _reachable(menu, [menu.start, *everywhere])
    for node_id in menu.nodes.keys() - reached:
        yield f"node.{node_id}: no way leads to it"
    for node in menu.nodes.values():
        ends = (
            menu.nodes[node_id].kind is NodeKind.GOODBYE for node_id in _reachable(menu, [node.id])
        )
        if not any(ends):
            yield f"node.{node.id}: dead end, no way leads from it to a goodbye"
        if _silence_goes_round(menu, node):
            yield f"node.{node.id}: a caller who says nothing goes round for ever"


def _reachable(menu: Menu, start: Collection[str]) -> set[str]:
    found: set[str] = set()
    open_ends = list(start)
    while open_ends:
        node_id = open_ends.pop()
        if node_id in found:
            continue
        found.add(node_id)
        node = menu.nodes[node_id]
        ways = (node.then, node.silent, *(choice.to for choice in node.choices))
        open_ends += [way for way in ways if way]
    return found


def _silence_goes_round(menu: Menu, node: Node) -> bool:
    seen: set[str] = set()
    while node.kind is not NodeKind.GOODBYE:
        if node.id in seen:
            return True
        seen.add(node.id)
        node = menu.nodes[node.silent or node.then]
    return False

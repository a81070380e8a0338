"""A language pack's menu: which nodes a call can be in and where each key leads.

`menu.toml` is data, not program: the flow interprets it. This module gives it a
shape and finds mistakes of shape; `ivr.packs.pack` finds mistakes of meaning (dead
ends, missing prompts), because those need the prompts as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from asr.lexicon import Document, DocumentError, read_document

TELEPHONE_KEYS = frozenset("0123456789*#")


class NodeKind(StrEnum):
    """What the flow does at a node."""

    MENU = "menu"  # offer choices by key and by word
    INTAKE = "intake"  # ask the questions of `ask`, then open a ticket
    ENQUIRY = "enquiry"  # tell the state of a ticket by its number
    LANGUAGE = "language"  # offer the languages; the chosen pack's `start` follows
    PERSON = "person"  # ring the person on duty; nobody free leads to `then`
    EMERGENCY = "emergency"  # ask what and where, ring the on-call people
    VOICEMAIL = "voicemail"  # take a message with no questions
    GOODBYE = "goodbye"  # say good-bye and hang up: the only kind with no way on


class Ask(StrEnum):
    """A question of an intake node."""

    BUILDING = "building"
    UNIT = "unit"
    CALLBACK = "callback"
    MESSAGE = "message"
    NAME = "name"
    CHECK = "check"  # the whole record is read back


@dataclass(frozen=True)
class Choice:
    """One way out of a node: a key, or one of the spoken words."""

    key: str
    to: str
    spoken: tuple[str, ...] = ()
    language: str = ""  # only in a language node: the language this choice selects

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class Node:
    """One place in the menu.

    `say` is played when the caller first comes here, `again` when they come back
    or is asked once more. `then` follows when the node's work is done (a person
    node: when nobody was free), `silent` when the caller gave no input in
    `Timing.tries` tries.
    """

    id: str
    kind: NodeKind
    say: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    then: str = ""
    silent: str = ""
    ticket_kind: str = ""  # emergency, repair, complaint, suggestion, enquiry, other
    ticket_class: str = "general"  # urgent, important, general; the lexicon may raise it
    ask: tuple[Ask, ...] = ()

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    def choice_for_key(self, key: str) -> Choice | None:
        """The choice that `key` selects here, if any."""
        return next((choice for choice in self.choices if choice.key == key), None)


@dataclass(frozen=True)
class Keys:
    """Keys with the same meaning at every node.

    `yes` and `no` answer a question; `emergency` works wherever the caller is not
    answering a question or keying a number, so it may be the same key as `yes`.
    """

    person: str = "0"
    back: str = "*"
    end: str = "#"
    emergency: str = "1"
    yes: str = "1"
    no: str = "2"
    language: str = "9"

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class SpokenWords:
    """Words with the same meaning at every node, as the recogniser writes them."""

    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    person: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    repeat: tuple[str, ...] = ()
    announcing: tuple[str, ...] = ()  # a sentence that ends so goes on: a longer pause is left
    polite: tuple[str, ...] = ()  # words around a choice that add nothing to it
    real: tuple[str, ...] = ()  # in a training call: this is none
    unreal: tuple[str, ...] = ()  # what holds such words and says the opposite, or asks
    # Of the survey: how content somebody is, a list for each of 1 to 5.
    scores: tuple[tuple[str, ...], ...] = ()

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class Timing:
    """How long the flow waits, in seconds, and how often it asks."""

    choice_s: float = 6.0  # for a key or a word after a menu's prompt
    digits_s: float = 5.0  # between two keys of a number
    pause_s: float = 1.2  # after which what the caller says is taken as finished
    open_pause_s: float = 2.0  # behind a number, or words that announce more
    silence_s: float = 3.0  # quiet that ends a message
    message_max_s: float = 120.0
    message_min_s: float = 1.0  # shorter speech is no message
    tries: int = 2

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class Menu:
    """A whole `menu.toml`."""

    language: str
    name: str  # of the language, in the language
    start: str
    nodes: Mapping[str, Node]
    keys: Keys = field(default_factory=Keys)
    spoken: SpokenWords = field(default_factory=SpokenWords)
    timing: Timing = field(default_factory=Timing)

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    @property
    def spoken_words(self) -> tuple[str, ...]:
        """Every word that can answer a question: for recognisers that hear only a list."""
        common = self.spoken
        choices = (choice.spoken for node in self.nodes.values() for choice in node.choices)
        own = (common.yes, common.no, common.person, common.back, common.repeat)
        groups = (*own, *common.scores, *choices)
        return tuple(dict.fromkeys(word for group in groups for word in group))

    def first_of(self, kind: NodeKind) -> Node | None:
        """The first node of `kind`: where key 0, key 1 and key 9 lead."""
        return next((node for node in self.nodes.values() if node.kind is kind), None)


_ADAPTER = TypeAdapter(Menu)


def menu_document(path: Path, own: Path | None = None) -> Document:
    """A `menu.toml`, with a company's own laid over it: what that says holds, its nodes and
    choices are added (one with the key of another takes its place), its words too.

    Raises:
        DocumentError: a file is missing or no TOML.
    """
    document = read_document(path)
    return document if own is None else read_document(own).laid_over(document, joins=("spoken",))


def read_menu(path: Path) -> tuple[Menu | None, tuple[str, ...]]:
    """Read `menu.toml`; returns the menu and every mistake of shape.

    The menu is None exactly when there is a mistake.
    """
    try:
        return parse_menu(menu_document(path))
    except DocumentError as error:
        return None, (str(error),)


def parse_menu(document: Document) -> tuple[Menu | None, tuple[str, ...]]:
    """Turn a document into a menu; returns it, or every mistake of shape.

    In the file a node's choices are `[[node.ID.choice]]` tables and its id is
    the table's name.
    """
    mistakes = [document.told(name, fact) for name, fact in document.clashes]
    nodes: dict[str, Any] = {}
    for node_id, table in dict(document.data.get("node", {})).items():
        if not isinstance(table, Mapping):
            return None, (document.told(f"node.{node_id}", f"node.{node_id} must be a table"),)
        fields = {key: value for key, value in table.items() if key != "choice"}
        nodes[node_id] = fields | {"id": node_id, "choices": table.get("choice", [])}
    fields = {key: value for key, value in document.data.items() if key != "node"}
    try:
        menu = _ADAPTER.validate_python(fields | {"nodes": nodes})
    except ValidationError as error:
        mistakes += (
            document.told(_name(details["loc"]), f"{_where(details['loc'])}: {details['msg']}")
            for details in error.errors()
        )
        return None, tuple(mistakes)
    return (None if mistakes else menu), tuple(mistakes)


def told_of_menu(document: Document, mistake: str) -> str:
    """A mistake of `menu_mistakes` with the file and line that it is about."""
    if choice := _OF_CHOICE.match(mistake):
        entries = document.data["node"][choice["node"]]["choice"]
        keys = [entry.get("key") for entry in entries]
        index = len(keys) - 1 - keys[::-1].index(choice["key"])  # of two the later is wrong
        return document.told(f"node.{choice['node']}.choice.{index}", mistake)
    table, _, rest = mistake.partition(": ")
    key = f"{table}.{rest.partition(':')[0]}"
    return document.told(key if key in document.places else table, mistake)


_OF_CHOICE = re.compile(r"node\.(?P<node>[^:]+): choice (?P<key>[^:]+):")
_NAMES = {"nodes": "node", "choices": "choice"}


def _name(location: tuple[int | str, ...]) -> str:
    """The entry's name in the document for pydantic's location: `node.main.choice.1.key`."""
    return ".".join(_NAMES.get(str(part), str(part)) for part in location)


def _where(location: tuple[int | str, ...]) -> str:
    """The same as people count: `node.main.choice 2.key`."""
    parts = [
        f" {part + 1}" if isinstance(part, int) else f".{_NAMES.get(part, part)}"
        for part in location
    ]
    return "".join(parts).lstrip(".")

"""Sorts of trouble: what a lexicon's `[categories]` tables say of each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from asr.lexicon.fields import Fields, Table

LANGUAGES = ("zh-CN", "en", "ko")
CLASSES = ("urgent", "important", "general")
KINDS = ("emergency", "repair", "complaint", "suggestion", "enquiry", "other")
"""What a ticket of a category is: the same words as `call_logs.TicketKind`."""

OTHER = "other"
"""The category of words that name none."""


@dataclass(frozen=True)
class Category:
    """A sort of trouble. Everything that is done for one category and not for another is
    decided by these fields, so that a company can add one of its own."""

    id: str
    ticket_class: str  # one of `CLASSES`
    kind: str  # one of `KINDS`
    names: Mapping[str, str] = field(default_factory=dict)  # language -> name

    danger_to_life: bool = False  # silence after the question is a yes
    ring_at_once: bool = False  # the built-in policy rings everybody on call together
    # Names of prompts:
    question: str = "confirm_other"  # asked when it is not sure
    advice: str = "advice_other"  # what to do until help comes
    public_number: str = ""  # to call such as 119 as well; empty: none

    @property
    def is_urgent(self) -> bool:
        """Whether people are rung for it."""
        return self.ticket_class == "urgent"

    @property
    def spoken(self) -> str:
        """The prompt that names it on the telephone."""
        return f"category_{self.id}"


NO_CATEGORY = Category(
    OTHER, "general", "other", {"zh-CN": "紧急情况", "en": "emergency", "ko": "긴급 상황"}
)
"""What stands for `OTHER`, and for a category that is not known any more."""


_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,63}")
_KEYS = {"class", "kind", "names", "danger_to_life", "ring_at_once"}
_PROMPTS = {"question", "advice", "public_number"}


def read_categories(fields: Fields) -> dict[str, Category]:
    """Every category of `[categories]`; what is wrong with them is noted in `fields`."""
    return {
        name: _read(fields, name, entry)
        for name, entry in fields.table("categories").items()
        if _is_category(fields, name, entry)
    }


def _is_category(fields: Fields, name: str, entry: object) -> bool:
    where = f"categories.{name}"
    if not isinstance(entry, Mapping):
        fields.wrong(where, f"[{where}] is a table with class, kind and names")
        return False
    if name == OTHER:
        fields.wrong(where, f"`{OTHER}` means that no rule fired; choose another name")
    if not _IDENTIFIER.fullmatch(name):
        fields.wrong(where, f"{name!r} is no identifier: small letters, digits and _, at most 64")
    return True


def _read(fields: Fields, name: str, entry: Table) -> Category:
    where = f"categories.{name}"
    fields.unknown_keys(entry, _KEYS | _PROMPTS, where)
    names = entry.get("names")
    if not isinstance(names, Mapping) or set(names) != set(LANGUAGES):
        fields.wrong(f"{where}.names", f"{where}.names needs {', '.join(LANGUAGES)}")
        names = {}
    for language, text in names.items():
        if not isinstance(text, str) or not text.strip():
            fields.wrong(f"{where}.names", f"{where}.names: {language} is no text")
    prompts = {key: entry[key] for key in _PROMPTS if key in entry}
    for key, prompt in tuple(prompts.items()):
        if not isinstance(prompt, str) or not _IDENTIFIER.fullmatch(prompt):
            fields.wrong(f"{where}.{key}", f"{where}.{key} is the name of a prompt, not {prompt!r}")
            del prompts[key]
    danger_to_life = fields.flag(f"{where}.danger_to_life", entry.get("danger_to_life", False))
    ring_at_once = fields.flag(f"{where}.ring_at_once", entry.get("ring_at_once", False))
    ticket_class = fields.one_of(f"{where}.class", entry.get("class"), CLASSES)
    for key in ("danger_to_life", "ring_at_once"):
        if entry.get(key) is True and ticket_class != "urgent":
            fields.wrong(f"{where}.{key}", f'{where}.{key} is for class = "urgent" alone')
    return Category(
        name,
        ticket_class,
        fields.one_of(f"{where}.kind", entry.get("kind"), KINDS),
        dict(names),
        danger_to_life,
        ring_at_once,
        **prompts,
    )

"""A language pack's `articles.toml`: what operators see beside a ticket, until the company has
written its own."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from asr.lexicon import Document, DocumentError, read_document
from call_logs.knowledge import NewArticle, ShippedArticle
from call_logs.storage import InvalidValue
from call_logs.tickets import TicketClass

__all__ = ["read_articles"]

_KEY = re.compile(r"[a-z][a-z0-9_]{0,63}")
_SLOT = re.compile(r"\{(\w*)\}")


@dataclass(frozen=True)
class _Entry:
    """`{NAME}` in the text is the prompt of that name: what callers hear is written once."""

    title: str
    text: str
    categories: tuple[str, ...] = ()
    classes: tuple[TicketClass, ...] = ()

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class _File:
    articles: Mapping[str, _Entry] = field(default_factory=dict)

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


_ADAPTER = TypeAdapter(_File)


def read_articles(
    path: Path,
    own: Path | None,
    language: str,
    prompts: Mapping[str, str],
    categories: Collection[str],
) -> tuple[tuple[ShippedArticle, ...] | None, tuple[str, ...]]:
    """Read a file, with a company's `own` laid over it; the articles, or every mistake. An own
    article with an empty text takes away the shipped one of its key."""
    try:
        document = read_document(path)
        if own is not None:
            document = read_document(own).laid_over(document)
        entries = _ADAPTER.validate_python(document.data).articles
    except DocumentError as error:
        return None, (str(error),)
    except ValidationError as error:
        return None, tuple(_told(document, details) for details in error.errors())
    found, mistakes = [], list[tuple[str, str]]()
    for key, entry in entries.items():
        where = f"articles.{key}"
        if not entry.text.strip():
            continue
        text = _SLOT.sub(lambda slot: prompts.get(slot[1], slot[0]), entry.text)
        new = NewArticle(entry.title, text, language, entry.categories, entry.classes)
        try:
            clean = new.checked()
        except InvalidValue as error:
            mistakes.append((f"{where}.{error.field}", f"{where}.{error}"))
            continue
        found.append(
            ShippedArticle(
                clean.title, clean.text, language, clean.categories, clean.classes, key=key
            )
        )
        mistakes += _mistakes(where, key, entry, prompts, categories)
    told = tuple(document.told(name, fact) for name, fact in mistakes)
    return (None if told else tuple(found)), told


def _told(document: Document, details: Any) -> str:
    name = ".".join(map(str, details["loc"]))
    return document.told(name, f"{name}: {details['msg']}")


def _mistakes(
    where: str, key: str, entry: _Entry, prompts: Collection[str], categories: Collection[str]
) -> list[tuple[str, str]]:
    found = []
    if not _KEY.fullmatch(key):
        found.append((where, f"{where}: small letters, digits and _, at most 64"))
    found += (
        (f"{where}.categories", f"{where}: there is no such category: {each}")
        for each in entry.categories
        if each not in categories
    )
    found += (
        (f"{where}.text", f"{where}: there is no prompt {slot!r}")
        for slot in _SLOT.findall(entry.text)
        if slot not in prompts
    )
    return found

"""An article of what the company knows: what to ask, what to say, what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from call_logs.storage.errors import InvalidValue
from call_logs.tables.ticket_kinds import TicketClass

__all__ = [
    "ARTICLE_LANGUAGES",
    "LONGEST_TEXT",
    "LONGEST_TITLE",
    "Article",
    "ArticleVersion",
    "NewArticle",
    "ShippedArticle",
]

ARTICLE_LANGUAGES = ("zh-CN", "en", "ko")
LONGEST_TITLE = 120
LONGEST_TEXT = 8000
MOST_CATEGORIES = 30
_CATEGORY = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class NewArticle:
    """As somebody writes it. It stands beside tickets of one of its categories (none: any) and of
    one of its classes (none: any); one with neither is found by looking for it alone."""

    title: str = field(repr=False)
    text: str = field(repr=False)
    language: str
    categories: tuple[str, ...] = ()
    classes: tuple[TicketClass, ...] = ()

    def concerns(self, category: str, ticket_class: str) -> bool:
        if not self.categories and not self.classes:
            return False
        return (not self.categories or category in self.categories) and (
            not self.classes or ticket_class in self.classes
        )

    def checked(self) -> NewArticle:
        """The same without what no article needs.

        Raises:
            InvalidValue: with the field and its rule.
        """
        title = " ".join(self.title.replace("\0", "").split())
        text = self.text.replace("\0", "").replace("\r\n", "\n").strip()
        if not 0 < len(title) <= LONGEST_TITLE:
            raise InvalidValue(f"title: 1 to {LONGEST_TITLE} letters", "title")
        if not 0 < len(text) <= LONGEST_TEXT:
            raise InvalidValue(f"text: 1 to {LONGEST_TEXT} letters", "text")
        if self.language not in ARTICLE_LANGUAGES:
            raise InvalidValue(f"language: one of {', '.join(ARTICLE_LANGUAGES)}", "language")
        categories = tuple(dict.fromkeys(self.categories))
        if len(categories) > MOST_CATEGORIES or not all(map(_CATEGORY.fullmatch, categories)):
            raise InvalidValue(
                f"categories: ids of categories, at most {MOST_CATEGORIES}", "categories"
            )
        classes = tuple(each for each in TicketClass if each in self.classes)
        return NewArticle(title, text, self.language, categories, classes)

    @property
    def content(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "language": self.language,
            "title": self.title,
            "text": self.text,
            "categories": list(self.categories),
            "classes": [each.value for each in self.classes],
        }


@dataclass(frozen=True, kw_only=True)
class ShippedArticle(NewArticle):
    """One of a language pack. `key`: what it is called there, the same in every language."""

    key: str


@dataclass(frozen=True, kw_only=True)
class Article(NewArticle):
    """`key`: of a shipped one, else "". `own`: the company has changed or written it."""

    id: int
    key: str
    own: bool
    version: int
    updated_at: datetime
    updated_by: str
    removed_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class ArticleVersion(NewArticle):
    """What an article said once, and who let it say so. `removed`: it was taken away then."""

    version: int
    at: datetime
    actor: str
    removed: bool


def fields_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """Of a `NewArticle`, from what is kept."""
    return {
        "title": content["title"],
        "text": content["text"],
        "language": content["language"],
        "categories": tuple(content["categories"]),
        "classes": tuple(TicketClass(each) for each in content["classes"]),
    }


def in_own_words(articles: Iterable[Article], language: str) -> tuple[Article, ...]:
    """Each article in `language` where there is one of its key, else in every language that it
    has; those of the language first."""
    listed = tuple(articles)
    known = {each.key for each in listed if each.key and each.language == language}
    kept = (each for each in listed if each.language == language or each.key not in known)
    return tuple(sorted(kept, key=lambda each: (each.language != language, each.id)))

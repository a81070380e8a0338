"""A language pack's `forms.toml`: what is asked of a category, and which words have told it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from asr.lexicon import Document, DocumentError, read_document
from call_logs.tickets import BY_PEOPLE

__all__ = ["NO_FORMS", "Forms", "Question", "read_forms"]

ANY = "*"  # categories that have no list of their own
MOST = 5  # more would be an interrogation


@dataclass(frozen=True)
class Question:
    """One question. Its id in the file is the ticket's field that takes the answer."""

    prompt: str
    said: tuple[str, ...] = ()  # words in what was told that answer it

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    def is_told(self, text: str) -> bool:
        plain = text.lower()
        return any(word.lower() in plain for word in self.said)


@dataclass(frozen=True)
class Forms:
    """A whole `forms.toml`."""

    most: int = 2  # questions that one caller is asked
    most_of: Mapping[str, int] = field(default_factory=dict)  # of a category, where that is too few
    questions: Mapping[str, Question] = field(default_factory=dict)
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    def limit(self, category: str) -> int:
        """How many questions a caller is asked about a category."""
        return self.most_of.get(category, self.most)

    def of(self, category: str) -> tuple[tuple[str, Question], ...]:
        """The questions of a category, in their order, with the fields that take the answers."""
        names = self.categories.get(category, self.categories.get(ANY, ()))
        return tuple((name, self.questions[name]) for name in names)


NO_FORMS = Forms()
_ADAPTER = TypeAdapter(Forms)


def read_forms(
    path: Path, own: Path | None, prompts: Collection[str], categories: Collection[str]
) -> tuple[Forms | None, tuple[str, ...]]:
    """Read a file, with a company's `own` laid over it; the forms, or every mistake."""
    try:
        document = read_document(path)
        if own is not None:
            document = read_document(own).laid_over(document)
        forms = _ADAPTER.validate_python(document.data)
    except DocumentError as error:
        return None, (str(error),)
    except ValidationError as error:
        return None, tuple(_told(document, details) for details in error.errors())
    mistakes = tuple(
        document.told(name, fact) for name, fact in _mistakes(forms, prompts, categories)
    )
    return (None if mistakes else forms), mistakes


def _told(document: Document, details: Any) -> str:
    name = ".".join(map(str, details["loc"]))
    return document.told(name, f"{name}: {details['msg']}")


def _mistakes(
    forms: Forms, prompts: Collection[str], categories: Collection[str]
) -> list[tuple[str, str]]:
    found = []
    if not 0 <= forms.most <= MOST:
        found.append(("most", f"most: must be 0 to {MOST}"))
    for category, most in forms.most_of.items():
        where = f"most_of.{category}"
        if category not in categories:
            found.append((where, f"{where}: there is no such category"))
        if not 0 <= most <= MOST:
            found.append((where, f"{where}: must be 0 to {MOST}"))
    for name, question in forms.questions.items():
        where = f"questions.{name}"
        known = BY_PEOPLE.get(name)
        if known is None or not isinstance(known.default, str) or name == "text":
            found.append((where, f"{where}: a ticket has no such field in words"))
        if question.prompt not in prompts:
            found.append((where, f"{where}: there is no prompt {question.prompt!r}"))
    for category, names in forms.categories.items():
        where = f"categories.{category}"
        if category != ANY and category not in categories:
            found.append((where, f"{where}: there is no such category"))
        found += (
            (where, f"{where}: there is no question {name!r}")
            for name in names
            if name not in forms.questions
        )
    return found

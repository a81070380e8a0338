"""What a field of a ticket can hold: how it is kept, read back, checked and written in JSON.

Values are what the program works with (an enumeration's member, a tuple); what is *kept* is what
a column and the journal's JSON hold (its text, a list).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Boolean, SmallInteger, String
from sqlalchemy.types import TypeEngine

from call_logs.storage.columns import EncryptedJson, EncryptedText


class TooLong(ValueError):
    """A text of more characters than its field takes."""


class FieldType(ABC):
    """`checked` raises `ValueError` with the rule that a value breaks."""

    nullable = False  # None is a value: nobody has said
    unsent = False  # a form that does not send it says something by that

    @abstractmethod
    def sql(self, context: str) -> TypeEngine[Any]:
        """The column's type; `context` is `table.column`."""

    @abstractmethod
    def annotation(self) -> Any:
        """The type with its limits, as pydantic reads it."""

    @abstractmethod
    def checked(self, value: Any) -> Any:
        """The value with its right type."""

    def kept(self, value: Any) -> Any:
        return value

    def read(self, kept: Any) -> Any:
        return kept

    def from_form(self, text: str) -> Any:
        """What a form's input says."""
        return self.checked(text)


@dataclass(frozen=True)
class Text(FieldType):
    """`limit`: the most characters that a person may write. What callers say is longer at
    times, and nothing of it is cut off."""

    limit: int
    private: bool = True  # encrypted
    lines: bool = False  # of several lines

    def sql(self, context: str) -> TypeEngine[Any]:
        return EncryptedText(context) if self.private else String(self.limit)

    def annotation(self) -> Any:
        return Annotated[str, Field(max_length=self.limit)]

    def checked(self, value: Any) -> str:
        return str(value).replace("\0", "")  # which PostgreSQL keeps in no text

    def from_form(self, text: str) -> str:
        written = self.checked(text).replace("\r\n", "\n").strip()
        if len(written) > self.limit:
            raise TooLong(f"at most {self.limit} characters")
        return written


@dataclass(frozen=True)
class Choice(FieldType):
    of: type[StrEnum]

    def sql(self, context: str) -> TypeEngine[Any]:
        return String(16)

    def annotation(self) -> Any:
        return self.of

    def checked(self, value: Any) -> StrEnum:
        return self.of(value)

    def kept(self, value: Any) -> str:
        return self.of(value).value

    def read(self, kept: Any) -> StrEnum:
        return self.of(kept)


@dataclass(frozen=True)
class Flag(FieldType):
    unsent = True

    def sql(self, context: str) -> TypeEngine[Any]:
        return Boolean()

    def annotation(self) -> Any:
        return bool

    def checked(self, value: Any) -> bool:
        return bool(value)

    def from_form(self, text: str) -> bool:
        return text == "on"  # a box that is not ticked sends nothing


@dataclass(frozen=True)
class Count(FieldType):
    least: int
    most: int
    nullable = True

    def sql(self, context: str) -> TypeEngine[Any]:
        return SmallInteger()

    def annotation(self) -> Any:
        return Annotated[int, Field(ge=self.least, le=self.most)]

    def checked(self, value: Any) -> int | None:
        if value is None:
            return None
        number = int(value)
        if not self.least <= number <= self.most:
            raise ValueError(f"goes from {self.least} to {self.most}")
        return number

    def from_form(self, text: str) -> int | None:
        return self.checked(text.strip() or None)


@dataclass(frozen=True)
class Words(FieldType):
    """Several short texts, encrypted."""

    def sql(self, context: str) -> TypeEngine[Any]:
        return EncryptedJson(context)

    def annotation(self) -> Any:
        return list[str]

    def checked(self, value: Any) -> tuple[str, ...]:
        return tuple(map(str, value))

    def kept(self, value: Any) -> list[str]:
        return list(value)

    def read(self, kept: Any) -> tuple[str, ...]:
        return tuple(kept)

    def from_form(self, text: str) -> tuple[str, ...]:
        raise ValueError("is not written in a form")

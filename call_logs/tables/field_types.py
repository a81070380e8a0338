"""What a field of a ticket can hold: how it is kept, read back, checked and written in JSON.

Values are what the program works with (an enumeration's member, a tuple); what is *kept* is what
a column and the journal's JSON hold (its text, a list).
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import BigInteger, Boolean, Date, SmallInteger, String
from sqlalchemy.types import TypeEngine

from call_logs.storage.columns import EncryptedJson, EncryptedText, UtcDateTime


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
        if isinstance(value, (bool, float)):  # true would be 1, and 2.7 would be 2
            raise ValueError("is a whole number")
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


@dataclass(frozen=True)
class When(FieldType):
    """A moment. What has no zone is by the site's clock, which the form knows."""

    nullable = True

    def sql(self, context: str) -> TypeEngine[Any]:
        return UtcDateTime()

    def annotation(self) -> Any:
        return datetime

    def checked(self, value: Any) -> datetime | None:
        if value is None or value == "":
            return None
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        if moment.tzinfo is None or not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
            raise ValueError(
                f"must be a time with its zone, of the years {_FIRST_YEAR} to {_LAST_YEAR}"
            )
        return moment.astimezone(UTC)

    def kept(self, value: Any) -> str:
        return str(value.isoformat())

    def read(self, kept: Any) -> datetime:
        return datetime.fromisoformat(kept)


_FIRST_YEAR, _LAST_YEAR = 1990, 2100  # no zone's clock is defined in the year 1


@dataclass(frozen=True)
class Day(FieldType):
    """A day by the site's clock."""

    nullable = True

    def sql(self, context: str) -> TypeEngine[Any]:
        return Date()

    def annotation(self) -> Any:
        return date

    def checked(self, value: Any) -> date | None:
        if value is None or value == "":
            return None
        day = value if isinstance(value, date) else date.fromisoformat(str(value))
        if isinstance(day, datetime) or not _FIRST_YEAR <= day.year <= _LAST_YEAR:
            raise ValueError(f"must be a day of the years {_FIRST_YEAR} to {_LAST_YEAR}")
        return day

    def kept(self, value: Any) -> str:
        return str(value.isoformat())

    def read(self, kept: Any) -> date:
        return date.fromisoformat(kept)

    def from_form(self, text: str) -> date | None:
        return self.checked(text.strip())


@dataclass(frozen=True)
class Ids(FieldType):
    """Short names of a program's things, such as categories."""

    most: int = 30

    def sql(self, context: str) -> TypeEngine[Any]:
        return EncryptedJson(context)

    def annotation(self) -> Any:
        return list[str]

    def checked(self, value: Any) -> tuple[str, ...]:
        found = tuple(dict.fromkeys(_apart(value) if isinstance(value, str) else map(str, value)))
        if len(found) > self.most or not all(map(_ID.fullmatch, found)):
            raise ValueError(f"has ids of letters, digits, - and _, at most {self.most}")
        return found

    def kept(self, value: Any) -> list[str]:
        return list(value)

    def read(self, kept: Any) -> tuple[str, ...]:
        return tuple(kept)


_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def _apart(text: str) -> list[str]:
    return re.sub("[,;，；、]", " ", text).split()


@dataclass(frozen=True)
class Money(FieldType):
    """An amount in hundredths of the site's currency."""

    nullable = True

    def sql(self, context: str) -> TypeEngine[Any]:
        return BigInteger()

    def annotation(self) -> Any:
        return Annotated[int, Field(ge=0, le=MOST_MONEY)]

    def checked(self, value: Any) -> int | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_MONEY:
            raise ValueError(f"is a whole number of hundredths from 0 to {MOST_MONEY}")
        return value

    def from_form(self, text: str) -> int | None:
        written = text.strip().replace(",", "").replace("，", "")
        if not written:
            return None
        if not _MONEY.fullmatch(written):
            raise ValueError("is an amount such as 1280 or 1280.50")
        whole, _, part = written.partition(".")
        return self.checked(int(whole) * 100 + int(part.ljust(2, "0") or 0))


MOST_MONEY = 10_000_000_000
_MONEY = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?")


@dataclass(frozen=True)
class Findings(FieldType):
    """What was found at each point of a checklist: point -> words, encrypted with the record."""

    points: int = 60
    limit: int = 300

    def sql(self, context: str) -> TypeEngine[Any]:
        return EncryptedJson(context)

    def annotation(self) -> Any:
        return dict[str, str]

    def checked(self, value: Any) -> Mapping[str, str]:
        if not isinstance(value, Mapping) or len(value) > self.points:
            raise ValueError(f"has points with words, at most {self.points}")
        words = {str(point): Text(self.limit).from_form(str(said)) for point, said in value.items()}
        if any(len(point) > 100 for point in words):
            raise ValueError("names a point of more than 100 characters")
        return MappingProxyType({point: said for point, said in words.items() if said})

    def kept(self, value: Any) -> dict[str, str]:
        return dict(value)

    def read(self, kept: Any) -> Mapping[str, str]:
        return MappingProxyType(dict(kept))

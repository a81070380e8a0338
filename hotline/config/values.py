"""What a value of the configuration may be: text in, a typed value out.

A parser raises `ValueError` with a fact that completes "key: ..." and says what is
allowed. It never quotes the value: the caller knows whether it is a secret.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

import phonenumbers

T = TypeVar("T")
Parser = Callable[[str, Path], T]  # the value, and the folder relative paths start from

LANGUAGES = ("zh-CN", "en", "ko")
CODECS = ("opus", "g722", "pcma", "pcmu")
TRANSPORTS = ("udp", "tcp", "tls")
EVIDENCE_KINDS = ("jpeg", "png", "webp", "heic", "mp4", "mov", "webm", "pdf")
"""As `call_logs.casework.EvidenceKind`."""

NEWS_TOPICS = ("received", "on_the_way", "plan", "delay", "result", "progress")
"""As `call_logs.tickets.NewsTopic`, without call backs."""

COMMAND_NODES = frozenset({"check", "command-line", "doctor"})
_YES = frozenset({"yes", "true", "on", "1"})
_NO = frozenset({"no", "false", "off", "0"})


def suggestion(word: str, known: tuple[str, ...]) -> str:
    """`"; did you mean X?"` when a known word is near, else the empty string."""
    near = get_close_matches(word, known, n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""


def items(value: str) -> tuple[str, ...]:
    """The parts of a list: one a line, or with commas between them."""
    parts = (part.strip() for part in value.replace("\n", ",").split(","))
    return tuple(part for part in parts if part)


def text(value: str, base: Path) -> str:
    """Any text of one line."""
    del base
    if "\n" in value:
        raise ValueError("goes over several lines; write it on one, comments on their own")
    return value


def some_text(value: str, base: Path) -> str:
    """Text that is not empty."""
    if not value:
        raise ValueError("is empty; write a value or leave the key out")
    return text(value, base)


def node(value: str, base: Path) -> str:
    """The name of a program among those that share a database."""
    del base
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,31}", value):
        raise ValueError("must be 1 to 32 small letters, digits and -")
    if value in COMMAND_NODES:
        raise ValueError("is what commands beside the service are called; take another name")
    return value


def texts(value: str, base: Path) -> tuple[str, ...]:
    """A list of words."""
    del base
    return items(value)


def command(value: str, base: Path) -> tuple[str, ...]:
    """A program and what it is given, as a shell reads it; no shell carries it out."""
    del base
    try:
        return tuple(shlex.split(value))
    except ValueError:
        raise ValueError("has a quotation mark that is not closed") from None


def amount(value: str, base: Path) -> int | None:
    """An amount of money, in hundredths; empty: none."""
    del base
    if not value:
        return None
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,2})?", value):
        raise ValueError("must be an amount such as 500 or 499.50")
    whole_part, _, part = value.partition(".")
    return int(whole_part) * 100 + int(part.ljust(2, "0") or 0)


def flag(value: str, base: Path) -> bool:
    """yes or no."""
    del base
    if value.lower() in _YES:
        return True
    if value.lower() in _NO:
        return False
    raise ValueError("must be yes or no")


def whole(low: int, high: int) -> Parser[int]:
    """A whole number within limits, both allowed."""

    def parse(value: str, base: Path) -> int:
        del base
        if not re.fullmatch(r"-?[0-9]{1,12}", value) or not low <= int(value) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(value)

    return parse


def share(value: str, base: Path) -> float:
    """A number from 0 to 1."""
    del base
    if not re.fullmatch(r"[01](\.[0-9]+)?|\.[0-9]+", value) or float(value) > 1:
        raise ValueError("must be a number from 0 to 1, such as 0.75")
    return float(value)


def one_of(*known: str) -> Parser[str]:
    """One of a few words."""

    def parse(value: str, base: Path) -> str:
        del base
        if value not in known:
            raise ValueError(f"must be one of {', '.join(known)}{suggestion(value, known)}")
        return value

    return parse


def some_of(*known: str) -> Parser[tuple[str, ...]]:
    """A list of known words, none twice, in the order written."""

    def parse(value: str, base: Path) -> tuple[str, ...]:
        del base
        words = items(value)
        for number, word in enumerate(words, start=1):
            if word not in known:
                raise ValueError(
                    f"number {number} of the list is not one of "
                    f"{', '.join(known)}{suggestion(word, known)}"
                )
        if len(set(words)) != len(words):
            raise ValueError("names the same word twice")
        if not words:
            raise ValueError(f"is empty; name at least one of {', '.join(known)}")
        return words

    return parse


def identifiers(value: str, base: Path) -> tuple[str, ...]:
    """A list of identifiers such as `gas_leak`, none twice, in the order written."""
    del base
    words = items(value)
    for number, word in enumerate(words, start=1):
        if not re.fullmatch(r"[a-z][a-z0-9_]*", word):
            raise ValueError(f"number {number} of the list is no identifier such as gas_leak")
    if len(set(words)) != len(words):
        raise ValueError("names the same word twice")
    if not words:
        raise ValueError("is empty; name at least one, or leave the key out for all")
    return words


def path(value: str, base: Path) -> Path:
    """A file or folder; a relative one starts from the configuration's folder."""
    if not value or "\n" in value:
        raise ValueError("must be the path of one file or folder")
    return (base / Path(value).expanduser()).absolute()


def region(value: str, base: Path) -> str:
    """A country whose numbers may be written without +86 and the like."""
    del base
    if value not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError("must be a country in two capital letters, such as CN")
    return value


def number_prefixes(value: str, base: Path) -> tuple[str, ...]:
    """Beginnings of telephone numbers, each with plus and country code."""
    del base
    found = tuple(re.sub(r"[\s().-]", "", item) for item in items(value))
    for number, prefix in enumerate(found, start=1):
        if not re.fullmatch(r"\+[1-9][0-9]{0,14}", prefix):
            raise ValueError(
                f"number {number} of the list must begin with + and the country code, such as "
                "+852 or +86 400"
            )
    return found


def extension_forms(value: str, base: Path) -> tuple[str, ...]:
    """Forms of extensions as regular expressions, one a line; a comma belongs to the form."""
    del base
    found = tuple(line.strip() for line in value.splitlines() if line.strip())
    for number, form in enumerate(found, start=1):
        # Digits, classes and counts: nothing that could take longer than it looks.
        if not re.fullmatch(r"(?:[0-9*#|\[\]?{},-]|\\d|\\\*)+", form) or len(form) > 60:
            raise ValueError(f"number {number} of the list must be a form such as 8\\d{{3}}")
        try:
            re.compile(form)
        except re.error:
            raise ValueError(f"number {number} of the list is no regular expression") from None
    return found


def called_numbers(value: str, base: Path) -> tuple[str, ...]:
    """Numbers or extensions as a trunk writes them into the called address."""
    del base
    found = items(value)
    for number, called in enumerate(found, start=1):
        if not re.fullmatch(r"[+*#]?[0-9A-Za-z._*#-]+", called):
            raise ValueError(f"number {number} of the list is no number that can be called")
    return found


def training_code(value: str, base: Path) -> str:
    """Digits to be keyed. Four times the same key in a row means an emergency."""
    del base
    if value and not re.fullmatch(r"[0-9]{6,12}", value):
        raise ValueError("must be 6 to 12 digits")
    if re.search(r"(.)\1\1\1", value):
        raise ValueError("must not have the same digit four times in a row: that calls for help")
    if value.startswith("0"):
        raise ValueError("must not begin with 0, the key for a person")
    return value


def models(value: str, base: Path) -> tuple[tuple[str, str], ...]:
    """Speech models: one for the main language, or `LANGUAGE=MODEL` for several.

    A model is a folder, the name of one in the home folder's `models`, or `embedded`
    for the small synthetic one. The main language's entry has the language "".
    """
    found: dict[str, str] = {}
    for item in items(value):
        language, sign, model = (part.strip() for part in item.rpartition("="))
        if sign and language not in LANGUAGES:
            raise ValueError(
                f"names a language that is not one of {', '.join(LANGUAGES)}"
                f"{suggestion(language, LANGUAGES)}"
            )
        if language in found:
            raise ValueError("names two models for the same language")
        if not model:
            raise ValueError("must be a folder, or LANGUAGE=FOLDER for several languages")
        is_path = "/" in model or model.startswith(("~", "."))
        found[language] = str(path(model, base)) if is_path else model
    return tuple(found.items())

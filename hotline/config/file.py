"""An INI file read with `configparser`, every key with the line it stands on.

`configparser` knows no positions, so the lines are handed to it one by one and its
`optionxform` hook, called while a line is being parsed, notes which line that was.
"""

from __future__ import annotations

import configparser
import getpass
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_ENV = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")

# Keys in front of the first header land here instead of ending the whole reading.
_NO_SECTION = "\0no section"


@dataclass(frozen=True, order=True)
class Mistake:
    """One thing wrong in a file; `line` is 0 when it concerns the file as a whole."""

    line: int
    text: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}" if self.line else self.text


class ConfigError(Exception):
    """The configuration cannot be used; `mistakes` holds every reason at once."""

    def __init__(self, source: str, mistakes: tuple[Mistake, ...]) -> None:
        self.source = source
        self.mistakes = tuple(sorted(mistakes))
        super().__init__("\n".join(f"{source}: {mistake}" for mistake in self.mistakes))


@dataclass(frozen=True)
class Entry:
    """One `key = value`. `value` may hold a secret from the environment: never in `repr`."""

    key: str
    line: int
    written: str = field(repr=False)  # as in the file, `${NAME}` unexpanded
    value: str = field(repr=False)


@dataclass(frozen=True)
class Section:
    """One `[name]` with its entries by key."""

    name: str
    line: int
    entries: Mapping[str, Entry]  # without those whose `${NAME}` is missing
    lines: Mapping[str, int]  # of every key, those too


@dataclass(frozen=True)
class Unset:
    """A `${NAME}` that the environment does not have."""

    section: str
    key: str
    line: int
    name: str

    @property
    def mistake(self) -> Mistake:
        return Mistake(
            self.line,
            f"[{self.section}] {self.key}: the environment has no {self.name}; "
            f"set it in the file `environment` beside this one, which {getpass.getuser()} must be "
            "allowed to read, or write the value here",
        )


@dataclass(frozen=True)
class IniFile:
    """What was read, and what could not be."""

    path: Path
    sections: tuple[Section, ...]
    mistakes: tuple[Mistake, ...]
    unset: tuple[Unset, ...]


def read_ini(path: Path, environment: Mapping[str, str] | None = None) -> IniFile:
    """Read `path`, expanding `${NAME}` from `environment` (default: the process's).

    Raises:
        ConfigError: the file cannot be opened or is not UTF-8 text. Everything else
            that is wrong is in `mistakes`, so that all of it can be told at once.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(
            str(path),
            (Mistake(0, "there is no such file; `hotline sample` prints one"),),
        ) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError(str(path), (Mistake(0, f"cannot be read: {reason}"),)) from None
    except UnicodeDecodeError:
        raise ConfigError(str(path), (Mistake(0, "is not UTF-8 text; save it as UTF-8"),)) from None
    return _LineReader(text.splitlines()).read(
        path, os.environ if environment is None else environment
    )


class _LineReader:
    """Feeds `configparser` and remembers where everything stood."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._line = 0
        self._section = _NO_SECTION
        self._section_lines: dict[str, int] = {_NO_SECTION: 0}
        self._key_lines: dict[tuple[str, str], int] = {}
        self._mistakes: list[Mistake] = []
        self._unset: list[Unset] = []

    def read(self, path: Path, environment: Mapping[str, str]) -> IniFile:
        parser = configparser.RawConfigParser(
            strict=False,  # a repeated key is noted by `_note_key` with both its lines
            default_section="\0no defaults",
            delimiters=("=",),  # a colon belongs to addresses
            empty_lines_in_values=False,
        )
        parser.optionxform = self._note_key  # type: ignore[method-assign, assignment]
        try:
            parser.read_file(self._feed(), source=str(path))
        except configparser.ParsingError as error:
            # One line more was fed than the file has: the header of `_NO_SECTION`.
            self._mistakes += [
                Mistake(fed_line - 1, "neither a [section], a key = value nor a comment")
                for fed_line, _ in error.errors
            ]
        self._mistakes += self._indented_sections(parser)
        # From here on the parser must not call back with lines that mean nothing.
        parser.optionxform = lambda optionstr: optionstr  # type: ignore[method-assign]
        sections = tuple(
            Section(
                name,
                self._section_lines[name],
                self._entries(parser, name, environment),
                {key: line for (section, key), line in self._key_lines.items() if section == name},
            )
            for name in parser.sections()
            if name != _NO_SECTION and name in self._section_lines
        )
        return IniFile(path, sections, tuple(self._mistakes), tuple(self._unset))

    def _indented_sections(self, parser: configparser.RawConfigParser) -> list[Mistake]:
        """The parser takes an indented header for one where no value can go on."""
        return [
            Mistake(number, f"[{name}] is indented; a section begins at the start of its line")
            for name in parser.sections()
            if name not in self._section_lines
            for number, line in enumerate(self._lines, start=1)
            if line.strip().startswith(f"[{name}]")
        ]

    def _feed(self) -> Iterator[str]:
        yield f"[{_NO_SECTION}]\n"
        for number, line in enumerate(self._lines, start=1):
            self._line = number
            header = configparser.RawConfigParser.SECTCRE.match(line.strip())
            # An indented line inside a value is the value's, even in brackets.
            if header and not line[0].isspace():
                self._note_section(header["header"])
            yield line + "\n"

    def _note_section(self, name: str) -> None:
        self._section = name
        first = self._section_lines.setdefault(name, self._line)
        if first != self._line:
            self._mistakes.append(
                Mistake(self._line, f"[{name}] stands on line {first} already; join the two")
            )

    def _note_key(self, key: str) -> str:
        if self._section == _NO_SECTION:
            self._mistakes.append(Mistake(self._line, f"{key} stands before any [section]"))
            return key
        first = self._key_lines.setdefault((self._section, key), self._line)
        if first != self._line:
            self._mistakes.append(
                Mistake(self._line, f"[{self._section}] {key} stands on line {first} already")
            )
        return key

    def _entries(
        self, parser: configparser.RawConfigParser, section: str, environment: Mapping[str, str]
    ) -> dict[str, Entry]:
        entries = {}
        for key, written in parser.items(section):
            line = self._key_lines.get((section, key), 0)  # 0: below an indented header
            missing = [name for name in _ENV.findall(written) if name not in environment]
            self._unset += [Unset(section, key, line, name) for name in missing]
            if not missing:
                value = _ENV.sub(lambda match: environment[match[1]], written)
                entries[key] = Entry(key, line, written, value)
        return entries

"""A configuration's file is read whole, and every mistake in it told at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from hotline.config.config import Config
from hotline.config.contradictions import contradictions
from hotline.config.file import ConfigError, Entry, IniFile, Mistake, Section, read_ini
from hotline.config.located import Located
from hotline.config.sections import (
    NAMED_SECTIONS,
    PYVOIP_DEFAULTS,
    SECTIONS,
    TICKET_CLASSES,
    KeepClassSection,
    TargetSection,
    TrunkSection,
    is_secret,
    keys_of,
    parser_of,
)
from hotline.config.values import suggestion

_TRUNK_HEADER = re.compile(r"trunk\s+(\S+)")
_TRUNK_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")


def load_config(
    path: Path, environment: Mapping[str, str] | None = None, *, service: bool = True
) -> Config:
    """The configuration in `path`, to run with.

    `service`: False for a command beside the service, which needs no secret of a trunk or a
    notice: that the environment lacks one is then no mistake.

    Raises:
        ConfigError: with every mistake in it, by line.
    """
    located = read_config(path, environment, service=service)
    if located.mistakes:
        raise ConfigError(str(path), located.mistakes)
    return located.config


def read_config(
    path: Path, environment: Mapping[str, str] | None = None, *, service: bool = True
) -> Located:
    """The configuration in `path` as far as it can be read, and its mistakes.

    Raises:
        ConfigError: the file cannot be read at all.
    """
    file = read_ini(path, environment)
    unset = [each.mistake for each in file.unset if service or not _of_service(each.section)]
    return _Reading(replace(file, mistakes=(*file.mistakes, *unset))).located()


def _of_service(section: str) -> bool:
    """Whether the secrets of a section serve calls and notices alone."""
    return section == "notices" or section.split()[:1] == ["trunk"]


class _Reading:
    """One file on its way to a `Config`."""

    def __init__(self, file: IniFile) -> None:
        self._file = file
        self._base = file.path.absolute().parent
        self._mistakes = list(file.mistakes)
        self._parts: dict[str, Any] = {}
        self._trunks: dict[str, TrunkSection] = {}
        self._targets: dict[tuple[str, str], TargetSection] = {}
        self._keep: dict[str, KeepClassSection] = {}

    def located(self) -> Located:
        for section in self._file.sections:
            self._take(section)
        lines = dict(self._lines())
        config = Config(
            **self._parts, trunks=self._trunks, targets=self._targets, keep_by_class=self._keep
        )
        config = self._with_defaults(config, lines)
        located = Located(self._file.path, config, (), lines)
        self._mistakes += contradictions(located)
        return replace(located, mistakes=tuple(sorted(set(self._mistakes))))

    def _with_defaults(self, config: Config, lines: Mapping[tuple[str, str], int]) -> Config:
        """Defaults that depend on the file's folder or on another key."""
        if not config.hotline.home.is_absolute():
            home = self._base / config.hotline.home
            config = replace(config, hotline=replace(config.hotline, home=home))
        if config.sip.stack == "pyvoip":  # what is not written is what that stack can do
            narrower = {
                key: value for key, value in PYVOIP_DEFAULTS.items() if ("sip", key) not in lines
            }
            config = replace(config, sip=replace(config.sip, **narrower))
        return config

    def _lines(self) -> Iterator[tuple[tuple[str, str], int]]:
        for section in self._file.sections:
            yield (section.name, ""), section.line
            for key, line in section.lines.items():
                yield (section.name, key), line

    def _take(self, section: Section) -> None:
        if section.name in SECTIONS:
            kind = SECTIONS[section.name]
            self._parts[section.name] = kind(**self._values(section, kind))
        elif section.name.split()[:1] == ["trunk"]:
            self._take_trunk(section)
        elif section.name.split()[:1] == ["deadlines"]:
            self._take_targets(section)
        elif section.name.split()[:1] == ["keep"]:
            self._take_keep(section)
        else:
            known = (*SECTIONS, *NAMED_SECTIONS)
            hint = suggestion(section.name, known) or f"; the sections are {', '.join(known)}"
            self._say(section.line, f"[{section.name}] is no section{hint}")

    def _take_trunk(self, section: Section) -> None:
        match = _TRUNK_HEADER.fullmatch(section.name)
        if match is None or not _TRUNK_NAME.fullmatch(match[1]):
            self._say(
                section.line,
                f"[{section.name}]: a trunk needs one short name of letters, digits, - and _, "
                "such as [trunk main]",
            )
            return
        self._trunks[match[1]] = TrunkSection(**self._values(section, TrunkSection))

    def _take_targets(self, section: Section) -> None:
        _, ticket_class, *category = section.name.split(maxsplit=2)
        if ticket_class not in TICKET_CLASSES:
            self._say(
                section.line,
                f"[{section.name}]: {ticket_class} is no class of a ticket; write "
                f"[deadlines CLASS] or [deadlines CLASS CATEGORY] with one of "
                f"{', '.join(TICKET_CLASSES)}"
                f"{suggestion(ticket_class, TICKET_CLASSES)}",
            )
            return
        key = (ticket_class, "".join(category).strip())
        if key in self._targets:
            self._say(section.line, f"[{section.name}] is there already; join the two")
        self._targets[key] = TargetSection(**self._values(section, TargetSection))

    def _take_keep(self, section: Section) -> None:
        ticket_class = section.name.partition(" ")[2].strip()
        if ticket_class not in TICKET_CLASSES:
            self._say(
                section.line,
                f"[{section.name}]: {ticket_class} is no class of a ticket; write [keep CLASS] "
                f"with one of {', '.join(TICKET_CLASSES)}"
                f"{suggestion(ticket_class, TICKET_CLASSES)}",
            )
            return
        self._keep[ticket_class] = KeepClassSection(**self._values(section, KeepClassSection))

    def _values(self, section: Section, kind: type) -> dict[str, Any]:
        known = keys_of(kind)
        values = {}
        for entry in section.entries.values():
            where = f"[{section.name}] {entry.key}"
            if entry.key not in known:
                hint = suggestion(entry.key, known) or f"; its keys are {', '.join(known)}"
                self._say(entry.line, f"{where} is no key of this section{hint}")
                continue
            try:
                values[entry.key] = parser_of(kind, entry.key)(entry.value, self._base)
            except ValueError as error:
                self._say(entry.line, f"{where}{_shown(entry, kind)} {error}")
        return values

    def _say(self, line: int, text: str) -> None:
        self._mistakes.append(Mistake(line, text))


def _shown(entry: Entry, kind: type) -> str:
    """The value for an error message, unless it is or may be a secret."""
    if is_secret(kind, entry.key):
        return ""
    written = " ".join(entry.written.split())  # `${NAME}` stays unexpanded
    return f" = {written}:" if len(written) <= 60 else ""

"""Reads a pack's `lexicon.toml`; says every mistake at once, with the line it is on."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from asr.errors import SpeechError
from asr.lexicon.classifier import Learnt, load_learnt
from asr.lexicon.guard import SCOPES, Guard, Where
from asr.lexicon.pattern import (
    Pattern,
    PatternError,
    SoundTerms,
    Step,
    Terms,
    parse_pattern,
)
from asr.lexicon.rules import END, INNOCENT, OTHER, START, Category, Lexicon, Rule, Vocabulary
from asr.lexicon.tokens import NUMBER, Tokeniser

LEARNT_NAME = "learnt.npz"
"""The second opinion beside a `lexicon.toml`; a pack may do without."""

LANGUAGES = ("zh-CN", "en", "ko")
CLASSES = ("urgent", "important", "general")

_TOP = {
    "language", "gap", "fillers", "variants", "innocent",
    "sound", "sets", "categories", "rules", "guards",
}  # fmt: skip
_RULE = {"name", "category", "level", "gap", "patterns", "unless", "despite"}
_GUARD = {"name", "words", "where", "level", "scope", "within", "through", "until", "cancel"}
_TABLE = re.compile(r"\s*(\[\[?)\s*([\w.-]+)\s*\]")
_KEY = re.compile(r'\s*"?([\w-]+)"?\s*=')
_TOML_LINE = re.compile(r"\(at line (\d+)")


KINDS = ("emergency", "repair", "complaint", "suggestion", "enquiry", "other")
"""What a ticket of a category is: the same words as `call_logs.TicketKind`."""


class LexiconError(SpeechError):
    """A lexicon file cannot be used; `mistakes` lists all of them as `file:line: fact`."""

    def __init__(self, mistakes: tuple[str, ...]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


def load_lexicon(path: Path) -> Lexicon:
    """Read and compile a `lexicon.toml`.

    Raises:
        LexiconError: with every mistake of the file at once.
    """
    try:
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LexiconError((f"{path}:1: cannot be read: {error}",)) from error
    try:
        data = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        line = _TOML_LINE.search(str(error))
        raise LexiconError((f"{path}:{line[1] if line else 1}: {error}",)) from error
    reader = _Reader(data, _line_numbers(source))
    lexicon = reader.lexicon(_learnt(path.with_name(LEARNT_NAME), data))
    if reader.mistakes or lexicon is None:
        raise LexiconError(
            tuple(f"{path}:{line}: {fact}" for line, fact in sorted(set(reader.mistakes)))
        )
    return lexicon


def _learnt(path: Path, data: Mapping[str, Any]) -> Learnt | None:
    if not path.is_file():
        return None
    try:
        return load_learnt(path, str(data.get("language")))
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise LexiconError((f"{path}:1: cannot be read, train it anew: {error}",)) from error


def _line_numbers(source: str) -> dict[str, int]:
    """Line of each table (`rules.0`, `sets`) and of each key in it (`rules.0.level`)."""
    lines: dict[str, int] = {}
    counts: dict[str, int] = {}
    table = ""
    for number, line in enumerate(source.splitlines(), 1):
        if header := _TABLE.match(line):
            table = header[2]
            if header[1] == "[[":
                index = counts.get(table, 0)
                counts[table] = index + 1
                table = f"{table}.{index}"
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            lines.setdefault(f"{table}.{key[1]}".lstrip("."), number)
    return lines


class _Reader:
    """One reading of one file; collects mistakes instead of stopping at the first."""

    def __init__(self, data: Mapping[str, Any], lines: Mapping[str, int]) -> None:
        self._data = data
        self._lines = lines
        self.mistakes: list[tuple[int, str]] = []
        self._language = ""
        self._gap = 0
        self._fillers: frozenset[str] = frozenset()
        self._sets: dict[str, tuple[Pattern, ...]] = {}
        self._literals: dict[str, tuple[str, ...]] = {}  # key -> its bare terms

    def lexicon(self, learnt: Learnt | None) -> Lexicon | None:
        """The compiled lexicon; None when it cannot even be begun."""
        self._unknown_keys(self._data, _TOP, "")
        self._language = self._one_of("language", self._data.get("language"), LANGUAGES)
        gap = self._data.get("gap")
        if not isinstance(gap, int) or isinstance(gap, bool) or gap < 1:
            self._wrong("gap", "gap is the usual number of tokens `…` may skip, at least 1")
            return None
        self._gap = gap
        self._fillers = frozenset(self._strings("fillers", self._data.get("fillers", [])))
        self._read_sets()
        innocent = self._patterns("innocent", self._data.get("innocent", []))
        categories = self._categories()
        guards = self._guards()
        rules = self._rules(categories, guards)
        sounds, factor = self._sounds()
        composites = self._composites()
        if self.mistakes:
            return None
        terms = self._terms(innocent)
        variants = self._strings("variants", self._data.get("variants", []))
        if bad := [pair for pair in variants if len(pair) != 2]:
            self._wrong("variants", f"each variant is two characters, written and read: {bad}")
            return None
        tokeniser = Tokeniser(
            self._language,
            variants={pair[0]: pair[1] for pair in variants},
            fillers=self._fillers,
        )
        vocabulary = Vocabulary(
            tokeniser,
            terms,
            sounds,
            tuple(pattern for pattern in innocent if not _is_term(pattern)),
            composites,
        )
        return Lexicon(
            self._language,
            categories,
            rules,
            vocabulary,
            sound_factor=factor,
            words=self._words(categories, rules),
            learnt=learnt,
        )

    # -- sections --

    def _read_sets(self) -> None:
        for name, entries in self._table("sets").items():
            if name in (INNOCENT, START, END):
                self._wrong(f"sets.{name}", f"the set name `{name}` is built in; choose another")
            self._sets[name] = self._patterns(f"sets.{name}", entries, needed=True)

    def _categories(self) -> dict[str, Category]:
        categories = {}
        for name, entry in self._table("categories").items():
            where = f"categories.{name}"
            if not isinstance(entry, Mapping):
                self._wrong(where, f"[{where}] is a table with class, kind and names")
                continue
            self._unknown_keys(entry, {"class", "kind", "names"}, where)
            if name == OTHER:
                self._wrong(where, f"`{OTHER}` means that no rule fired; choose another name")
            names = entry.get("names")
            if not isinstance(names, Mapping) or set(names) != set(LANGUAGES):
                self._wrong(f"{where}.names", f"{where}.names needs {', '.join(LANGUAGES)}")
                names = {}
            ticket_class = self._one_of(f"{where}.class", entry.get("class"), CLASSES)
            kind = self._one_of(f"{where}.kind", entry.get("kind"), KINDS)
            categories[name] = Category(name, ticket_class, kind, dict(names))
        return categories

    def _guards(self) -> tuple[Guard, ...]:
        guards = []
        for where, entry in self._entries("guards", _GUARD):
            sets = {key: entry.get(key, "") for key in ("words", "through", "until", "cancel")}
            for key, name in sets.items():
                if (name or key == "words") and name not in self._sets:
                    self._wrong(f"{where}.{key}", f"no set is named {name!r}")
            within = entry.get("within", 0)
            if not isinstance(within, int) or within < 0:
                self._wrong(f"{where}.within", "within is a number of tokens")
            place = self._one_of(f"{where}.where", entry.get("where"), tuple(Where))
            scope = self._one_of(f"{where}.scope", entry.get("scope", "sentence"), tuple(SCOPES))
            if place and scope:
                guards.append(
                    Guard(
                        name=str(entry.get("name", "")),
                        where=Where(place),
                        level=self._level(f"{where}.level", entry.get("level", 0.0)),
                        scope=SCOPES[scope],
                        within=within,
                        **sets,
                    )
                )
        return tuple(guards)

    def _rules(
        self, categories: Mapping[str, Category], guards: tuple[Guard, ...]
    ) -> tuple[Rule, ...]:
        """Rules of urgent categories stand under every guard but those they are `despite`."""
        rules = []
        for where, entry in self._entries("rules", _RULE):
            category = str(entry.get("category"))
            if category not in categories:
                self._wrong(f"{where}.category", f"no category is named {category!r}")
            despite = set(self._strings(f"{where}.despite", entry.get("despite", [])))
            for name in sorted(despite - {guard.name for guard in guards}):
                self._wrong(f"{where}.despite", f"no guard is named {name!r}")
            gap = entry.get("gap", self._gap)
            if not isinstance(gap, int) or isinstance(gap, bool) or gap < 1:
                self._wrong(f"{where}.gap", "gap is a number of tokens, at least 1")
                gap = self._gap
            urgent = category in categories and categories[category].ticket_class == "urgent"
            rules.append(
                Rule(
                    name=str(entry.get("name", "")),
                    category=category,
                    level=self._level(f"{where}.level", entry.get("level")),
                    patterns=self._patterns(
                        f"{where}.patterns", entry.get("patterns"), gap, needed=True
                    ),
                    unless=self._patterns(f"{where}.unless", entry.get("unless", []), gap),
                    guards=tuple(guard for guard in guards if urgent and guard.name not in despite),
                )
            )
        for name in sorted(set(categories) - {rule.category for rule in rules}):
            self._wrong(f"categories.{name}", f"no rule tells {name}: it could never be heard")
        return tuple(rules)

    def _sounds(self) -> tuple[SoundTerms, float]:
        table = self._table("sound", needed=False)
        self._unknown_keys(table, {"sets", "limit", "factor"}, "sound")
        limit = table.get("limit", 0)
        if limit not in (0, 1, 2):
            self._wrong("sound.limit", "limit is how many letters a syllable may differ: 0, 1, 2")
            limit = 0
        sounds = SoundTerms(limit)
        if table and self._language != "zh-CN":
            self._wrong("sound", "sound-alikes are known for zh-CN only; leave [sound] out")
        for name in self._strings("sound.sets", table.get("sets", [])):
            if name not in self._sets:
                self._wrong("sound.sets", f"no set is named {name!r}")
            for term in self._literals.get(name, ()):
                sounds.add(term, name)
        return sounds, self._level("sound.factor", table.get("factor", 1.0))

    def _composites(self) -> tuple[tuple[str, Pattern], ...]:
        """Set entries that are more than a term, ordered so that parts come first."""
        needs = {
            name: {
                step.set_name
                for pattern in patterns
                for step in pattern
                if step.set_name in self._sets
            }
            for name, patterns in self._sets.items()
        }
        try:
            order = tuple(TopologicalSorter(needs).static_order())
        except CycleError as error:
            circle = " -> ".join(error.args[1])
            self._wrong(f"sets.{error.args[1][0]}", f"sets are made of one another: {circle}")
            return ()
        return tuple(
            (name, pattern)
            for name in order
            for pattern in self._sets.get(name, ())
            if not _is_term(pattern)
        )

    def _terms(self, innocent: tuple[Pattern, ...]) -> Terms:
        """The tree of every literal: terms of sets under the set's name, others by themselves."""
        terms = Terms()
        for key, literals in self._literals.items():
            for literal in literals:
                terms.add(self._symbols(literal), key)
        for pattern in innocent:
            if _is_term(pattern):
                for word in pattern[0].words:
                    terms.add(self._symbols(word), INNOCENT)
        return terms

    def _words(
        self, categories: Mapping[str, Category], rules: tuple[Rule, ...]
    ) -> tuple[str, ...]:
        """What to listen for: the literals that urgent rules are made of, and the fillers.

        A literal that only means something beside others (the "in" of a longer pattern) would
        be heard everywhere; those of the sets beside it are enough to raise a suspicion.
        """
        urgent = {
            name for name, category in categories.items() if category.ticket_class == "urgent"
        }
        patterns = [p for rule in rules if rule.category in urgent for p in rule.patterns]
        words: dict[str, None] = {}
        seen: set[str] = set()
        while patterns:
            pattern = patterns.pop()
            for step in pattern:
                if step.key not in seen and (step.set_name or len(pattern) == 1):
                    seen.add(step.key)
                    words |= dict.fromkeys(self._literals.get(step.key, ()))
                    patterns.extend(self._sets.get(step.set_name, ()))
        heard = (word for word in words if len(word) > 1 and not set(word) & set("#*"))
        return (*heard, *sorted(self._fillers))

    # -- values --

    def _patterns(
        self, where: str, entries: Any, gap: int | None = None, *, needed: bool = False
    ) -> tuple[Pattern, ...]:
        """Parse a list of patterns and file their literals."""
        patterns: list[Pattern] = []
        for entry in self._strings(where, entries, needed=needed):
            try:
                rows = parse_pattern(entry, gap or self._gap)
            except PatternError as error:
                self._wrong(where, f"pattern {entry!r}: {error}")
                continue
            patterns.extend(rows)
            for step in rows[0]:
                self._check(where, entry, step)
                set_name = where.removeprefix("sets.") if where.startswith("sets.") else ""
                if step.words:
                    key = set_name if set_name and _is_term(rows[0]) else step.key
                    self._literals[key] = (*self._literals.get(key, ()), *step.words)
        return tuple(patterns)

    def _check(self, where: str, entry: str, step: Step) -> None:
        if step.set_name not in ("", START, END, *self._table("sets")):
            self._wrong(where, f"pattern {entry!r}: no set is named {step.set_name!r}")
        for word in step.words:
            if not self._symbols(word):
                self._wrong(where, f"pattern {entry!r}: {word!r} has no letter to be heard")

    def _symbols(self, literal: str) -> tuple[str, ...]:
        """The tokens a literal stands for, cut as the text will be (fillers fall out too)."""
        pieces = literal.lower().split()
        symbols: list[str] = []
        cut = Tokeniser(self._language, variants={}, fillers=self._fillers)
        for piece in pieces:
            if piece == NUMBER or (piece.endswith("*") and piece[:-1].isalpha()):
                symbols.append(piece)
                continue
            for part in re.split(f"({NUMBER})", piece):
                symbols.extend([part] if part == NUMBER else [token.text for token in cut(part)])
        return tuple(symbols)

    def _entries(self, key: str, known: set[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
        entries = self._data.get(key, [])
        if not isinstance(entries, list) or not all(isinstance(e, Mapping) for e in entries):
            self._wrong(key, f"write each of the {key} under its own [[{key}]]")
            return
        names: set[str] = set()
        for index, entry in enumerate(entries):
            where = f"{key}.{index}"
            self._unknown_keys(entry, known, where)
            name = entry.get("name")
            if not isinstance(name, str) or not name:
                self._wrong(where, f"an entry of [[{key}]] has no name")
            elif name in names and key == "rules":
                self._wrong(f"{where}.name", f"the name {name!r} is used twice")
            names.add(str(name))
            yield where, entry

    def _table(self, key: str, *, needed: bool = True) -> Mapping[str, Any]:
        table = self._data.get(key, {})
        if not isinstance(table, Mapping) or (needed and not table):
            self._wrong(key, f"the table [{key}] is missing or empty")
            return {}
        return table

    def _strings(self, where: str, value: Any, *, needed: bool = False) -> list[str]:
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            self._wrong(where, f"{where} is a list of strings")
            return []
        if needed and not value:
            self._wrong(where, f"{where} is empty")
        return value

    def _one_of(self, where: str, value: Any, choices: tuple[str, ...]) -> str:
        if value in choices:
            return str(value)
        self._wrong(where, f"{where} is one of {', '.join(choices)}, not {value!r}")
        return ""

    def _level(self, where: str, value: Any) -> float:
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
            return float(value)
        self._wrong(where, f"{where} is a number from 0 to 1, not {value!r}")
        return 0.0

    def _unknown_keys(self, table: Mapping[str, Any], known: set[str], where: str) -> None:
        for key in table.keys() - known:
            place = f"{where}.{key}".lstrip(".")
            self._wrong(place, f"{place} is not known; known are {', '.join(sorted(known))}")

    def _wrong(self, where: str, fact: str) -> None:
        """Note a mistake at the line of `where`, or of the nearest table around it."""
        place = where
        while place and place not in self._lines:
            place = place.rpartition(".")[0]
        self.mistakes.append((self._lines.get(place, 1), fact))


def _is_term(pattern: Pattern) -> bool:
    return len(pattern) == 1 and not pattern[0].set_name

"""Compiles a lexicon from its document; notes every mistake, with the line it is on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from asr.lexicon.category import LANGUAGES, Category, read_categories
from asr.lexicon.classifier import Learnt
from asr.lexicon.document import Document, Place
from asr.lexicon.fields import Fields
from asr.lexicon.guard import SCOPES, Guard, Where
from asr.lexicon.pattern import (
    Pattern,
    PatternError,
    SoundTerms,
    Step,
    Terms,
    parse_pattern,
)
from asr.lexicon.rules import END, INNOCENT, START, Lexicon, Rule, Vocabulary
from asr.lexicon.tokens import NUMBER, Tokeniser

_TOP = {
    "language", "gap", "fillers", "variants", "clause_starts", "clause_ends", "innocent",
    "sound", "sets", "categories", "rules", "guards",
}  # fmt: skip
_RULE = {"name", "category", "level", "gap", "patterns", "unless", "despite"}
_GUARD = {
    "name", "words", "where", "level", "scope", "within", "through", "until", "cancel", "doubt",
    "takes_back",
}  # fmt: skip


class Reader:
    """One reading of one file; collects mistakes instead of stopping at the first."""

    def __init__(self, document: Document, categories: Mapping[str, Category]) -> None:
        """`categories` are the site's, beside those that the document has."""
        self._data = document.data
        self._document = document
        self._fields = Fields(document)
        self._site_categories = categories
        self._language = ""
        self._gap = 0
        self._fillers: frozenset[str] = frozenset()
        self._sets: dict[str, tuple[Pattern, ...]] = {}
        self._literals: dict[str, tuple[str, ...]] = {}  # key -> its bare terms

    @property
    def told(self) -> tuple[str, ...]:
        """Every mistake as `file:line: fact`."""
        return self._fields.told

    @property
    def wrong_places(self) -> tuple[Place, ...]:
        """Where they are."""
        return tuple(self._document.place(name) for name, _ in self._fields.mistakes)

    def lexicon(self, learnt: Learnt | None, left_out: tuple[str, ...]) -> Lexicon | None:
        """The compiled lexicon; None when there are mistakes."""
        self._fields.unknown_keys(self._data, _TOP, "")
        self._language = self._fields.one_of("language", self._data.get("language"), LANGUAGES)
        gap = self._data.get("gap")
        if not isinstance(gap, int) or isinstance(gap, bool) or gap < 1:
            self._fields.wrong("gap", "gap is the usual number of tokens `…` may skip, at least 1")
            return None
        self._gap = gap
        self._fillers = frozenset(self._fields.strings("fillers", self._data.get("fillers", [])))
        self._read_sets()
        innocent = self._patterns("innocent", self._data.get("innocent", []))
        declared = read_categories(self._fields)
        categories = {**declared, **self._site_categories}
        guards = self._guards()
        rules = self._rules(categories, guards)
        for name in sorted(set(declared) - {rule.category for rule in rules}):
            self._fields.wrong(
                f"categories.{name}", f"no rule tells {name}: it could never be heard"
            )
        sounds, factor = self._sounds()
        composites = self._composites()
        if self._fields.mistakes:
            return None
        terms = self._terms(innocent)
        variants = self._fields.strings("variants", self._data.get("variants", []))
        if bad := [pair for pair in variants if len(pair) != 2]:
            self._fields.wrong(
                "variants", f"each variant is two characters, written and read: {bad}"
            )
            return None
        tokeniser = Tokeniser(
            self._language,
            variants={pair[0]: pair[1] for pair in variants},
            fillers=self._fillers,
            clause_starts=self._fields.strings(
                "clause_starts", self._data.get("clause_starts", [])
            ),
            clause_ends=self._fields.strings("clause_ends", self._data.get("clause_ends", [])),
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
            left_out=left_out,
        )

    # -- sections --

    def _read_sets(self) -> None:
        for name, entries in self._fields.table("sets").items():
            if name in (INNOCENT, START, END):
                self._fields.wrong(
                    f"sets.{name}", f"the set name `{name}` is built in; choose another"
                )
            self._sets[name] = self._patterns(f"sets.{name}", entries, needed=True)

    def _guards(self) -> tuple[Guard, ...]:
        guards = []
        for where, entry in self._fields.entries("guards", _GUARD):
            sets = {
                key: entry.get(key, "") for key in ("words", "through", "until", "cancel", "doubt")
            }
            for key, name in sets.items():
                if (name or key == "words") and name not in self._sets:
                    self._fields.wrong(f"{where}.{key}", f"no set is named {name!r}")
            within = entry.get("within", 0)
            if not isinstance(within, int) or within < 0:
                self._fields.wrong(f"{where}.within", "within is a number of tokens")
            place = self._fields.one_of(f"{where}.where", entry.get("where"), tuple(Where))
            scope = self._fields.one_of(
                f"{where}.scope", entry.get("scope", "sentence"), tuple(SCOPES)
            )
            if place and scope:
                guards.append(
                    Guard(
                        name=str(entry.get("name", "")),
                        where=Where(place),
                        level=self._fields.level(f"{where}.level", entry.get("level", 0.0)),
                        scope=SCOPES[scope],
                        within=within,
                        takes_back=entry.get("takes_back", False) is True,
                        **sets,
                    )
                )
        return tuple(guards)

    def _rules(
        self, categories: Mapping[str, Category], guards: tuple[Guard, ...]
    ) -> tuple[Rule, ...]:
        """Rules of urgent categories stand under every guard but those they are `despite`."""
        rules = []
        for where, entry in self._fields.entries("rules", _RULE):
            category = str(entry.get("category"))
            if category not in categories:
                self._fields.wrong(f"{where}.category", f"no category is named {category!r}")
            despite = set(self._fields.strings(f"{where}.despite", entry.get("despite", [])))
            for name in sorted(despite - {guard.name for guard in guards}):
                self._fields.wrong(f"{where}.despite", f"no guard is named {name!r}")
            gap = entry.get("gap", self._gap)
            if not isinstance(gap, int) or isinstance(gap, bool) or gap < 1:
                self._fields.wrong(f"{where}.gap", "gap is a number of tokens, at least 1")
                gap = self._gap
            urgent = category in categories and categories[category].ticket_class == "urgent"
            rules.append(
                Rule(
                    name=str(entry.get("name", "")),
                    category=category,
                    level=self._fields.level(f"{where}.level", entry.get("level")),
                    patterns=self._patterns(
                        f"{where}.patterns", entry.get("patterns"), gap, needed=True
                    ),
                    unless=self._patterns(f"{where}.unless", entry.get("unless", []), gap),
                    guards=tuple(guard for guard in guards if urgent and guard.name not in despite),
                )
            )
        return tuple(rules)

    def _sounds(self) -> tuple[SoundTerms, float]:
        table = self._fields.table("sound", needed=False)
        self._fields.unknown_keys(table, {"sets", "limit", "factor"}, "sound")
        limit = table.get("limit", 0)
        if limit not in (0, 1, 2):
            self._fields.wrong(
                "sound.limit", "limit is how many letters a syllable may differ: 0, 1, 2"
            )
            limit = 0
        sounds = SoundTerms(limit)
        if table and self._language != "zh-CN":
            self._fields.wrong("sound", "sound-alikes are known for zh-CN only; leave [sound] out")
        for name in self._fields.strings("sound.sets", table.get("sets", [])):
            if name not in self._sets:
                self._fields.wrong("sound.sets", f"no set is named {name!r}")
            for term in self._literals.get(name, ()):
                sounds.add(term, name)
        return sounds, self._fields.level("sound.factor", table.get("factor", 1.0))

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
            self._fields.wrong(
                f"sets.{error.args[1][0]}", f"sets are made of one another: {circle}"
            )
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
        for entry in self._fields.strings(where, entries, needed=needed):
            try:
                rows = parse_pattern(entry, gap or self._gap)
            except PatternError as error:
                self._fields.wrong(where, f"pattern {entry!r}: {error}")
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
        if step.set_name not in ("", START, END, *self._fields.table("sets")):
            self._fields.wrong(where, f"pattern {entry!r}: no set is named {step.set_name!r}")
        for word in step.words:
            if not self._symbols(word):
                self._fields.wrong(where, f"pattern {entry!r}: {word!r} has no letter to be heard")

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


def _is_term(pattern: Pattern) -> bool:
    return len(pattern) == 1 and not pattern[0].set_name

"""Loads a lexicon: the shipped file, and what a company lays over it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from asr.errors import SpeechError
from asr.lexicon.category import Category, read_categories
from asr.lexicon.classifier import Learnt, load_learnt
from asr.lexicon.document import Document, DocumentError, read_document
from asr.lexicon.fields import Fields
from asr.lexicon.file import Reader
from asr.lexicon.rules import Lexicon

LEARNT_NAME = "learnt.npz"
"""The second opinion beside a `lexicon.toml`; a pack may do without."""


class LexiconError(SpeechError):
    """A lexicon file cannot be used; `mistakes` lists all of them as `file:line: fact`."""

    def __init__(self, mistakes: tuple[str, ...]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


def load_lexicon(
    path: Path,
    own: Path | None = None,
    *,
    categories: Mapping[str, Category] | None = None,
    lenient: bool = False,
) -> Lexicon:
    """Read and compile a `lexicon.toml`.

    Args:
        own: a company's file that is laid over it; it need not exist.
        categories: those of the site, when other languages add some (`known_categories`).
        lenient: at a start: entries of `own` that are wrong are left out and told in
            `Lexicon.left_out`; the shipped file alone is left at worst.

    Raises:
        LexiconError: with every mistake at once; with `lenient` those of the shipped file.
    """
    base = _document(path)
    learnt = _learnt(path.with_name(LEARNT_NAME), base.data)
    left_out: list[str] = []
    without: set[str] = set()
    try:
        top = _document(own) if own is not None and own.is_file() else None
    except LexiconError as error:
        if not lenient:
            raise
        top, left_out = None, [*error.mistakes]
    while True:
        document = base if top is None else _laid_over(top, base, without)
        reader = Reader(document, categories or {})
        lexicon = reader.lexicon(learnt, tuple(left_out))
        if lexicon is not None:
            return lexicon
        if top is None or not lenient:
            raise LexiconError(reader.told)
        left_out += reader.told
        wrong = {place.name for place in reader.wrong_places if place.file == top.file}
        without |= {_entry_of(name, top) for name in wrong}
        if not wrong:  # what is wrong lies between the two: the shipped one stands alone
            top = None


def known_categories(path: Path, own: Sequence[Path] = ()) -> dict[str, Category]:
    """The categories of a shipped `lexicon.toml` and those that a company adds in any of its
    files. What is wrong in those is passed over: loading the lexicons tells it.

    Raises:
        LexiconError: the shipped file cannot be used.
    """
    document = _document(path)
    for file in own:
        with suppress(LexiconError, FileNotFoundError):
            top = _document(file).only("categories")
            names = [f"categories.{name}" for name in top.data.get("categories", ())]
            # Each by itself, so that one that is wrong takes no other with it.
            for name in names:
                laid = top.laid_over(document, without=[each for each in names if each != name])
                fields = Fields(laid)
                read_categories(fields)
                document = document if fields.mistakes else laid
    return read_categories(Fields(document))


def _document(path: Path) -> Document:
    try:
        return read_document(path)
    except DocumentError as error:
        raise LexiconError((str(error),)) from error


def _laid_over(own: Document, base: Document, without: Collection[str] = ()) -> Document:
    """A company's lexicon on top of the shipped one: whatever lists there are grow."""
    laid = own.laid_over(base, joins=("", "sets", "sound"), without=without)
    clashes = list(laid.clashes)
    for key in ("gap", "sound.limit", "sound.factor"):
        if key in own.places:
            clashes.append((key, f"{key} is for every rule of the pack; leave it out here"))
    if own.data.get("language", base.data.get("language")) != base.data.get("language"):
        clashes.append(
            ("language", f"language must be {base.data.get('language')!r} in this folder")
        )
    return replace(laid, clashes=tuple(clashes))


def _entry_of(name: str, document: Document) -> str:
    """The rule, set or category that an entry's name belongs to: `rules.3.level` -> `rules.3`."""
    table, _, rest = name.partition(".")
    holds_entries = isinstance(document.data.get(table), Mapping | list)
    return f"{table}.{rest.partition('.')[0]}" if rest and holds_entries else table


def _learnt(path: Path, data: Mapping[str, Any]) -> Learnt | None:
    if not path.is_file():
        return None
    try:
        return load_learnt(path, str(data.get("language")))
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise LexiconError((f"{path}:1: cannot be read, train it anew: {error}",)) from error

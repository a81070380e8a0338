"""A language pack: menu, lexicon and prompts of one language, checked as a whole."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from asr.lexicon import Category, DocumentError, LexiconError, known_categories
from call_logs.knowledge import ShippedArticle
from ivr.errors import PhoneError
from ivr.packs.articles import read_articles
from ivr.packs.company import ARTICLES, FORMS, LEXICON, MENU, PROMPTS, CompanyPack
from ivr.packs.forms import NO_FORMS, Forms, read_forms
from ivr.packs.menu import Menu, menu_document, parse_menu, told_of_menu
from ivr.packs.menu_check import menu_mistakes
from ivr.packs.pack_check import (
    category_mistakes,
    differences,
    missing_parts,
    unfilled_slots,
    unsaid,
)
from ivr.prompts.recordings import Prompts
from ivr.prompts.texts import PromptTexts, prompt_text, read_prompt_texts

logger = logging.getLogger(__name__)

LANGUAGES = ("zh-CN", "en", "ko")

T = TypeVar("T")
Mistakes = tuple[str, ...]


class PackError(PhoneError):
    """A pack cannot be used; `mistakes` holds every mistake, one line each."""

    def __init__(self, mistakes: Mistakes) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True)
class Categories:
    """Every category that a ticket can have."""

    known: Mapping[str, Category]
    own: frozenset[str]  # those that the company has added or altered


@dataclass(frozen=True)
class Pack:
    """Everything that depends on the caller's language."""

    language: str
    menu: Menu
    lexicon_path: Path
    own_lexicon: Path | None  # the company's, laid over it
    categories: Mapping[str, Category]
    prompts: Prompts
    own_categories: frozenset[str] = frozenset()  # that the company has added or altered
    forms: Forms = NO_FORMS
    articles: tuple[ShippedArticle, ...] = ()
    left_out: Mistakes = ()  # mistakes in the company's own files, which are not used

    def unsaid(self, urgent: Collection[str]) -> tuple[str, ...]:
        """What callers and people on call hear in general words, or in the runtime voice,
        because the company has not worded or recorded it. No mistake: the telephone works."""
        return unsaid(self.categories, self.own_categories & set(urgent), self.prompts)


def languages() -> tuple[str, ...]:
    """The languages that have a pack; the first is the default, which the others follow."""
    return LANGUAGES


def pack_folder(language: str) -> Path:
    """The folder of a language's pack inside the installed package."""
    return Path(__file__).parent / language


def site_categories(company: CompanyPack | None, folder: Path | None = None) -> Categories:
    """The shipped categories, which all packs have alike, and the company's. Reads files.

    Raises:
        LexiconError: the shipped lexicon cannot be used.
    """
    lexicon = (folder or pack_folder(LANGUAGES[0])) / LEXICON
    shipped = known_categories(lexicon)
    files = company.lexicons if company is not None else ()
    known = known_categories(lexicon, files) if files else shipped
    own = {name for name, category in known.items() if category != shipped.get(name)}
    return Categories(known, frozenset(own))


def lexicon_files(language: str, company: CompanyPack) -> tuple[Path, Path | None]:
    """The shipped lexicon of a language, and the company's that is laid over it, if any."""
    return pack_folder(language) / LEXICON, company.file(language, LEXICON)


def load_pack(
    language: str,
    overrides: Path | None = None,
    *,
    company: CompanyPack | None = None,
    folder: Path | None = None,
    strict: bool = True,
) -> Pack:
    """Load and check a pack. Reads files: call it at start, on a thread.

    Args:
        language: one of `languages()`.
        overrides: folder of a company's own recordings in this language; it need not exist.
        company: files of a company's own that are laid over the pack.
        folder: read the pack from here instead of from the package.
        strict: False at a start: a recording that cannot be read, or that no prompt is called
            by (any more, after an upgrade), is left out with a warning, and so is a file of the
            company that is wrong; `Pack.left_out` tells it.

    Raises:
        PackError: with every mistake, for `hotline check`.
    """
    if language not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise PackError((f"there is no language pack {language!r}; there are {known}",))
    folder = folder or pack_folder(language)

    def read_texts(own: Path | None) -> tuple[PromptTexts | None, Mistakes]:
        return _read_texts(language, folder, own)

    def read_menu(own: Path | None) -> tuple[Menu | None, Mistakes]:
        return _read_menu(language, folder, own, texts)

    def own(name: str) -> Path | None:
        return company.file(language, name) if company is not None else None

    texts, mistakes, left_out = _layered(read_texts, own(PROMPTS), strict=strict)
    # Its prompts are looked up in the texts, which may be without the company's by now.
    menu, menu_errors, menu_left_out = _layered(read_menu, own(MENU), strict=strict)
    mistakes, left_out = mistakes + menu_errors, left_out + menu_left_out
    if menu is None or texts is None:
        raise PackError(mistakes)
    try:
        categories = site_categories(company, folder)
    except LexiconError as error:
        raise PackError(mistakes + error.mistakes) from error
    prompt_names, category_names = frozenset(texts.prompts), frozenset(categories.known)
    forms, form_errors, forms_left_out = _layered(
        lambda own_file: read_forms(folder / FORMS, own_file, prompt_names, category_names),
        own(FORMS),
        strict=strict,
    )
    mistakes, left_out = mistakes + form_errors, left_out + forms_left_out
    said = {name: prompt.text for name, prompt in texts.prompts.items()}
    articles, article_errors, articles_left_out = _layered(
        lambda own_file: read_articles(folder / ARTICLES, own_file, language, said, category_names),
        own(ARTICLES),
        strict=strict,
    )
    mistakes, left_out = mistakes + article_errors, left_out + articles_left_out
    wrong = category_mistakes(categories.known, texts, folder / LEXICON, own(LEXICON))
    wrong += _unlike_first(menu, folder, own(MENU), company)
    texts = _naming(categories, texts)
    prompts = Prompts(texts, folder / "prompts", overrides)
    if strict:
        mistakes += wrong + prompts.mistakes()
    else:
        left_out += wrong  # general words are spoken, and the menu's start stands for a node
        for mistake in prompts.mistakes():
            logger.warning("a recording is left out", extra={"reason": mistake})
    if mistakes:
        raise PackError(mistakes)
    return Pack(
        language,
        menu,
        folder / LEXICON,
        own(LEXICON),
        categories.known,
        prompts,
        categories.own,
        forms or NO_FORMS,
        articles or (),
        left_out,
    )


def _layered(
    read: Callable[[Path | None], tuple[T | None, Mistakes]], own: Path | None, *, strict: bool
) -> tuple[T | None, Mistakes, Mistakes]:
    """What is read, its mistakes, and those for which a company's `own` file is left out."""
    found, mistakes = read(own)
    if mistakes and own is not None and not strict:
        return (*read(None), mistakes)
    return found, mistakes, ()


def _read_texts(
    language: str, folder: Path, own: Path | None
) -> tuple[PromptTexts | None, Mistakes]:
    texts, mistakes = read_prompt_texts(folder / PROMPTS, language, own)
    if texts is not None:
        shipped, errors = read_prompt_texts(pack_folder(LANGUAGES[0]) / PROMPTS, LANGUAGES[0])
        mistakes += errors + missing_parts(texts) + unfilled_slots(texts, shipped)
    return texts, mistakes


def _read_menu(
    language: str,
    folder: Path,
    own: Path | None,
    texts: PromptTexts | None,
) -> tuple[Menu | None, Mistakes]:
    try:
        document = menu_document(folder / MENU, own)
    except DocumentError as error:
        return None, (str(error),)
    menu, mistakes = parse_menu(document)
    if menu is None or texts is None:
        return menu, mistakes
    found = menu_mistakes(menu, frozenset(texts.prompts), LANGUAGES)
    mistakes += tuple(told_of_menu(document, mistake) for mistake in found)
    if menu.language != language:
        mistakes += (document.told("language", f"language: must be {language!r}"),)
    return menu, mistakes


def _unlike_first(
    menu: Menu, folder: Path, own: Path | None, company: CompanyPack | None
) -> Mistakes:
    """Where a menu has other nodes than that of the first language."""
    first_language = company.languages[0] if company is not None else LANGUAGES[0]
    if menu.language == first_language:
        return ()
    first_own = company.file(first_language, MENU) if company is not None else None
    try:
        first, _ = parse_menu(menu_document(pack_folder(first_language) / MENU, first_own))
        document = menu_document(folder / MENU, own)
    except DocumentError:
        return ()  # told where it is read
    return differences(menu, document, first, first_language) if first is not None else ()


def _naming(categories: Categories, texts: PromptTexts) -> PromptTexts:
    """`texts` with a name for each of the company's categories in every language: where it has
    worded none, the runtime voice speaks the lexicon's. Whoever is rung for it may speak
    another language than the caller."""
    own = (categories.known[name] for name in sorted(categories.own))
    return texts.having(
        {
            each.spoken: prompt_text(each.spoken, each.names[texts.language], texts.language)
            for each in own
            if each.spoken not in texts.prompts
        }
    )

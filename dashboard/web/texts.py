"""Languages of the pages: catalogues compiled when first used, and the choice for a browser."""

from __future__ import annotations

from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from dashboard.web.settings import LANGUAGES

LOCALES = Path(__file__).parents[1] / "locales"
NAMES = {"zh-CN": "中文", "en": "English"}  # each in its own language


def N_(message: str) -> str:
    """Mark a message that is translated where it is shown, not where it is written."""
    return message


def locale_of(language: str) -> Locale:
    return Locale.parse(language, sep="-")


@lru_cache
def translations(language: str) -> NullTranslations:
    """The catalogue of a language; message ids are English, so English has none."""
    path = LOCALES / language.replace("-", "_") / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return NullTranslations()
    with path.open("rb") as file:
        catalogue = read_po(file, locale=str(locale_of(language)))
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def choose_language(cookie: str | None, accept_language: str, default: str) -> str:
    """The language chosen before, else the best of `Accept-Language` (RFC 9110 12.5.4)."""
    if cookie in LANGUAGES:
        return cookie
    weighted: list[tuple[float, str]] = []
    for part in accept_language.split(","):
        tag, _, parameters = part.strip().partition(";")
        weight = 1.0
        if parameters.strip().startswith("q="):
            try:
                weight = float(parameters.strip()[2:])
            except ValueError:
                weight = 0.0
        if tag and weight > 0:
            weighted.append((weight, tag.lower()))
    for _, tag in sorted(weighted, key=lambda pair: -pair[0]):
        for language in LANGUAGES:
            if tag == language.lower() or tag.split("-")[0] == language.split("-")[0].lower():
                return language
    return default

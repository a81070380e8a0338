"""What the form says, in every language that owners are served in: more than the pages of the
staff are in."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

__all__ = ["FORM_LANGUAGES", "choose", "texts"]

FORM_LANGUAGES = {"zh-CN": "中文", "en": "English", "ko": "한국어"}


@cache
def _all() -> Mapping[str, Mapping[str, str]]:
    path = Path(__file__).with_name("texts.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def texts(language: str) -> Mapping[str, str]:
    return _all()[language]


def choose(asked: str, accepted: str, default: str) -> str:
    """The language that was chosen on the form, else the first of the browser's that we have
    (RFC 9110 12.5.4, whose weights browsers write in their order), else the site's."""
    if asked in FORM_LANGUAGES:
        return asked
    for part in accepted.split(","):
        tag = part.partition(";")[0].strip().lower().split("-")[0]
        for language in FORM_LANGUAGES:
            if tag and tag == language.lower().split("-")[0]:
                return language
    return default if default in FORM_LANGUAGES else "zh-CN"

"""Every message is translated, every icon is in the sprite, every language has a name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg

import dashboard
from call_logs.casework import RECORDS
from call_logs.registers import REGISTERS
from call_logs.tickets import FIELDS
from dashboard.web.settings import LANGUAGES
from dashboard.web.texts import NAMES, choose_language, translations

HERE = Path(dashboard.__file__).parent
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None}
PLACES = re.compile(r"%\((\w+)\)s")


def messages() -> Iterator[tuple[str, ...]]:
    """All messages of templates and modules; a plural has two forms."""
    with (HERE / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    found = extract_from_dir(
        str(HERE),
        methods,
        options,
        keywords=KEYWORDS,
        directory_filter=lambda folder: Path(folder).name not in {"node_modules", "static"},
    )
    for _, _, message, _, _ in found:
        yield (message,) if isinstance(message, str) else tuple(message)
    for field in FIELDS.values():
        yield (field.label,)
    for fields in (*RECORDS.values(), *REGISTERS.values()):
        yield from ((field.label,) for field in fields.values())


def test_there_are_messages_to_translate() -> None:
    assert len(set(messages())) > 200


def test_every_message_is_translated_into_chinese() -> None:
    catalogue = translations("zh-CN")

    missing = [
        message[0]
        for message in messages()
        if catalogue.gettext(message[0]) == message[0]
        and catalogue.ngettext(message[0], message[-1], 2) == message[-1]
        and re.search("[A-Za-z]{2}", PLACES.sub("", message[0]))
    ]

    assert missing == []


def test_a_translation_has_the_same_places_for_values() -> None:
    catalogue = translations("zh-CN")

    for message in messages():
        if len(message) == 1:
            assert set(PLACES.findall(catalogue.gettext(message[0]))) == set(
                PLACES.findall(message[0])
            ), message[0]


def test_nothing_in_the_catalogue_is_unused() -> None:
    used = {form for message in messages() for form in message}
    catalogue = translations("zh-CN")._catalog  # type: ignore[attr-defined]
    keys = {key[0] if isinstance(key, tuple) else key for key in catalogue}

    assert keys - used - {""} == set()


def test_every_icon_of_the_templates_is_built_into_the_sprite() -> None:
    drawn = set()
    for template in (HERE / "templates").rglob("*.html"):
        text = template.read_text(encoding="utf-8")
        drawn |= set(re.findall(r'icon\("([a-z0-9-]+)"\)', text))
        drawn |= set(re.findall(r'empty\("([a-z0-9-]+)"', text))
        drawn |= set(re.findall(r'\.append\(\("[^"]+", "([a-z0-9-]+)"', text))
    sprite = set(
        re.findall(r'<symbol id="([^"]+)"', (HERE / "static/vendor/icons.svg").read_text())
    )

    assert drawn == sprite


def test_every_language_has_a_name_of_its_own() -> None:
    assert set(NAMES) == set(LANGUAGES)


@pytest.mark.parametrize(
    ("cookie", "accepted", "language"),
    [
        (None, "", "zh-CN"),
        (None, "en-GB,en;q=0.9", "en"),
        (None, "zh-TW", "zh-CN"),
        (None, "fr, en;q=0.5, zh;q=0.8", "zh-CN"),
        (None, "en;q=0, zh;q=0.1", "zh-CN"),
        (None, "en;q=nonsense", "zh-CN"),
        ("en", "zh-CN", "en"),
        ("xx", "en", "en"),
    ],
)
def test_the_chosen_language_comes_before_the_browsers(
    cookie: str | None, accepted: str, language: str
) -> None:
    assert choose_language(cookie, accepted, "zh-CN") == language

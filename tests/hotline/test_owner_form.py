"""The owners' form hears words as the telephone does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from call_logs.tickets import TicketClass
from hotline.app import _urgency
from hotline.categories import categories_of
from hotline.config.config import Config
from hotline.config.reading import read_config
from hotline.config.sections import DashboardSection, OwnerFormSection
from hotline.languages import languages_of
from hotline.owner_form import owner_form
from hotline.written_words import written_words
from ivr.prompts import Voice

CONFIG = Config(
    dashboard=DashboardSection(public_url="https://hotline.example.com/"),
    owner_form=OwnerFormSection(on=True, phone="021 5551 2345", photos=2, photo_mb=5),
)


@pytest.mark.parametrize(
    ("text", "language", "category", "ticket_class"),
    [
        ("电梯里着火了，快来", "zh-CN", "fire", TicketClass.URGENT),
        ("三楼走廊的灯不亮", "zh-CN", "lighting", TicketClass.GENERAL),
        ("there is a fire in the kitchen", "en", "fire", TicketClass.URGENT),
        ("엘리베이터에 갇혔어요", "ko", "lift_entrapment", TicketClass.URGENT),
        ("blah", "en", "", TicketClass.GENERAL),
        ("着火了", "fr", "fire", TicketClass.URGENT),
    ],
)
def test_words_come_to_what_a_caller_would_be_told(
    text: str, language: str, category: str, ticket_class: TicketClass
) -> None:
    voice = Voice()
    try:
        languages = languages_of(CONFIG, voice)
    finally:
        voice.close()
    words = written_words(CONFIG, languages, _urgency(CONFIG, categories_of(CONFIG)))
    form = owner_form(CONFIG, words)
    assert form is not None
    told = form.told(text, language)
    assert (told.category, told.ticket_class) == (category, ticket_class)
    assert (form.public_url, form.photo_bytes) == ("https://hotline.example.com", 5_000_000)


def test_without_the_configuration_there_is_none() -> None:
    off = replace(CONFIG, owner_form=OwnerFormSection())
    words = written_words(off, {}, _urgency(CONFIG, categories_of(CONFIG)))
    assert owner_form(off, words) is None


def test_codes_that_lead_nowhere_are_a_mistake(tmp_path: Path) -> None:
    file = tmp_path / "hotline.conf"
    file.write_text("[owner_form]\non = yes\n", encoding="utf-8")
    (mistake,) = read_config(file, {}).mistakes
    assert "public_url" in mistake.text
    assert mistake.line == 2

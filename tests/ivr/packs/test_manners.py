"""The hotline is warm: it greets, thanks, and says sorry where it has to refuse or ask again."""

from __future__ import annotations

import pytest

from ivr.packs.pack import load_pack

SORRY = {"zh-CN": "对不起", "en": "Sorry", "ko": "죄송합니다"}
HELLO = {"zh-CN": "您好", "en": "Hello", "ko": "안녕하세요"}
THANKS = {"zh-CN": "感谢", "en": "Thank you", "ko": "감사합니다"}
REFUSALS = (
    "not_heard",
    "not_understood",
    "wrong_key",
    "message_nothing_heard",
    "message_too_short",
    "callback_wrong",
    "callback_service",
    "callback_other",
    "enquiry_wrong",
    "enquiry_no_match",
    "call_back_wrong_time",
    "person_busy",
    "system_trouble",
    "system_trouble_goodbye",
    "all_lines_busy",
    "survey_reopen",
)


@pytest.mark.parametrize("language", SORRY)
def test_every_caller_is_greeted_thanked_and_never_refused_curtly(language: str) -> None:
    prompts = load_pack(language).prompts.texts.prompts
    said = {name: prompts[name].text for name in (*REFUSALS, "greeting", "goodbye")}
    assert [name for name in REFUSALS if SORRY[language].lower() not in said[name].lower()] == []
    assert said["greeting"].startswith(HELLO[language])
    assert THANKS[language] in said["goodbye"]

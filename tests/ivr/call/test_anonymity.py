"""Who wants to be known to nobody says so in many ways."""

from __future__ import annotations

import pytest

from ivr.call.anonymity import wants_no_name


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh-CN", "我要匿名投诉保安"),
        ("zh-CN", "匿 名 投诉"),
        ("zh-CN", "我不想留名字"),
        ("zh-CN", "不要透露我的姓名"),
        ("zh-CN", "别告诉他是我"),
        ("en", "I want to stay anonymous"),
        ("en", "please keep my name out of it"),
        ("en", "don't give them my name"),
        ("ko", "익명으로 신고하고 싶어요"),
    ],
)
def test_a_wish_is_heard(language: str, text: str) -> None:
    assert wants_no_name(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh-CN", "三号楼的灯坏了"),
        ("zh-CN", "我不用匿名，我叫王强"),
        ("zh-CN", "不是匿名的"),
        ("en", "my name is Ann"),
        ("en", "this is not anonymous"),
        ("ko", "익명은 아니에요"),
        ("fr", "anonymous"),
    ],
)
def test_what_is_none_is_none(language: str, text: str) -> None:
    assert not wants_no_name(text, language)

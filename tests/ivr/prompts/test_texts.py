"""`prompts.toml` is taken apart into recordings, slots and pauses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ivr.prompts.texts import Gap, PromptTexts, Recording, Slot, read_prompt_texts


def read(folder: Path, prompts: str, parts: str = 'and = "and"') -> PromptTexts:
    texts, mistakes = read_prompt_texts(written(folder, prompts, parts), "en")
    assert mistakes == ()
    assert texts is not None
    return texts


def written(folder: Path, prompts: str, parts: str = 'and = "and"') -> Path:
    path = folder / "prompts.toml"
    path.write_text(f"[prompts]\n{prompts}\n[parts]\n{parts}\n", encoding="utf-8")
    return path


def shape(texts: PromptTexts, name: str) -> list[object]:
    return [
        (part.id, part.text) if isinstance(part, Recording) else part
        for part in texts.prompts[name].segments
    ]


def test_a_prompt_without_slots_is_one_recording_of_its_own_name(tmp_path: Path) -> None:
    texts = read(tmp_path, 'hello = "Hello, you. Come in."')
    assert shape(texts, "hello") == [("hello", "Hello, you. Come in.")]


def test_the_text_around_a_slot_is_recorded_in_numbered_pieces(tmp_path: Path) -> None:
    texts = read(tmp_path, 'back = "On {digits}. Right? Press 1."')
    assert shape(texts, "back") == [
        ("back-1", "On"),
        Slot("digits"),
        Gap(300),
        ("back-2", "Right? Press 1."),
    ]
    assert texts.open_slots("back") == {"digits"}


def test_a_voice_goes_on_only_where_a_slot_follows_at_once(tmp_path: Path) -> None:
    texts = read(tmp_path, 'a = "Urgent: {what}"\nb = "I call {who}"')
    assert [one.goes_on for one in texts.prompts["a"].recordings] == [False]
    assert [one.goes_on for one in texts.prompts["b"].recordings] == [True]
    assert texts.prompts["b"].recordings[0].spoken == "I call,"


def test_punctuation_alone_is_a_pause_inside_and_nothing_at_the_end(tmp_path: Path) -> None:
    texts = read(tmp_path, 'both = "{a}, {b}."')
    assert shape(texts, "both") == [Slot("a"), Gap(150), Slot("b")]


def test_a_slot_with_the_name_of_a_prompt_needs_no_filling(tmp_path: Path) -> None:
    texts = read(tmp_path, 'fire = "Fire at {place}? {yes_no}"\nyes_no = "Press 1 or 2."')
    assert texts.open_slots("fire") == {"place"}


def test_a_prompt_may_be_in_another_language(tmp_path: Path) -> None:
    texts = read(tmp_path, 'zh = { text = "中文请按二。", language = "zh-CN" }\nen = "English."')
    assert texts.recordings["zh"].language == "zh-CN"
    assert texts.recordings["en"].language == "en"


def test_lists_of_parts_are_numbered_from_nought(tmp_path: Path) -> None:
    texts = read(tmp_path, 'a = "A"', 'month = ["January", "February"]\nand = "and"')
    assert list(texts.parts) == ["month_0", "month_1", "and"]


def test_the_fingerprint_changes_with_text_language_and_speed() -> None:
    one = Recording("a", "text", "en", 160)
    others = [
        replace(one, text="texts"),
        replace(one, language="ko"),
        replace(one, words_per_minute=161),
        replace(one, goes_on=True),
    ]
    assert len({one.fingerprint, *(other.fingerprint for other in others)}) == 5
    assert replace(one, id="b").fingerprint == one.fingerprint


@pytest.mark.parametrize(
    ("prompts", "parts", "mistake"),
    [
        ('Hello = "x"', "", "Hello: a name is lower-case"),
        ('hello = " "', "", "hello: has no text"),
        ('hello = "open {slot"', "", "hello: a brace that is not a {slot}"),
        ('hello = "empty {}"', "", "hello: a brace that is not a {slot}"),
        ('hello = "x"', 'hello = "x"', "hello: is both a prompt and a part"),
        ('a = "x {b}"\nb = "y {a}"', "", "a: its slots lead back to itself"),
        ("hello = 3", "", "prompts.hello"),
        ('hello = { text = "x", tongue = "en" }', "", "tongue"),
    ],
)
def test_each_mistake_is_told(tmp_path: Path, prompts: str, parts: str, mistake: str) -> None:
    texts, mistakes = read_prompt_texts(written(tmp_path, prompts, parts), "en")
    assert texts is None
    assert mistake in "\n".join(mistakes)


def test_a_missing_or_broken_file_is_a_mistake(tmp_path: Path) -> None:
    path = tmp_path / "prompts.toml"
    assert "cannot be read" in read_prompt_texts(path, "en")[1][0]
    path.write_text("[prompts")
    assert "not a TOML file" in read_prompt_texts(path, "en")[1][0]

"""`prompts.toml` is taken apart into recordings, slots and pauses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ivr.prompts.recording import Gap, Recording, Slot
from ivr.prompts.texts import PromptTexts, read_prompt_texts


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


JOINED = """
[parts]
number = ["zero", "one", "two"]
day = "day"
[prompts]
house = "house {number}"
both = "{number} of {count}"
[joined]
"""


def joined(folder: Path, ranges: str) -> tuple[list[str], tuple[str, ...]]:
    """Texts of what is joined, and mistakes."""
    path = folder / "prompts.toml"
    path.write_text(JOINED + ranges, encoding="utf-8")
    texts, mistakes = read_prompt_texts(path, "en")
    return ([one.text for one in texts.joined.values()] if texts else [], mistakes)


def test_a_number_and_the_word_beside_it_are_one_recording_in_their_order(tmp_path: Path) -> None:
    assert joined(tmp_path, "day = [1, 2]\nhouse = [2, 2]") == (
        ["one day", "two day", "house two"],
        (),
    )


@pytest.mark.parametrize(
    ("ranges", "fact"),
    [
        ("month = [0, 1]", "joined.month: there is no prompt or part of this name"),
        ("both = [0, 1]", "joined.both: must be one word, or one word and one slot beside it"),
        ("day = [2, 1]", "joined.day: must be the first and the last number, from 0 to 99"),
        ("day = [0, 3]", "joined.day: must be the first and the last number, from 0 to 99"),
        ('day = ["a", 3]', "joined.day.0: Input should be a valid integer"),
    ],
)
def test_what_cannot_be_joined_is_a_mistake_with_its_line(
    tmp_path: Path, ranges: str, fact: str
) -> None:
    found, mistakes = joined(tmp_path, ranges)
    assert found == []
    assert len(mistakes) == 1
    assert fact in mistakes[0]
    assert mistakes[0].startswith(f"{tmp_path / 'prompts.toml'}:9:")


def test_a_take_changes_how_one_recording_is_spoken_and_its_fingerprint(tmp_path: Path) -> None:
    voice = '[voice]\nspeaker = "zm_yunjian"\n'
    path = tmp_path / "prompts.toml"
    path.write_text(voice + JOINED + "day = [1, 1]", encoding="utf-8")
    before, _ = read_prompt_texts(path, "en")
    (tmp_path / "takes.toml").write_text('number_1-day = { speaker = "zm_yunxi", speed = 0.9 }\n')
    after, mistakes = read_prompt_texts(path, "en")
    assert mistakes == ()
    assert before is not None
    assert after is not None
    changed = {
        name
        for name, recording in after.recordings.items()
        if recording.fingerprint != before.recordings[name].fingerprint
    }
    assert changed == {"number_1-day"}
    assert after.recordings["number_1-day"].speaker == "zm_yunxi"


@pytest.mark.parametrize("take", ['number_1 = "slow"', "number_1 = { speed = 1.0 }", "= 1"])
def test_a_take_that_cannot_be_read_is_told(tmp_path: Path, take: str) -> None:
    (tmp_path / "takes.toml").write_text(take)
    _, mistakes = joined(tmp_path, "")
    assert len(mistakes) == 1
    assert "takes.toml:1" in mistakes[0]

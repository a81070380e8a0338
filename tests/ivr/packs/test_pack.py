"""The packs are complete in all languages, and a broken one tells every mistake."""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import ivr
from call_logs.tickets import TicketStatus
from ivr.media.tones import Sound
from ivr.packs.menu import NodeKind
from ivr.packs.pack import PackError, languages, load_pack, pack_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the English pack, to be broken."""
    return shutil.copytree(pack_folder("en"), tmp_path / "en")


def broken(folder: Path) -> str:
    with pytest.raises(PackError) as caught:
        load_pack("en", folder=folder)
    assert str(caught.value) == "\n".join(caught.value.mistakes)
    return str(caught.value)


@pytest.mark.parametrize("language", languages())
def test_a_pack_loads(language: str) -> None:
    pack = load_pack(language)
    assert pack.language == pack.menu.language == pack.prompts.language == language
    assert pack.lexicon_path == pack_folder(language) / "lexicon.toml"


def test_chinese_is_the_default() -> None:
    assert languages()[0] == "zh-CN"


def test_an_unknown_language_is_refused_with_the_known_ones() -> None:
    with pytest.raises(PackError, match="zh-CN, en, ko"):
        load_pack("tlh")


@pytest.mark.parametrize("language", languages())
def test_the_main_menu_offers_what_the_domain_asks_for(language: str) -> None:
    menu = load_pack(language).menu
    offered = {choice.key: menu.nodes[choice.to] for choice in menu.nodes[menu.start].choices}
    assert {key: node.kind for key, node in offered.items()} == {
        "1": NodeKind.EMERGENCY,
        "2": NodeKind.INTAKE,
        "3": NodeKind.INTAKE,
        "4": NodeKind.ENQUIRY,
        "5": NodeKind.INTAKE,
        "9": NodeKind.LANGUAGE,
        "0": NodeKind.PERSON,
    }
    assert [offered[key].ticket_kind for key in "235"] == ["repair", "complaint", "suggestion"]
    silent = menu.nodes[menu.start].silent
    assert menu.nodes[silent].kind is NodeKind.VOICEMAIL
    assert all(choice.spoken for choice in menu.nodes[menu.start].choices)


@pytest.mark.parametrize("language", languages())
def test_every_language_can_be_chosen_in_every_language(language: str) -> None:
    node = load_pack(language).menu.first_of(NodeKind.LANGUAGE)
    assert node is not None
    assert {choice.language for choice in node.choices} == set(languages())


@pytest.mark.parametrize("language", languages())
def test_every_urgent_category_has_a_name_a_question_and_advice(language: str) -> None:
    pack = load_pack(language)
    urgent = [each for each in pack.categories.values() if each.is_urgent]
    assert len(urgent) >= 8
    for category in urgent:
        assert (category.question, category.advice) == (
            f"confirm_{category.id}",
            f"advice_{category.id}",
        )
        assert {category.spoken, category.question, category.advice} <= set(pack.prompts.names)


@pytest.mark.parametrize("language", languages())
def test_every_status_of_a_ticket_can_be_told_with_its_date(language: str) -> None:
    texts = load_pack(language).prompts.texts
    for status in TicketStatus:
        assert texts.open_slots(f"status_{status}") == {"when"}


def _prompts_named_in_code() -> Iterator[tuple[str, str]]:
    """(file, pattern) of every `Prompt("name")` and `Prompt(f"name_{x}")` of the phone side."""
    for path in Path(ivr.__file__).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match call:
                case ast.Call(func=ast.Name(id="Prompt"), args=[ast.Constant(value=str(name)), *_]):
                    yield path.name, re.escape(name)
                case ast.Call(func=ast.Name(id="Prompt"), args=[ast.JoinedStr(values=pieces), *_]):
                    fixed = (
                        re.escape(str(one.value)) if isinstance(one, ast.Constant) else ".+"
                        for one in pieces
                    )
                    yield path.name, "".join(fixed)


def test_every_prompt_that_the_flow_names_exists() -> None:
    known = {*load_pack(languages()[0]).prompts.names, *Sound}
    named = set(_prompts_named_in_code())
    assert len(named) > 20
    missing = [
        (file, pattern)
        for file, pattern in named
        if not any(re.fullmatch(pattern, name) for name in known)
    ]
    assert missing == []


def _slots_filled_in_code() -> Iterator[tuple[str, str, frozenset[str]]]:
    """(file, name, slots) of every `Prompt("name", slot=...)` of the phone side."""
    for path in Path(ivr.__file__).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match call:
                case ast.Call(
                    func=ast.Name(id="Prompt"), args=[ast.Constant(value=str(name))], keywords=slots
                ):
                    yield path.name, name, frozenset(slot.arg or "" for slot in slots)


def test_the_flow_fills_every_slot_of_the_prompts_it_names() -> None:
    texts = load_pack(languages()[0]).prompts.texts
    wrong = [
        (file, name)
        for file, name, slots in _slots_filled_in_code()
        if name in texts.prompts and not texts.open_slots(name) <= slots
    ]
    assert wrong == []


def test_all_mistakes_of_a_pack_are_told_at_once(folder: Path) -> None:
    (folder / "prompts" / "greeting.wav").unlink()
    (folder / "prompts" / "goodbye.wav").write_bytes(b"RIFF, but nothing else")
    menu = folder / "menu.toml"
    menu.write_text(menu.read_text().replace('to = "repair"', 'to = "garage"'))
    told = broken(folder)
    assert "greeting.wav: cannot be read" in told
    assert "goodbye.wav: not a PCM WAV file" in told
    assert "node.main: choice 2: there is no node 'garage'" in told


def test_shape_mistakes_of_both_files_are_told_together(folder: Path) -> None:
    (folder / "menu.toml").write_text("start =")
    (folder / "prompts.toml").unlink()
    told = broken(folder)
    assert "menu.toml:1: not a TOML file" in told
    assert "prompts.toml:1: cannot be read" in told


def test_a_pack_must_have_the_prompts_and_slots_of_the_default_one(folder: Path) -> None:
    prompts = folder / "prompts.toml"
    text = prompts.read_text()
    text = text.replace("one_moment =", "two_moments =")
    prompts.write_text(text.replace("I am calling {who}.", "I am calling {whom}."))
    told = broken(folder)
    assert "prompt one_moment is missing" in told
    assert "prompt dispatch_trying must have the slots ['who']" in told


def test_a_pack_must_have_the_nodes_of_the_default_one(folder: Path) -> None:
    menu = folder / "menu.toml"
    menu.write_text(
        menu.read_text().replace("node.other", "node.rest").replace('"other"\n', '"rest"\n')
    )
    assert "menu node other is only in one of zh-CN and en" in broken(folder)


def test_parts_that_numbers_need_must_be_there(folder: Path) -> None:
    prompts = folder / "prompts.toml"
    prompts.write_text(prompts.read_text().replace('hundred = "hundred"', 'hundreds = "hundred"'))
    assert "parts: hundred is missing" in broken(folder)


def test_no_prompt_may_have_the_name_of_a_generated_sound(folder: Path) -> None:
    prompts = folder / "prompts.toml"
    prompts.write_text(prompts.read_text().replace("[prompts]", '[prompts]\ntone = "beep"'))
    assert "prompts: tone is the name of a generated sound" in broken(folder)

"""What a `[training]` section may say."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotline.config.reading import load_config, read_config

TRUNK = "[trunk main]\nserver = pbx\n"
VOUCHES = f"{TRUNK}verified = yes\n"


def mistakes(folder: Path, text: str) -> list[str]:
    path = folder / "hotline.conf"
    path.write_text(text, encoding="utf-8")
    return [str(item) for item in read_config(path, {}).mistakes]


@pytest.mark.parametrize(
    "text",
    [
        f"{TRUNK}[training]\nnumber = 8600\ncode = 246813\n",
        f"{VOUCHES}[training]\nnumber = 8600, +862112345678\n",
        f"{TRUNK}[training]\nnumber = 8600\ncode = 246813\ncallers = anyone\n",
    ],
)
def test_training_is_switched_on(tmp_path: Path, text: str) -> None:
    assert mistakes(tmp_path, text) == []
    settings = load_config(tmp_path / "hotline.conf", {}).training_settings
    assert "8600" in settings.numbers
    assert settings.lines == 100
    assert settings.anyone is ("anyone" in text)


def test_training_is_off_unless_it_has_a_number(tmp_path: Path) -> None:
    assert mistakes(tmp_path, TRUNK) == []
    assert not load_config(tmp_path / "hotline.conf", {}).training_settings.numbers


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"{TRUNK}[training]\nnumber = 8600\n", "lets nobody in"),
        (f"{VOUCHES}username = 8600\n[training]\nnumber = 8600\n", "the hotline's own number"),
        (f"{VOUCHES}[training]\nnumber = 8600\ncallers = anyone\n", "that needs a code"),
        (f"{VOUCHES}[training]\nnumber = 86 00\n", "no number that can be called"),
        (f"{VOUCHES}[sip]\nmax_calls = 1\n[training]\nnumber = 8600\n", "one line stays free"),
        (f"{VOUCHES}[training]\nnumber = 8600\ncode = 12345\n", "6 to 12 digits"),
        (f"{VOUCHES}[training]\nnumber = 8600\ncode = 211113\n", "that calls for help"),
        (f"{VOUCHES}[training]\nnumber = 8600\ncode = 012345\n", "must not begin with 0"),
    ],
)
def test_what_would_let_the_wrong_people_in_or_nobody_is_a_mistake(
    tmp_path: Path, text: str, told: str
) -> None:
    (mistake,) = mistakes(tmp_path, text)
    assert told in mistake

"""Recordings are rendered from their texts, each at once, and only what changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ivr.media.pcm import peak_dbfs, read_wav
from ivr.packs.ledger import stale
from ivr.prompts.recording import Recording
from ivr.prompts.texts import PromptTexts, read_prompt_texts
from tools.voices.render import EDGE_MS, RATE_HZ, Spoken, mastered, render_pack

TEXTS = """
[prompts]
hello = "Hello, {name}. Come in."
bye = "{bye_bye}"
bye_bye = "Good-bye."
[parts]
number = ["zero", "one"]
"""


def read(folder: Path, text: str) -> PromptTexts:
    path = folder / "prompts.toml"
    path.write_text(text)
    texts, mistakes = read_prompt_texts(path, "en")
    assert mistakes == ()
    assert texts is not None
    return texts


def spoken(recording: Recording, *, chosen: bool) -> Spoken:
    """As long as its text: a speaker of our own."""
    return Spoken(recording, bytes(320 * len(recording.text)))


def test_rendering_makes_16_khz_files_and_only_what_changed(tmp_path: Path) -> None:
    folder = tmp_path / "prompts"
    texts = read(tmp_path, TEXTS)
    names = ("hello-1", "hello-2", "bye_bye", "number_0", "number_1")
    assert render_pack(texts, tmp_path, spoken) == names
    assert all(read_wav(folder / f"{name}.wav")[1] == RATE_HZ for name in names)
    assert render_pack(texts, tmp_path, spoken) == ()
    changed = read(tmp_path, TEXTS.replace("Come in", "Please come in"))
    assert stale(changed, folder) == ("hello-2",)
    assert render_pack(changed, tmp_path, spoken) == ("hello-2",)


def test_a_recording_changed_by_hand_is_stale(tmp_path: Path) -> None:
    folder = tmp_path / "prompts"
    texts = read(tmp_path, TEXTS)
    render_pack(texts, tmp_path, spoken)
    with (folder / "number_0.wav").open("ab") as file:
        file.write(bytes(2))
    (folder / "number_1.wav").unlink()
    assert stale(texts, folder) == ("number_0", "number_1")


def test_a_recording_without_a_text_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / "prompts"
    texts = read(tmp_path, TEXTS)
    render_pack(texts, tmp_path, spoken)
    (folder / "old.wav").write_bytes(b"")
    render_pack(texts, tmp_path, spoken)
    assert not (folder / "old.wav").exists()


def test_a_run_that_is_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    texts = read(tmp_path, TEXTS)

    def stopped(recording: Recording, *, chosen: bool) -> Spoken:
        if recording.id == "bye_bye":
            raise KeyboardInterrupt
        return spoken(recording, chosen=chosen)

    with pytest.raises(KeyboardInterrupt):
        render_pack(texts, tmp_path, stopped)
    assert render_pack(texts, tmp_path, spoken) == ("bye_bye", "number_0", "number_1")


def test_a_master_has_quiet_edges_and_no_high_peak() -> None:
    second = np.arange(RATE_HZ) / RATE_HZ
    tone = np.sin(2 * np.pi * 300 * second) * np.where(second < 0.5, 0.02, 0.9)
    sound = mastered(tone, lufs=-30.0)
    edge = EDGE_MS * RATE_HZ // 1000
    assert not sound[:edge].any()
    assert not sound[-edge:].any()
    assert peak_dbfs(sound) < -3


def test_a_recording_that_is_misheard_can_be_spoken_again(tmp_path: Path) -> None:
    folder = tmp_path / "prompts"
    texts = read(tmp_path, TEXTS)
    render_pack(texts, tmp_path, spoken)

    def at_length(recording: Recording, *, chosen: bool) -> Spoken:
        return Spoken(recording, bytes(640))

    again = render_pack(texts, tmp_path, at_length, again=("bye_bye", "unknown"))
    assert again == ("bye_bye",)
    assert len(read_wav(folder / "bye_bye.wav")[0]) == 640
    assert stale(texts, folder) == ()


SPEAKER = '[voice]\nspeaker = "zm_yunjian"\n'


class Chooser:
    """An ear that prefers a slower good-bye, and notes whom it was asked to choose for."""

    def __init__(self) -> None:
        self.listened: list[str] = []

    def __call__(self, recording: Recording, *, chosen: bool) -> Spoken:
        if not chosen:
            self.listened.append(recording.id)
            if recording.id == "bye_bye":
                recording = replace(recording, speed=0.94)
        return Spoken(recording, bytes(round(3200 * recording.speed) // 2 * 2))


def test_the_take_that_was_chosen_is_spoken_again_without_listening(tmp_path: Path) -> None:
    folder = tmp_path / "prompts"
    render_pack(read(tmp_path, SPEAKER + TEXTS), tmp_path, Chooser())
    texts = read(tmp_path, SPEAKER + TEXTS)
    assert texts.recordings["bye_bye"].speed == 0.94
    assert texts.recordings["number_0"].speed == 1.0
    assert stale(texts, folder) == ()
    before = (folder / "bye_bye.wav").read_bytes()
    (folder / "bye_bye.wav").unlink()
    ear = Chooser()
    assert render_pack(texts, tmp_path, ear) == ("bye_bye",)
    assert ear.listened == []
    assert (folder / "bye_bye.wav").read_bytes() == before


def test_whoever_asks_again_has_the_ear_choose_again(tmp_path: Path) -> None:
    render_pack(read(tmp_path, SPEAKER + TEXTS), tmp_path, Chooser())
    ear = Chooser()
    render_pack(read(tmp_path, SPEAKER + TEXTS), tmp_path, ear, again=("bye_bye",))
    assert ear.listened == ["bye_bye"]

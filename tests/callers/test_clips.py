"""Every clip is there, is what `clips.toml` says, and is heard through a bad line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from asr.engine import embedded_model, load_model, transcribe
from asr.lexicon import load_lexicon
from hotline.demo import caller
from hotline.demo.clips import Clips
from ivr.packs import load_pack
from tests.callers import CLIPS, RATE_HZ, on_a_bad_line, pcm
from tools.voices.callers import LEDGER, recipe

LIBRARIES = {"callers": CLIPS, "demo": caller.CLIPS}
URGENT_LEVEL = 0.5  # `confirm` of `[urgent]`
MOST_MB = 2


@pytest.mark.parametrize("library", LIBRARIES)
def test_each_clip_was_made_from_its_text_and_voice(library: str) -> None:
    clips: Clips = LIBRARIES[library]
    folder: Path = next(iter(clips)).file.parent
    made = json.loads((folder / LEDGER).read_text("utf-8"))
    assert made == {clip.name: recipe(clip) for clip in clips}
    assert {clip.file for clip in clips} == set(folder.glob("*.wav"))
    assert sum(clip.file.stat().st_size for clip in clips) < MOST_MB * 1_000_000


def test_there_are_six_voices_none_of_which_trained_the_model_or_speaks_a_prompt() -> None:
    mouths = {clip.mouth for clip in CLIPS}
    assert len(mouths) >= 6
    speakers = {part.split("*")[0] for clip in CLIPS for part in clip.mouth.speaker.split("+")}
    assert speakers == {"zf_xiaoni", "zm_yunyang"}


@pytest.mark.parametrize(("snr_db", "loss"), [(None, 0.0), (20.0, 0.0), (None, 0.02)])
def test_what_is_urgent_is_heard_and_nothing_else(snr_db: float | None, loss: float) -> None:
    model, lexicon = load_model(embedded_model()), load_lexicon(load_pack("zh-CN").lexicon_path)
    wrong = []
    for clip in CLIPS:
        sound = on_a_bad_line(pcm(clip.name), snr_db=snr_db, loss=loss)
        hits = lexicon.hits(transcribe(model, sound, RATE_HZ).text)
        urgent = {
            hit.category
            for hit in hits
            if hit.level >= URGENT_LEVEL
            and lexicon.categories[hit.category].ticket_class == "urgent"
        }
        if (clip.means in urgent) if clip.means else not urgent:
            continue
        wrong.append(clip.name)
    assert len(wrong) <= 2, wrong


def test_a_bad_line_loses_the_share_that_is_asked_for_and_is_the_same_each_time() -> None:
    sound = (1000 * np.sin(np.arange(60 * RATE_HZ))).astype("<i2").tobytes()
    bad = on_a_bad_line(sound, loss=0.1)
    assert bad == on_a_bad_line(sound, loss=0.1)
    before = np.frombuffer(sound, "<i2").reshape(-1, 160)
    after = np.frombuffer(bad, "<i2").reshape(-1, 160)
    lost = float(np.mean((before != after).any(axis=1)))
    assert lost == pytest.approx(0.1, abs=0.03)

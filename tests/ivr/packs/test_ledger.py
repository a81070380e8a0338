"""The committed recordings are those of the texts, and the Chinese ones are understood."""

from __future__ import annotations

import re

import pytest
from pypinyin import lazy_pinyin
from rapidfuzz.distance import Levenshtein

from asr.engine import SpeechModel, Word, embedded_model, load_model
from ivr.media.pcm import silence
from ivr.packs.ledger import orphans, read_ledger, stale
from ivr.packs.pack import languages, load_pack, pack_folder
from ivr.prompts.takes import read_takes


@pytest.mark.parametrize("language", languages())
def test_no_committed_recording_is_stale_or_left_over(language: str) -> None:
    texts = load_pack(language).prompts.texts
    folder = pack_folder(language) / "prompts"
    assert stale(texts, folder) == ()
    assert orphans(texts, folder) == ()
    assert read_ledger(folder).keys() == texts.recordings.keys()


@pytest.fixture(scope="module")
def model() -> SpeechModel:
    model = load_model(embedded_model())
    assert isinstance(model, SpeechModel)
    return model


def heard(model: SpeechModel, pcm: bytes) -> str:
    """What the recogniser makes of 8 kHz speech."""
    recogniser = model.recogniser(8000)
    step = 2 * 8000 // 5
    padded = silence(300, 8000) + pcm + silence(300, 8000)
    words: list[Word] = []
    for start in range(0, len(padded), step):
        if recogniser.accept(padded[start : start + step]):
            words += recogniser.result()
    words += recogniser.finish()
    return "".join(word.text for word in words)


def test_a_recogniser_understands_the_chinese_prompts(model: SpeechModel) -> None:
    """Real Vosk on the committed recordings, counted in syllables without tones.

    The small model knows 2,000 words and no tones, so it writes homophones; the syllables
    are what was heard. Measured 15 % wrong, mostly words it does not know: an independent ear
    hears more of the same recordings (`make ear`).
    """
    prompts = load_pack("zh-CN").prompts
    wrong = total = 0
    for name in prompts.names[::2]:  # half of them: enough to notice a wrong voice
        for recording in prompts.get(name).recordings:
            text = re.sub(r"\W", "", recording.text)
            if recording.language != "zh-CN" or len(text) < 4:
                continue
            said = lazy_pinyin(text)
            got = lazy_pinyin(heard(model, prompts.pcm(recording.id, 8000)))
            wrong += Levenshtein.distance(said, got)
            total += len(said)
    assert total > 500
    assert wrong / total < 0.17


@pytest.mark.parametrize("name", ["greeting", "recorded_notice", "confirm_lift_entrapment"])
def test_the_sentences_that_matter_most_come_back_but_for_two_syllables(
    model: SpeechModel, name: str
) -> None:
    prompts = load_pack("zh-CN").prompts
    (recording,) = prompts.get(name).recordings
    said = lazy_pinyin(re.sub(r"\W", "", recording.text))
    # The ear has no tones and was made of other voices: 小时 and 号时 are one to it.
    got = lazy_pinyin(heard(model, prompts.pcm(recording.id, 8000)))
    assert Levenshtein.distance(said, got) <= 2


@pytest.mark.parametrize("language", languages())
def test_every_take_is_of_a_recording_and_changes_it(language: str) -> None:
    takes, mistakes = read_takes(pack_folder(language))
    assert mistakes == ()
    recordings = load_pack(language).prompts.texts.recordings
    assert takes.keys() <= recordings.keys()
    for name, take in takes.items():
        assert (recordings[name].speaker, recordings[name].speed) == (take.speaker, take.speed)

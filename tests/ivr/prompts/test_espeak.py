"""The real espeak-ng library speaks, from any thread, and refuses what it cannot speak."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from ivr.media.pcm import peak_dbfs, samples
from ivr.packs.pack import languages
from ivr.prompts.espeak import LONGEST_TEXT, VoiceError, espeak

SENTENCES = {"zh-CN": "请稍等。", "en": "One moment, please.", "ko": "잠시만 기다려 주세요."}


def seconds(pcm: bytes) -> float:
    return len(pcm) / (2 * espeak().rate_hz)


@pytest.mark.parametrize("language", languages())
def test_every_language_has_a_voice(language: str) -> None:
    pcm = espeak().speak(SENTENCES[language], language, words_per_minute=165)
    assert 0.3 < seconds(pcm) < 4
    assert peak_dbfs(samples(pcm)) > -20


def test_more_words_a_minute_are_shorter() -> None:
    slow, fast = (
        espeak().speak(SENTENCES["en"], "en", words_per_minute=speed) for speed in (100, 300)
    )
    assert len(fast) < 0.7 * len(slow)


def test_threads_do_not_mix_their_sentences() -> None:
    alone = {
        language: seconds(espeak().speak(text, language, words_per_minute=165))
        for language, text in SENTENCES.items()
    }

    def speak(language: str) -> tuple[str, float]:
        pcm = espeak().speak(SENTENCES[language], language, words_per_minute=165)
        return language, seconds(pcm)

    with ThreadPoolExecutor(8) as threads:
        for language, duration in threads.map(speak, list(SENTENCES) * 30):
            assert duration == pytest.approx(alone[language], rel=0.05)


def test_commands_hidden_in_a_text_are_not_obeyed() -> None:
    # ^A, a number and S is espeak-ng's command for speed; here the number is read out instead.
    plain = espeak().speak("hello there my friends", "en", words_per_minute=165)
    hidden = espeak().speak("\x01300S hello there my friends", "en", words_per_minute=165)
    assert seconds(hidden) > 1.3 * seconds(plain)
    assert espeak().speak("\0", "en", words_per_minute=165) is not None


def test_a_text_without_end_is_refused() -> None:
    with pytest.raises(VoiceError, match="too long"):
        espeak().speak("啊" * (LONGEST_TEXT + 1), "zh-CN", words_per_minute=165)


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(VoiceError, match="no voice for the language 'tlh'"):
        espeak().speak("nuqneH", "tlh", words_per_minute=165)


def test_the_library_is_loaded_once() -> None:
    assert espeak() is espeak()

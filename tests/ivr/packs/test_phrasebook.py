"""Sentences are put together from recorded parts; only free text needs the runtime voice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from ivr.media.pcm import pcm_bytes, silence, wav_bytes
from ivr.media.tones import Sound
from ivr.packs.company import CompanyPack
from ivr.packs.pack import languages, load_pack
from ivr.packs.phrasebook import (
    GROUP_GAP_MS,
    SENTENCE_GAP_MS,
    Digits,
    Moment,
    Number,
    Pause,
    Phrase,
    Phrasebook,
    Prompt,
    Text,
    Utterance,
)
from ivr.prompts.recordings import PromptMissing, Prompts
from ivr.prompts.voice import Voice, VoiceError

RATE_HZ = 8000
SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


class WrittenVoice(Voice):
    """Writes down what it is asked to speak; its sound is the text itself."""

    def __init__(self, *, broken: bool = False) -> None:
        super().__init__()
        self.spoken: list[tuple[str, str]] = []
        self._broken = broken

    async def speak(self, text: str, language: str, rate_hz: int) -> bytes:
        if self._broken:
            raise VoiceError("no voice today")
        self.spoken.append((text, language))
        return text.encode("utf-16-le")


@pytest.fixture
def voice() -> WrittenVoice:
    return WrittenVoice()


def phrasebook(voice: Voice, language: str = "zh-CN") -> Phrasebook:
    return Phrasebook(load_pack(language), voice, now=lambda: NOW)


def names(pieces: Sequence[bytes], language: str = "zh-CN") -> list[str]:
    """The pieces by the names of their recordings; `123ms` for silence."""
    prompts = load_pack(language).prompts
    known = {prompts.pcm(name, RATE_HZ): name for name in prompts.recordings}
    known |= {prompts.pcm(sound, RATE_HZ): str(sound) for sound in Sound}
    return [
        known.get(piece)
        or (f"{len(piece) * 500 // RATE_HZ}ms" if not any(piece) else piece.decode("utf-16-le"))
        for piece in pieces
    ]


async def test_a_prompt_is_its_recording_shared_not_copied(voice: WrittenVoice) -> None:
    pack = load_pack("zh-CN")
    (piece,) = await Phrasebook(pack, voice).render([Prompt("greeting")], RATE_HZ)
    assert piece is pack.prompts.pcm("greeting", RATE_HZ)


def test_what_is_said_can_be_read(voice: WrittenVoice) -> None:
    book = phrasebook(voice)
    assert book.words([Prompt("ticket_number", number=Digits("261129"))]) == (
        "您的工单号是 二 六 幺 , 幺 二 九"
    )
    assert book.words([Text("王先生"), Prompt("goodbye")]) == "王先生 , 感谢您的来电，再见。"


async def test_prompts_one_after_another_have_a_pause_between(voice: WrittenVoice) -> None:
    book = phrasebook(voice)
    pieces = await book.render([Prompt("greeting"), Prompt("recorded_notice")], RATE_HZ)
    assert names(pieces) == ["greeting", f"{SENTENCE_GAP_MS}ms", "recorded_notice"]


@pytest.mark.parametrize(
    ("utterance", "expected"),
    [
        (Number(15), ["number_15"]),
        (Number(205), ["two", "hundred", "number_0", "number_5"]),
        (Digits("1502"), ["number_1", "number_5", "number_0", "number_2"]),
        (
            Digits("138-0013-8000", phone=True),
            [
                *("yao", "number_3", "number_8", f"{GROUP_GAP_MS}ms"),
                *("number_0", "number_0", "yao", "number_3", f"{GROUP_GAP_MS}ms"),
                *("number_8", "number_0", "number_0", "number_0"),
            ],
        ),
        (
            Digits("100016"),  # a ticket number is spoken like a telephone number
            [
                *("yao", "number_0", "number_0", f"{GROUP_GAP_MS}ms"),
                *("number_0", "yao", "number_6"),
            ],
        ),
        (
            Moment(datetime(2026, 11, 21, 12, 5, tzinfo=UTC), SHANGHAI),
            ["today", "hour_20", "number_0", "number_5-minute"],
        ),
        (
            Moment(datetime(2026, 11, 21, 17, 0, tzinfo=UTC), SHANGHAI),
            ["tomorrow", "hour_1"],  # the clock in Shanghai is past midnight
        ),
        (Pause(120), ["120ms"]),
        (Prompt("tone"), ["tone"]),
        (Text("王师傅"), ["王师傅"]),
        (Number(12345), ["12345"]),
        (Digits("-"), []),
        (Phrase(Number(3), Text("号")), ["number_3", "号"]),
        (Prompt("place_building", number=Number(3)), ["number_3-place_building"]),
        (Prompt("place_building", number=Number(99)), ["number_99", "place_building"]),
        (
            Prompt("confirm_fire"),
            ["confirm_fire", "300ms", "yes_no"],  # a slot with the name of a prompt
        ),
        (
            Prompt(
                "read_back_place",
                place=Phrase(
                    Prompt("place_building", number=Number(3)),
                    Prompt("place_room", number=Digits("15")),
                ),
            ),
            [
                *("read_back_place", "number_3-place_building"),
                *("number_1", "number_5", "place_room", "150ms", "right_wrong"),
            ],
        ),
    ],
)
async def test_utterances_are_made_of_recorded_parts(
    voice: WrittenVoice, utterance: Utterance, expected: list[str]
) -> None:
    pieces = await phrasebook(voice).render([utterance], RATE_HZ)
    assert names(pieces) == expected


async def test_slowly_is_longer_by_a_fifth_and_shared_too(voice: WrittenVoice) -> None:
    book = phrasebook(voice)
    (usual,) = await book.render([Prompt("greeting")], RATE_HZ)
    (slow,) = await book.render([Prompt("greeting")], RATE_HZ, slowly=True)
    assert len(slow) == pytest.approx(1.2 * len(usual), abs=4)
    assert (await book.render([Prompt("greeting")], RATE_HZ, slowly=True))[0] is slow
    assert (await book.render([Prompt("greeting")], RATE_HZ))[0] is usual


@pytest.mark.parametrize("recorded", ["number_3", "place_building"])
async def test_a_company_that_recorded_one_of_two_pieces_is_heard_in_one_voice(
    voice: WrittenVoice, tmp_path: Path, recorded: str
) -> None:
    utterance = Prompt("place_building", number=Number(3))
    own = pcm_bytes(0.1 * np.ones(RATE_HZ // 2))
    (tmp_path / f"{recorded}.wav").write_bytes(wav_bytes(own, RATE_HZ))
    book = Phrasebook(load_pack("zh-CN", tmp_path), voice)
    assert len(pieces := await book.render([utterance], RATE_HZ)) == 2
    assert own in pieces
    (tmp_path / "number_3-place_building.wav").write_bytes(wav_bytes(own, RATE_HZ))
    assert await book.render([utterance], RATE_HZ) == [own]


async def test_a_part_that_a_company_words_anew_is_not_swallowed_by_a_joined_recording(
    voice: WrittenVoice, tmp_path: Path
) -> None:
    folder = tmp_path / "zh-CN"
    folder.mkdir()
    (folder / "prompts.toml").write_text('[prompts]\nplace_building = "{number}栋"\n', "utf-8")
    book = Phrasebook(load_pack("zh-CN", company=CompanyPack(tmp_path, ("zh-CN",))), voice)
    pieces = await book.render([Prompt("place_building", number=Number(3))], RATE_HZ)
    assert len(pieces) == 2
    assert voice.spoken == [("栋", "zh-CN")]


async def test_only_free_text_needs_the_runtime_voice(voice: WrittenVoice) -> None:
    await phrasebook(voice).render(
        [
            Prompt("dispatch_trying", who=Text("王师傅")),
            Prompt("status_received", when=Moment(NOW, SHANGHAI)),
            Prompt("ticket_number", number=Digits("1000017")),
        ],
        RATE_HZ,
    )
    assert voice.spoken == [("王师傅", "zh-CN")]


@pytest.mark.parametrize("language", languages())
async def test_every_prompt_can_be_spoken_in_every_language_without_the_voice(
    voice: WrittenVoice, language: str
) -> None:
    pack = load_pack(language)
    book = Phrasebook(pack, voice, now=lambda: NOW)
    for name in pack.prompts.names:
        slots: dict[str, Utterance] = {
            slot: Number(7) for slot in pack.prompts.texts.open_slots(name)
        }
        assert await book.render([Prompt(name, **slots)], RATE_HZ)
    assert voice.spoken == []


async def test_a_pause_asked_for_takes_the_place_of_the_usual_one(voice: WrittenVoice) -> None:
    pieces = await phrasebook(voice).render([Prompt("one_moment"), Pause(40)], RATE_HZ)
    assert names(pieces) == ["one_moment", "40ms"]


async def test_an_unknown_prompt_and_an_empty_slot_are_typed_errors(voice: WrittenVoice) -> None:
    book = phrasebook(voice)
    with pytest.raises(PromptMissing, match="no prompt 'hallo'"):
        await book.render([Prompt("hallo")], RATE_HZ)
    with pytest.raises(PromptMissing, match="'ticket_number' needs its slot 'number'"):
        await book.render([Prompt("ticket_number")], RATE_HZ)


async def test_a_voice_that_fails_leaves_the_rest_of_the_sentence(
    caplog: pytest.LogCaptureFixture,
) -> None:
    book = phrasebook(WrittenVoice(broken=True))
    pieces = await book.render([Prompt("dispatch_trying", who=Text("王师傅"))], RATE_HZ)
    assert names(pieces) == ["dispatch_trying"]
    assert "text left unspoken" in caplog.text
    assert "王师傅" not in caplog.text


async def test_a_recording_that_is_gone_is_spoken_instead(
    voice: WrittenVoice, tmp_path: Path
) -> None:
    pack = load_pack("zh-CN")
    empty = replace(pack, prompts=Prompts(pack.prompts.texts, tmp_path))
    pieces = await Phrasebook(empty, voice).render([Prompt("other_languages")], RATE_HZ)
    assert voice.spoken == [("For English, press 9.", "en")]
    assert len(pieces) == 1


async def test_a_whole_sentence_is_spoken_by_the_real_voice() -> None:
    voice = Voice()
    pieces = await phrasebook(voice).render([Prompt("dispatch_trying", who=Text("王师傅"))], 16000)
    voice.close()
    assert len(pieces) == 2
    assert all(any(piece) for piece in pieces)
    assert len(pieces[1]) > len(silence(200, 16000))


def test_utterances_are_equal_when_they_say_the_same() -> None:
    assert Prompt("a", number=Digits("1")) == Prompt("a", number=Digits("1"))
    assert Prompt("a", number=Digits("1")) != Prompt("a", number=Digits("2"))

"""Transcripts: shown, corrected, asked for again."""

from __future__ import annotations

import re

from call_logs import Store
from call_logs.recordings import TranscriptData, TranscriptStatus
from call_logs.users import HOTLINE
from tests.dashboard.browserless import Visitor
from tests.dashboard.morning import TEXT, report
from tests.people import person


async def test_a_correction_keeps_what_the_machine_wrote(store: Store, operator: Visitor) -> None:
    told = await report(store)
    before = await store.transcripts.get(told.recording_id)

    answer = await operator.send(
        f"/recordings/{told.recording_id}/transcript",
        text="3号楼2单元走廊的灯全坏了",
        version=before.version,
    )

    assert answer.status_code == 200
    assert "Corrected by operator" in answer.text
    after = await store.transcripts.get(told.recording_id)
    assert (after.text, after.heard_text) == ("3号楼2单元走廊的灯全坏了", TEXT)


async def test_two_corrections_at_once_are_both_shown(store: Store, operator: Visitor) -> None:
    told = await report(store)
    before = await store.transcripts.get(told.recording_id)
    await store.transcripts.correct(told.recording_id, person("manager"), text="经理的更正")

    answer = await operator.send(
        f"/recordings/{told.recording_id}/transcript", text="我的更正", version=before.version
    )

    assert answer.status_code == 409
    assert "经理的更正" in answer.text
    assert "我的更正</textarea>" in answer.text
    version = re.search(r'name="version" value="(\d+)"', answer.text)
    assert version
    assert int(version.group(1)) > before.version


async def test_each_state_of_a_transcript_says_what_happens(
    store: Store, operator: Visitor
) -> None:
    told = await report(store, transcribed=False)
    address = f"/recordings/{told.recording_id}/transcript"
    await store.transcripts.queue(told.recording_id, HOTLINE)
    assert "Being transcribed" in (await operator.part(address)).text

    await store.transcripts.wait(told.recording_id, "no model")
    assert "No speech model is installed" in (await operator.part(address)).text

    await store.transcripts.fail(told.recording_id, "the model is broken")
    text = (await operator.part(address)).text
    assert "The transcription failed: the model is broken" in text

    await operator.send(f"{address}/retry")
    again = await store.transcripts.get(told.recording_id)
    assert again.status is TranscriptStatus.PENDING


async def test_an_unsure_word_says_how_sure(store: Store, operator: Visitor) -> None:
    told = await report(store)

    text = (await operator.part(f"/recordings/{told.recording_id}/transcript")).text

    assert re.search(r'class="word unsure"[^>]*title="42% sure">走廊<', text)


async def test_a_recording_heard_twice_shows_the_text_that_did_not_win(
    store: Store, operator: Visitor
) -> None:
    told = await report(store)
    page = f"/recordings/{told.recording_id}/transcript"
    assert "Heard twice" not in (await operator.part(page)).text
    await store.second_hearings.begin(told.recording_id)
    assert "Heard twice" not in (await operator.part(page)).text  # nothing is written yet
    better = TranscriptData("3号楼<b>走廊</b>", (), "zh-CN", "whisper-base", 3.0)
    await store.second_hearings.save(
        told.recording_id, better, confidence=0.8, first_confidence=0.5, won=True
    )
    text = (await operator.part(page)).text
    assert "Model: whisper-base" in text
    first = (await store.second_hearings.for_call(told.call_id))[0]
    assert f"Heard twice; {first.first_model} wrote: {TEXT}" in text
    assert "<b>走廊" not in text

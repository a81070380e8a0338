"""A recording is heard once more: the better text stays, both are kept, nothing is in the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import update

from call_logs import Store
from call_logs.jobs import HeardAgain, SecondHearingLoop
from call_logs.recordings import (
    RecordingReader,
    SecondHearingState,
    Transcript,
    TranscriptData,
    TranscriptWord,
)
from call_logs.recordings.second_hearings import TRIES
from call_logs.storage import StoreError
from call_logs.tables.recordings import TranscriptRow
from tests.call_logs.recordings.test_store import recorded
from tests.people import person

FIRST = TranscriptData(
    "三号路漏水", (TranscriptWord("三号路", 0.1, 0.9, 0.4),), "zh-CN", "vosk", 1.0
)
SECOND = TranscriptData(
    "3号楼漏水", (TranscriptWord("3号楼", 0.1, 0.8, 0.9),), "zh-CN", "whisper", 1.0
)


class Whisper:
    """An engine of ours."""

    def __init__(self) -> None:
        self.ready = True
        self.won = True
        self.fails = 0
        self.heard: list[str] = []
        self.at_once = self.most_at_once = self.closed = 0
        self.began = asyncio.Event()
        self.before_it_answers = asyncio.Event()
        self.before_it_answers.set()

    async def __call__(self, reader: RecordingReader, first: Transcript) -> HeardAgain:
        self.heard.append(first.text)
        self.began.set()
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            await self.before_it_answers.wait()
            if self.fails:
                self.fails -= 1
                raise RuntimeError("the engine broke")
        finally:
            self.at_once -= 1
        assert reader.duration_s == 1.0
        return HeardAgain(SECOND, 0.8, 0.4, self.won)

    async def close(self) -> None:
        self.closed += 1


class Review:
    def __init__(self) -> None:
        self.seen: list[str] = []
        self.fails = 0

    async def __call__(self, call_id: str, transcript: Transcript) -> None:
        if self.fails:
            self.fails -= 1
            raise RuntimeError("the lexicon broke")
        self.seen.append(transcript.text)


@pytest.fixture
async def whisper() -> Whisper:
    return Whisper()


@pytest.fixture
async def review() -> Review:
    return Review()


@pytest.fixture
async def again(store: Store, whisper: Whisper, review: Review) -> AsyncIterator[SecondHearingLoop]:
    loop = SecondHearingLoop(
        store,
        whisper,
        ready=lambda: whisper.ready,
        on_better=review,
        on_idle=whisper.close,
    )
    yield loop
    await loop.close()


async def written(store: Store) -> str:
    """A recording with its first transcript."""
    recording = await recorded(store)
    await store.transcripts.save(recording.id, FIRST)
    return recording.id


async def test_the_better_text_becomes_the_transcript_and_both_are_kept(
    store: Store, again: SecondHearingLoop, whisper: Whisper, review: Review
) -> None:
    recording = await written(store)
    await again.run_once()
    transcript = await store.transcripts.get(recording)
    assert (transcript.text, transcript.heard_text, transcript.model) == (
        "3号楼漏水",
        "3号楼漏水",
        "whisper",
    )
    assert transcript.words == SECOND.words
    hearing = await store.second_hearings.get(recording)
    assert hearing is not None
    assert hearing.state is SecondHearingState.DONE
    assert (hearing.first_text, hearing.first_model) == ("三号路漏水", "vosk")
    assert (hearing.text, hearing.other_text) == ("3号楼漏水", "三号路漏水")
    assert (hearing.confidence, hearing.first_confidence) == (0.8, 0.4)
    assert await store.second_hearings.for_call(transcript.call_id) == (hearing,)
    assert review.seen == ["3号楼漏水"]
    assert whisper.closed == 1  # its memory is given back
    await again.run_once()
    assert whisper.heard == ["三号路漏水"]


async def test_a_worse_text_changes_nothing_but_is_kept(
    store: Store, again: SecondHearingLoop, whisper: Whisper, review: Review
) -> None:
    recording = await written(store)
    whisper.won = False
    await again.run_once()
    transcript = await store.transcripts.get(recording)
    assert (transcript.text, transcript.model, transcript.words) == (
        "三号路漏水",
        "vosk",
        FIRST.words,
    )
    hearing = await store.second_hearings.get(recording)
    assert hearing is not None
    assert (hearing.won, hearing.other_text) == (False, "3号楼漏水")
    assert review.seen == []


async def test_what_a_person_corrected_stays_also_when_it_happens_meanwhile(
    store: Store, again: SecondHearingLoop, whisper: Whisper, review: Review
) -> None:
    corrected, meanwhile = await written(store), await written(store)
    await store.transcripts.correct(corrected, person("wang"), text="他说的是三号楼")
    whisper.before_it_answers.clear()
    running = asyncio.create_task(again.run_once())
    await whisper.began.wait()
    await store.transcripts.correct(meanwhile, person("wang"), text="还是三号楼")
    whisper.before_it_answers.set()
    await running
    assert len(whisper.heard) == 1
    assert (await store.transcripts.get(corrected)).text == "他说的是三号楼"
    assert (await store.transcripts.get(meanwhile)).text == "还是三号楼"
    hearing = await store.second_hearings.get(meanwhile)
    assert hearing is not None
    assert not hearing.won
    assert review.seen == []


async def test_one_at_a_time_and_one_that_fails_does_not_keep_the_others(
    store: Store, again: SecondHearingLoop, whisper: Whisper
) -> None:
    recordings = [await written(store) for _ in range(3)]
    whisper.fails = 1
    with pytest.raises(StoreError, match="1 of 3 failed"):
        await again.run_once()
    await again.run_once()
    for recording in recordings:
        hearing = await store.second_hearings.get(recording)
        assert hearing is not None
        assert hearing.state is SecondHearingState.DONE
    assert whisper.most_at_once == 1


async def test_a_recording_that_always_fails_is_given_up_and_its_first_text_stands(
    store: Store, again: SecondHearingLoop, whisper: Whisper
) -> None:
    recording = await written(store)
    whisper.fails = 99
    for _ in range(TRIES + 2):
        with suppress(StoreError):
            await again.run_once()
    assert len(whisper.heard) == TRIES
    hearing = await store.second_hearings.get(recording)
    assert hearing is not None
    assert hearing.state is SecondHearingState.FAILED
    assert (await store.transcripts.get(recording)).text == "三号路漏水"


async def test_a_stop_in_the_middle_begins_anew(
    store: Store, again: SecondHearingLoop, whisper: Whisper
) -> None:
    recording = await written(store)
    whisper.before_it_answers.clear()
    running = asyncio.create_task(again.run_once())
    await whisper.began.wait()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    whisper.before_it_answers.set()
    await again.run_once()
    hearing = await store.second_hearings.get(recording)
    assert hearing is not None
    assert (hearing.state, hearing.tries) == (SecondHearingState.DONE, 2)


async def test_a_stop_before_the_better_text_was_read_reads_it_without_hearing_it_again(
    store: Store, again: SecondHearingLoop, whisper: Whisper, review: Review
) -> None:
    await written(store)
    review.fails = 1
    with pytest.raises(StoreError):
        await again.run_once()
    await again.run_once()
    assert len(whisper.heard) == 1
    assert review.seen == ["3号楼漏水"]


async def test_nothing_is_heard_or_counted_while_there_is_no_engine(
    store: Store, again: SecondHearingLoop, whisper: Whisper
) -> None:
    recording = await written(store)
    whisper.ready = False
    await again.run_once()
    assert await store.second_hearings.get(recording) is None
    whisper.ready = True
    await again.run_once()
    assert await store.second_hearings.get(recording) is not None


async def test_whoever_switches_it_on_does_not_have_years_heard_again(
    store: Store, again: SecondHearingLoop, whisper: Whisper
) -> None:
    recording = await written(store)
    async with store.session() as session:
        old = store.clock.now() - timedelta(days=3)
        await session.execute(
            update(TranscriptRow)
            .where(TranscriptRow.recording_id == recording)
            .values(updated_at=old)
        )
    await again.run_once()
    assert whisper.heard == []


async def test_another_nodes_recordings_are_left_to_it(store: Store) -> None:
    recording = await written(store)
    assert await store.second_hearings.due("another") == ()
    assert await store.second_hearings.due(store.node) == (recording,)

"""What was said in a call: its recordings with their transcripts, ready to show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from call_logs.calls import CallRecord
from call_logs.recordings import Recording, RecordingStatus, SecondHearing, Transcript
from call_logs.storage import NotFound
from dashboard.calls.alignment import Token, align
from dashboard.web.site import Site

PLAYABLE_S = 0.2  # a shorter recording holds nothing to hear


@dataclass(frozen=True)
class TranscriptPage:
    """One recording, and its transcript when there is or will be one."""

    recording: Recording
    transcript: Transcript | None
    tokens: tuple[Token, ...] = field(default=(), repr=False)
    further: CallRecord | None = None  # that it is of, when that is not the ticket's own
    second: SecondHearing | None = None  # by a better engine, when both texts are there

    @property
    def playable(self) -> bool:
        kept = self.recording.status is not RecordingStatus.PURGED
        return kept and self.recording.duration_s >= PLAYABLE_S


async def speeches(site: Site, call_id: str) -> tuple[TranscriptPage, ...]:
    """All recordings of a call in the order they were made."""
    transcripts = {
        transcript.recording_id: transcript
        for transcript in await site.store.transcripts.for_call(call_id)
    }
    seconds = {
        hearing.recording_id: hearing
        for hearing in await site.store.second_hearings.for_call(call_id)
    }
    return tuple(
        _speech(recording, transcripts.get(recording.id), seconds.get(recording.id))
        for recording in await site.store.recordings.for_call(call_id)
    )


async def ticket_speeches(
    site: Site, call_id: str | None, further_calls: Sequence[CallRecord]
) -> tuple[TranscriptPage, ...]:
    """Those of a ticket's own call, and of the calls back and others about it."""
    found = list(await speeches(site, call_id)) if call_id else []
    for call in further_calls:
        found += [replace(each, further=call) for each in await speeches(site, call.id)]
    return tuple(found)


async def speech(site: Site, recording_id: str) -> TranscriptPage:
    """One recording.

    Raises:
        NotFound: it does not exist.
    """
    recording = await site.store.recordings.get(recording_id)
    try:
        transcript = await site.store.transcripts.get(recording_id)
    except NotFound:
        transcript = None
    return _speech(recording, transcript, await site.store.second_hearings.get(recording_id))


def _speech(
    recording: Recording, transcript: Transcript | None, second: SecondHearing | None
) -> TranscriptPage:
    tokens = align(transcript.text, transcript.words) if transcript else ()
    both = second if second is not None and second.complete else None
    return TranscriptPage(recording, transcript, tokens, second=both)

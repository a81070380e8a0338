"""Sound and transcripts for programs."""

from __future__ import annotations

from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Query, Response

from call_logs.recordings import Channel
from call_logs.storage import NotFound
from dashboard.calls.api_models import CorrectionIn, PeaksOut, SecondHearingOut, TranscriptOut
from dashboard.calls.audio import audio_response
from dashboard.web.access import note_access
from dashboard.web.signin import Listener
from dashboard.web.site import SiteOf

router = APIRouter(prefix="/recordings/{recording_id}", tags=["recordings"])


@router.get(
    "/audio",
    response_class=Response,
    responses={200: {"content": {"audio/wav": {}}}, 206: {"content": {"audio/wav": {}}}},
)
async def get_audio(
    site: SiteOf,
    login: Listener,
    recording_id: str,
    channel: Channel = Channel.MIXED,
    range: Annotated[str | None, Header()] = None,
) -> Response:
    """The recording as WAV: the whole, or the part that the `Range` header asks for."""
    reader = await site.store.recordings.open(recording_id)
    await note_access(site, login, "listened", "recording", recording_id, again=True)
    return audio_response(reader, channel, range)


@router.get("/peaks")
async def get_peaks(
    site: SiteOf,
    login: Listener,
    recording_id: str,
    count: Annotated[int, Query(ge=10, le=4000)] = 600,
) -> PeaksOut:
    """The waveform: `count` loudnesses 0..1 of both channels."""
    reader = await site.store.recordings.open(recording_id)
    try:
        caller, hotline = await run_sync(reader.peaks, count)
    finally:
        reader.close()
    return PeaksOut(duration_s=reader.duration_s, caller=list(caller), hotline=list(hotline))


@router.get("/transcript")
async def get_transcript(site: SiteOf, login: Listener, recording_id: str) -> TranscriptOut:
    """The transcript, words with times."""
    transcript = await site.store.transcripts.get(recording_id)
    await note_access(site, login, "looked", "transcript", recording_id)
    return TranscriptOut.model_validate(transcript)


@router.get("/second-hearing")
async def get_second_hearing(site: SiteOf, login: Listener, recording_id: str) -> SecondHearingOut:
    """Both texts of a recording that a better engine has heard once more; `won` says which of
    them is the transcript."""
    hearing = await site.store.second_hearings.get(recording_id)
    if hearing is None:
        raise NotFound(f"recording {recording_id} has not been heard again")
    await note_access(site, login, "looked", "transcript", recording_id)
    return SecondHearingOut.model_validate(hearing)


@router.patch("/transcript", responses={409: {"description": "Somebody else was faster."}})
async def correct_transcript(
    site: SiteOf, login: Listener, recording_id: str, body: CorrectionIn
) -> TranscriptOut:
    """Replace the text; what the recogniser wrote stays in `heard_text`."""
    await site.store.transcripts.correct(
        recording_id, login.actor, text=body.text, version=body.version
    )
    return TranscriptOut.model_validate(await site.store.transcripts.get(recording_id))

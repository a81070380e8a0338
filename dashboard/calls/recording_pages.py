"""The transcript of a recording and its correction; sound and waveform come from the API."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from call_logs.storage import VersionConflict
from dashboard.calls.speech import speech
from dashboard.web.access import note_access
from dashboard.web.inputs import RowId
from dashboard.web.render import fragment
from dashboard.web.signin import Listener
from dashboard.web.site import SiteOf

router = APIRouter(prefix="/recordings/{recording_id}")


@router.get("/transcript")
async def show_transcript(
    request: Request, site: SiteOf, login: Listener, recording_id: str
) -> Response:
    said = await speech(site, recording_id)
    await note_access(site, login, "looked", "transcript", recording_id, again=True)
    return fragment(request, site, login, "calls/transcript.html", speech=said, phrases=())


@router.get("/transcript/edit")
async def open_form(request: Request, site: SiteOf, login: Listener, recording_id: str) -> Response:
    transcript = await site.store.transcripts.get(recording_id)
    await note_access(site, login, "looked", "transcript", recording_id, again=True)
    return fragment(
        request,
        site,
        login,
        "calls/transcript_form.html",
        transcript=transcript,
        text=transcript.text,
        stored=None,
    )


@router.post("/transcript")
async def correct(
    *,
    request: Request,
    site: SiteOf,
    login: Listener,
    recording_id: str,
    version: Annotated[RowId, Form()],
    text: Annotated[str, Form(max_length=100_000)] = "",
) -> Response:
    """Save a correction. When somebody was faster, show both texts and save nothing."""
    text = text.replace("\r\n", "\n").strip()
    try:
        await site.store.transcripts.correct(recording_id, login.actor, text=text, version=version)
    except VersionConflict:
        transcript = await site.store.transcripts.get(recording_id)
        return fragment(
            request,
            site,
            login,
            "calls/transcript_form.html",
            HTTPStatus.CONFLICT,
            transcript=transcript,
            text=text,
            stored=transcript.text,
        )
    said = await speech(site, recording_id)
    return fragment(request, site, login, "calls/transcript.html", speech=said, phrases=())


@router.post("/transcript/retry")
async def retry(request: Request, site: SiteOf, login: Listener, recording_id: str) -> Response:
    """Queue a transcription again that failed."""
    await site.store.transcripts.queue(recording_id, login.actor)
    said = await speech(site, recording_id)
    return fragment(request, site, login, "calls/transcript.html", speech=said, phrases=())

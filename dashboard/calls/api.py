"""Calls for programs: those that were and those that go on."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from call_logs.calls import CallFilter, RequestAction
from dashboard.calls.api_models import (
    CallEventOut,
    CallOut,
    LiveCallOut,
    RecordingOut,
    TranscriptOut,
)
from dashboard.web.access import note_access
from dashboard.web.api_models import PageOut
from dashboard.web.inputs import Moment, RowId
from dashboard.web.signin import CallController, CallReader, Listener
from dashboard.web.site import SiteOf

router = APIRouter(tags=["calls"])


@router.get("/calls")
async def list_calls(
    *,
    site: SiteOf,
    login: CallReader,
    caller: str | None = None,
    ticket_id: RowId | None = None,
    trunk: str | None = None,
    active: bool | None = None,
    missed: bool = False,
    since: Moment | None = None,
    until: Moment | None = None,
    before: RowId | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> PageOut[CallOut]:
    """Calls, newest first."""
    page = await site.store.calls.list(
        CallFilter(
            caller=caller,
            ticket_id=ticket_id,
            trunk=trunk,
            active=active,
            missed=missed,
            since=since,
            until=until,
            before=before,
            limit=limit,
        )
    )
    await note_access(site, login, "listed", "call", again=True)
    return PageOut.of(page, CallOut.model_validate)


@router.get("/calls/{call_id}")
async def get_call(site: SiteOf, login: CallReader, call_id: str) -> CallOut:
    """One call."""
    call = await site.store.calls.get(call_id)
    await note_access(site, login, "looked", "call", call_id)
    return CallOut.model_validate(call)


@router.post("/calls/{call_id}/handled")
async def mark_call_handled(site: SiteOf, login: CallController, call_id: str) -> CallOut:
    """Say that you have seen to a missed call; the first who says so counts."""
    return CallOut.model_validate(await site.store.calls.handle(call_id, login.actor))


@router.get("/calls/{call_id}/events")
async def list_call_events(site: SiteOf, login: CallReader, call_id: str) -> list[CallEventOut]:
    """What happened in the call, oldest first."""
    await site.store.calls.get(call_id)
    await note_access(site, login, "looked", "call", call_id)
    return [CallEventOut.model_validate(event) for event in await site.store.calls.events(call_id)]


@router.get("/calls/{call_id}/recordings")
async def list_call_recordings(site: SiteOf, login: Listener, call_id: str) -> list[RecordingOut]:
    """The recordings of a call."""
    recordings = await site.store.recordings.for_call(call_id)
    return [RecordingOut.model_validate(recording) for recording in recordings]


@router.get("/calls/{call_id}/transcripts")
async def list_call_transcripts(site: SiteOf, login: Listener, call_id: str) -> list[TranscriptOut]:
    """The transcripts of a call, words with times."""
    await note_access(site, login, "looked", "transcript", call_id)
    transcripts = await site.store.transcripts.for_call(call_id)
    return [TranscriptOut.model_validate(transcript) for transcript in transcripts]


@router.get("/live")
async def list_live(site: SiteOf, login: CallReader) -> list[LiveCallOut]:
    """The calls that go on now, longest first."""
    await note_access(site, login, "looked", "live", again=True)
    calls = sorted(await site.store.live.list(), key=lambda call: call.since)
    return [LiveCallOut.model_validate(call) for call in calls]


@router.post("/live/{call_id}/hangup", status_code=HTTPStatus.ACCEPTED)
async def hang_up(site: SiteOf, login: CallController, call_id: str) -> dict[str, int]:
    """Ask the node that holds the call to end it."""
    request_id = await site.store.requests.add(RequestAction.HANGUP, call_id, actor=login.actor)
    return {"request_id": request_id}

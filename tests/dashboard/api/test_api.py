"""The REST API as a program uses it, by bearer token."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI

from call_logs import Store
from call_logs.recordings import TranscriptData
from call_logs.tickets import TicketStatus, edit
from tests.dashboard.browserless import Program
from tests.dashboard.morning import begin, calling_back, report
from tests.people import person


async def test_a_token_says_whose_it_is_until_it_is_given_back(program: Program) -> None:
    assert (await program.get("/sessions/current"))["name"] == "operator"

    assert (await program.call("DELETE", "/sessions/current")).status_code == 204
    assert (await program.call("GET", "/sessions/current")).status_code == 401


async def test_a_wrong_password_is_401_with_a_reason(app: FastAPI) -> None:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://hotline.test") as http:
        answer = await http.post("/api/v1/sessions", json={"name": "operator", "password": "x"})

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "login_refused"


async def test_tickets_are_listed_filtered_and_paged(store: Store, program: Program) -> None:
    tickets = [(await report(store, transcribed=False)).ticket for _ in range(3)]

    page = await program.get("/tickets?limit=2&open=true")
    assert [item["id"] for item in page["items"]] == [tickets[2].id, tickets[1].id]
    assert page["total"] == 3
    rest = await program.get(f"/tickets?limit=2&before={page['next_cursor']}")
    assert [item["number"] for item in rest["items"]] == [tickets[0].number]
    assert rest["next_cursor"] is None
    found = await program.get(f"/tickets?number={tickets[1].number}")
    assert [item["id"] for item in found["items"]] == [tickets[1].id]


async def test_a_ticket_is_corrected_moved_and_noted(store: Store, program: Program) -> None:
    ticket = (await report(store)).ticket
    path = f"/tickets/{ticket.id}"

    changed = (
        await program.call("PATCH", path, version=ticket.version, room="1502", people=3)
    ).json()
    assert (changed["room"], changed["people"]) == ("1502", 3)
    moved = await program.call(
        "POST", f"{path}/moves", status="registered", version=changed["version"], note="called"
    )
    assert moved.json()["status"] == "registered"
    await program.call("POST", f"{path}/notes", note="a lamp is ordered")

    history = await program.get(f"{path}/history")
    assert [change["action"] for change in history] == ["opened", "updated", "moved", "note"]
    assert history[1]["changes"] == {"room": ["", "1502"], "people": [None, 3]}
    assert (await store.tickets.get(ticket.id)).status is TicketStatus.REGISTERED


async def test_an_old_version_is_refused_with_409(store: Store, program: Program) -> None:
    ticket = (await report(store)).ticket
    await store.tickets.update(ticket.id, person("manager"), edit(room="7"))

    answer = await program.call("PATCH", f"/tickets/{ticket.id}", version=ticket.version, room="8")

    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "version_conflict"
    assert (await store.tickets.get(ticket.id)).room == "7"


async def test_a_misspelt_field_is_named(store: Store, program: Program) -> None:
    ticket = (await report(store)).ticket

    answer = await program.call("PATCH", f"/tickets/{ticket.id}", version=1, rom="8")

    assert answer.status_code == 422
    assert answer.json()["error"]["fields"][0]["field"] == "body.rom"


async def test_an_unknown_ticket_and_an_unknown_path_are_json(program: Program) -> None:
    for path in ("/tickets/999", "/nowhere"):
        answer = await program.call("GET", path)
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "not_found"


async def test_a_call_with_its_events_recording_and_transcript(
    store: Store, program: Program
) -> None:
    told = await report(store)

    calls = await program.get("/calls")
    assert [call["id"] for call in calls["items"]] == [told.call_id]
    assert (await program.get(f"/calls/{told.call_id}"))["ticket_id"] == told.ticket.id
    kinds = [event["kind"] for event in await program.get(f"/calls/{told.call_id}/events")]
    assert "answered" in kinds
    assert "ticket" in kinds
    (recording,) = await program.get(f"/calls/{told.call_id}/recordings")
    assert recording["id"] == told.recording_id
    (transcript,) = await program.get(f"/calls/{told.call_id}/transcripts")
    assert transcript["words"][0] == {
        "text": "三",
        "start_s": pytest.approx(0.4),
        "end_s": pytest.approx(0.76),
        "confidence": 0.97,
    }


async def test_a_transcript_is_corrected(store: Store, program: Program) -> None:
    told = await report(store)
    path = f"/recordings/{told.recording_id}/transcript"
    version = (await program.get(path))["version"]

    answer = await program.call("PATCH", path, text="改过的", version=version)

    assert answer.json()["text"] == "改过的"
    assert answer.json()["corrected_by"] == "operator"
    again = await program.call("PATCH", path, text="又改", version=version)
    assert again.status_code == 409


async def test_both_texts_of_a_recording_heard_twice(store: Store, program: Program) -> None:
    told = await report(store)
    path = f"/recordings/{told.recording_id}/second-hearing"
    assert (await program.call("GET", path)).status_code == 404
    await store.second_hearings.begin(told.recording_id)
    first = (await store.transcripts.get(told.recording_id)).heard_text
    data = TranscriptData("3号楼走廊", (), "zh-CN", "whisper-base", 3.0)
    await store.second_hearings.save(
        told.recording_id, data, confidence=0.8, first_confidence=0.5, won=True
    )
    answer = await program.get(path)
    assert (answer["text"], answer["first_text"], answer["won"]) == ("3号楼走廊", first, True)


async def test_live_calls_are_listed_and_ended(store: Store, program: Program) -> None:
    call_id = await begin(store)
    await store.live.flush()

    (live,) = await program.get("/live")
    assert live["call_id"] == call_id
    assert (await program.call("POST", f"/live/{call_id}/hangup")).status_code == 202
    (request,) = await store.requests.take()
    assert request.call_id == call_id


async def test_the_calls_of_a_ticket_are_its_own_and_the_calls_back(
    store: Store, program: Program
) -> None:
    told = await report(store)
    await report(store)
    back = await calling_back(store, told.ticket)
    await store.live.flush()

    page = await program.get(f"/calls?ticket_id={told.ticket.id}")

    assert [(call["id"], call["direction"]) for call in page["items"]] == [
        (back, "out"),
        (told.call_id, "in"),
    ]
    (live,) = await program.get("/live")
    assert (live["call_id"], live["direction"], live["menu"]) == (back, "out", "called_back")


async def test_a_cookie_without_the_token_of_its_pages_changes_nothing(
    store: Store, program: Program
) -> None:
    ticket = (await report(store)).ticket
    token = program.http.headers.pop("Authorization").removeprefix("Bearer ")
    program.http.cookies.set("hotline_session", token)

    answer = await program.call("POST", f"/tickets/{ticket.id}/notes", note="forged")

    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "form_expired"

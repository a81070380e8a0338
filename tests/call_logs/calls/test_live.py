from __future__ import annotations

from call_logs import Store
from call_logs.calls import OUTGOING, NewCall, RequestAction
from call_logs.users import HOTLINE
from tests.call_logs.conftest import OpenStore, call_id
from tests.people import person


async def test_another_process_sees_where_a_call_is(open_store: OpenStore) -> None:
    phone, office = await open_store("phone"), await open_store("office")
    call = call_id()
    phone.calls.begin(NewCall(id=call, caller="13800138000", trunk="main"))
    phone.live.update(call, menu="repair", heard="楼道灯")
    await phone.live.flush()
    (seen,) = await office.live.list()
    assert seen == phone.live.snapshot()[0]
    assert (seen.caller, seen.menu, seen.heard, seen.node) == (
        "13800138000",
        "repair",
        "楼道灯",
        "phone",
    )
    assert office.live.snapshot() == ()
    phone.live.update(call, heard="楼道灯坏了", language="en")
    await phone.live.flush()
    again = await office.live.get(call)
    assert again is not None
    assert (again.menu, again.heard, again.language) == ("repair", "楼道灯坏了", "en")
    phone.calls.end(call, "remote")
    await phone.live.flush()
    assert await office.live.list() == ()


async def test_a_call_back_is_shown_with_the_number_that_is_called(open_store: OpenStore) -> None:
    phone, office = await open_store("phone"), await open_store("office")
    phone.calls.begin(NewCall(id=call_id(), caller="100", callee="13800138000", direction=OUTGOING))
    await phone.live.flush()
    (seen,) = await office.live.list()
    assert (seen.direction, seen.caller) == ("out", "13800138000")


async def test_late_words_of_an_ended_call_are_ignored(sqlite_store: Store) -> None:
    call = call_id()
    sqlite_store.calls.begin(NewCall(id=call))
    sqlite_store.calls.end(call, "remote")
    sqlite_store.live.update(call, heard="late")
    await sqlite_store.live.flush()
    assert sqlite_store.live.snapshot() == await sqlite_store.live.list() == ()


async def test_a_request_reaches_the_node_that_holds_the_call_once(open_store: OpenStore) -> None:
    phone, office = await open_store("phone"), await open_store("office")
    call = call_id()
    phone.calls.begin(NewCall(id=call))
    request_id = await office.requests.add(
        RequestAction.HANGUP, call, {"why": "x"}, actor=person("li")
    )
    assert await office.requests.take() == ()
    (request,) = await phone.requests.take()
    assert (request.id, request.action, request.call_id) == (request_id, "hangup", call)
    assert (request.data, request.actor) == ({"why": "x"}, "li")
    assert await phone.requests.take() == ()


async def test_a_request_for_an_ended_call_is_given_to_nobody(sqlite_store: Store) -> None:
    call = call_id()
    sqlite_store.calls.begin(NewCall(id=call))
    sqlite_store.calls.end(call, "remote")
    await sqlite_store.requests.add(RequestAction.HANGUP, call, actor=HOTLINE)
    assert await sqlite_store.requests.take() == ()

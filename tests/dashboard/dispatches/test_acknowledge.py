"""The page behind a notice's link, opened by people and by programs that only preview it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from call_logs import Store
from call_logs.dispatches import AcknowledgedVia, DispatchReason, DispatchStatus
from call_logs.tickets import edit
from call_logs.users import HOTLINE, Actor
from dashboard.oncall.feeds import Feed, FeedKind, feed_path
from tests.dashboard import night
from tests.dashboard.browserless import Visitor


async def link(store: Store, dispatch_id: str, person: str) -> str:
    return f"/acknowledge/{store.dispatches.link_token(dispatch_id, person)}"


async def test_opening_a_link_changes_nothing_and_pressing_the_button_takes_it(
    store: Store, visitor: Visitor
) -> None:
    dispatch = await night.unanswered(store)
    await store.tickets.update(dispatch.its_ticket_id, HOTLINE, edit(people=3))
    address = await link(store, dispatch.id, "wang")

    opened = await visitor.get(address)
    assert opened.status_code == 200
    assert "<button" in opened.text
    assert "Building 5, Unit 1" in opened.text
    assert "People in danger: <b>3</b>" in opened.text
    assert "13655554444" not in opened.text, "the owner's number is not for who has a link"
    assert (await store.dispatches.get(dispatch.id)).acknowledged_at is None

    pressed = await visitor.http.post(address)
    assert pressed.status_code == 200
    assert "Thank you, 王工. You have it." in pressed.text
    taken = await store.dispatches.get(dispatch.id)
    assert (taken.acknowledged_by, taken.acknowledged_via) == ("wang", AcknowledgedVia.LINK)
    assert (await visitor.http.post(address)).status_code == 200, "pressed twice it is still his"


async def test_the_second_person_is_told_who_has_it(store: Store, visitor: Visitor) -> None:
    dispatch = await night.unanswered(store)
    await visitor.http.post(await link(store, dispatch.id, "wang"))
    address = await link(store, dispatch.id, "li")

    opened, pressed = await visitor.get(address), await visitor.http.post(address)

    assert opened.status_code == 200
    assert pressed.status_code == 409
    for answer in (opened, pressed):
        assert "王工 has it already." in answer.text
        assert "<button" not in answer.text


async def test_who_talks_with_the_owner_has_it_although_nobody_pressed(
    store: Store, visitor: Visitor
) -> None:
    dispatch = await night.accepted(store)

    answer = await visitor.get(await link(store, dispatch.id, "li"))

    assert "王工 has it already." in answer.text


async def test_a_link_to_what_is_over_takes_nothing(store: Store, visitor: Visitor) -> None:
    dispatch = await night.unanswered(store)
    await store.dispatches.move(
        dispatch.id, DispatchStatus.CLOSED, reason=DispatchReason.STOPPED, actor=HOTLINE
    )
    address = await link(store, dispatch.id, "wang")

    answer = await visitor.http.post(address)

    assert "This is over" in answer.text
    assert (await store.dispatches.get(dispatch.id)).acknowledged_at is None


async def test_an_old_link_says_that_it_is_old(store: Store, visitor: Visitor) -> None:
    dispatch = await night.unanswered(store)
    token = store.dispatches.link_token(
        dispatch.id, "wang", expires_at=datetime.now(UTC) - timedelta(seconds=1)
    )

    for answer in (
        await visitor.get(f"/acknowledge/{token}"),
        await visitor.http.post(f"/acknowledge/{token}"),
    ):
        assert answer.status_code == 410
        assert "too old" in answer.text
    assert (await store.dispatches.get(dispatch.id)).acknowledged_at is None


@pytest.mark.parametrize("spoilt", ["x", "a.b", "%00", "." * 600])
async def test_a_damaged_link_says_so(visitor: Visitor, spoilt: str) -> None:
    answer = await visitor.get(f"/acknowledge/{spoilt}")

    assert answer.status_code == 404
    assert "not valid" in answer.text


async def test_a_calendars_address_takes_nothing(store: Store, visitor: Visitor) -> None:
    await night.unanswered(store)
    path = feed_path(store, Feed(FeedKind.PERSON, "wang"))
    token = path.removeprefix("/calendar/").removesuffix(".ics")

    assert (await visitor.http.post(f"/acknowledge/{token}")).status_code == 404


async def test_the_page_speaks_the_browsers_language(store: Store, visitor: Visitor) -> None:
    dispatch = await night.unanswered(store)
    address = await link(store, dispatch.id, "wang")

    answer = await visitor.get(address, **{"Accept-Language": "zh-CN"})

    assert "我来处理" in answer.text
    assert "5号楼" in answer.text


async def test_a_drill_is_called_a_drill_and_nobody_takes_it(
    store: Store, visitor: Visitor
) -> None:
    await night.company(store)
    drill = await store.dispatches.open_drill(
        (await store.roster.current()).policy("flooding"), Actor.in_name_of("manager")
    )
    address = await link(store, drill.id, "wang")

    for answer in (await visitor.get(address), await visitor.http.post(address)):
        assert answer.status_code == 200
        assert "This is a drill" in answer.text
        assert "<button" not in answer.text
    assert (await store.dispatches.get(drill.id)).acknowledged_at is None

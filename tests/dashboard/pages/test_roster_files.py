"""Files in and out, and calendars that need no login."""

from __future__ import annotations

import re

import httpx
import pytest

from call_logs import Store
from tests.dashboard import night
from tests.dashboard.browserless import Visitor

OWNERS = "number,name,building,room\n13900001111,Mr Gu,5,1502\n"


async def upload(visitor: Visitor, kind: str, text: str, **fields: str) -> httpx.Response:
    token = await visitor.csrf()
    return await visitor.http.post(
        "/roster/import",
        data={"csrf_token": token, "kind": kind, **fields},
        files={"file": (f"{kind}.txt", text.encode(), "text/plain")},
    )


async def test_a_roster_comes_in_and_goes_out_as_the_same_roster(
    store: Store, manager: Visitor
) -> None:
    taken = await upload(manager, "roster", night.ROSTER)
    assert "6 entries changed." in taken.text

    written = (await manager.get("/roster/export/roster.toml")).text

    again = await upload(manager, "roster", written)
    assert "0 entries changed." in again.text


@pytest.mark.parametrize("name", ["people.csv", "shifts.csv"])
async def test_a_sheet_goes_out_and_comes_in_without_a_change(
    store: Store, manager: Visitor, name: str
) -> None:
    await night.company(store)

    sheet = (await manager.get(f"/roster/export/{name}")).content.decode("utf-8-sig")
    again = await upload(manager, name.removesuffix(".csv"), sheet)

    assert "0 entries changed." in again.text


async def test_a_wrong_file_changes_nothing_and_every_mistake_is_shown(
    store: Store, manager: Visitor
) -> None:
    sheet = "id,name,contacts\nwu,Wu,119\nzhou,Zhou,12\n"

    answer = await upload(manager, "people", sheet)

    assert answer.status_code == 422
    assert "line 2" in answer.text
    assert "line 3" in answer.text
    assert await store.roster.entries() == ()


async def test_owners_come_in_and_every_export_of_them_is_written_down(
    store: Store, manager: Visitor
) -> None:
    taken = await upload(manager, "owners", OWNERS)
    sheet = (await manager.get("/roster/export/owners.csv")).text

    assert "1 owner's number is known now." in taken.text
    assert "1502" in sheet
    (line, *_) = (await store.access.list(subject="owners")).items
    assert (line.user_name, line.action) == ("manager", "exported")


async def test_an_unknown_file_is_not_there(manager: Visitor) -> None:
    assert (await manager.get("/roster/export/users.csv")).status_code == 404


async def test_a_calendar_needs_its_address_and_nothing_else(
    store: Store, manager: Visitor, visitor: Visitor
) -> None:
    await night.company(store)
    page = (await manager.get("/roster/files")).text
    addresses = re.findall(r'class="feed" href="http://hotline.test(/calendar/[^"]+)"', page)
    assert len(addresses) == 5, "two schedules and three people"

    feeds = [await visitor.get(address) for address in addresses]

    assert {feed.status_code for feed in feeds} == {200}
    assert {feed.headers["content-type"] for feed in feeds} == {"text/calendar; charset=utf-8"}
    wang = feeds[2].text
    assert "王工" in wang
    assert "李工" not in wang
    assert "138123" not in wang, "no numbers"
    spoilt = addresses[2].replace(".ics", "x.ics")
    assert (await visitor.get(spoilt)).status_code == 404


async def test_a_notices_link_is_no_calendar(store: Store, visitor: Visitor) -> None:
    dispatch = await night.unanswered(store)
    token = store.dispatches.link_token(dispatch.id, "wang")

    assert (await visitor.get(f"/calendar/{token}.ics")).status_code == 404


async def test_only_heads_take_files(operator: Visitor, engineer: Visitor) -> None:
    for visitor in (operator, engineer):
        for name in ("people.csv", "shifts.csv", "owners.csv", "roster.toml", "oncall.ics"):
            assert (await visitor.get(f"/roster/export/{name}")).status_code == 403
        assert (await upload(visitor, "owners", OWNERS)).status_code == 403

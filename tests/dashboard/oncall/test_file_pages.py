"""Files in and out, and calendars that need no login."""

from __future__ import annotations

import asyncio
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


async def test_a_large_file_goes_on_after_the_page_is_back_and_tells_how_far_it_is(
    store: Store, manager: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.web.imports.PAGE_WAIT_S", 0.05)
    monkeypatch.setattr("call_logs.owners.directory.REST_S", 0.1)
    rows = "\n".join(f"1390000{number:04},{number % 30 + 1}" for number in range(1500))
    files = {"file": ("owners.csv", f"number,building\n{rows}".encode())}
    form = {"csrf_token": await manager.csrf(), "kind": "owners"}
    page = (await manager.http.post("/roster/import", data=form, files=files)).text
    assert 'id="importing"' in page
    again = await manager.http.post("/roster/import", data=form, files=files)
    assert again.status_code == 422
    assert "owners.csv is being imported" in again.text
    seen = set()
    async with asyncio.timeout(30):
        while "HX-Redirect" not in (told := await manager.part("/roster/import")).headers:
            seen.add(told.text)
            await asyncio.sleep(0.05)
    assert any("of 1,500 are in" in text for text in seen)
    assert told.headers["HX-Redirect"] == "/roster/files"
    ended = (await manager.get("/roster/files")).text
    assert "1,500 owners" in ended or "1500 owners" in ended
    assert "1500 owners' numbers" not in (await manager.get("/roster/files")).text

"""The page of webhooks: made, tested, paused, removed, by administrators alone."""

from __future__ import annotations

import re

from call_logs import Store
from call_logs.users import Role
from call_logs.webhooks import WebhookState
from tests.dashboard.browserless import Visitor
from tests.people import person

SECRET = re.compile(r"<code>(whsec_[\w+/=]+)</code>")
ADDRESS = "https://crm.example.com/hook?token=abc"


async def made(admin: Visitor, **fields: object) -> str:
    sent = {"name": "crm", "address": ADDRESS, "events": ["ticket.opened"], **fields}
    data = {"csrf_token": await admin.csrf(), **sent}
    answer = await admin.http.post("/webhooks", data=data)
    return answer.text if answer.status_code == 200 else f"{answer.status_code} {answer.text}"


async def test_the_secret_is_shown_once(admin: Visitor, store: Store) -> None:
    found = SECRET.search(await made(admin))
    assert found
    page = await admin.get("/webhooks/1")
    assert page.headers["cache-control"] == "no-store"
    assert found[1] not in page.text
    assert ADDRESS in page.text.replace("&amp;", "&")
    rotated = SECRET.search((await admin.send("/webhooks/1/rotate")).text)
    assert rotated
    assert rotated[1] != found[1]


async def test_what_cannot_be_is_said_and_the_form_keeps_what_was_written(admin: Visitor) -> None:
    for fields, told in (
        ({"address": "http://10.0.0.1/"}, "must be of the form"),
        ({"address": "https://127.0.0.1/"}, "must be of the form"),
        ({"name": "No Name!"}, "The name: small letters"),
        ({"events": []}, "Choose one event or more"),
    ):
        page = await made(admin, **fields)
        assert page.startswith("422")
        assert told in page
        assert f'value="{fields.get("name", "crm")}"' in page
    assert (await made(admin))[:3] != "422"
    assert (await made(admin)).startswith("422")  # a second one of the name


async def test_it_is_tested_paused_taken_up_sent_again_and_removed(
    admin: Visitor, store: Store
) -> None:
    await made(admin)
    boss = person("admin", Role.ADMIN)
    assert (await admin.send("/webhooks/1/test")).status_code == 303
    (line,) = await store.webhooks.log(1, boss)
    assert line.uid in (await admin.get("/webhooks/1")).text
    await admin.send("/webhooks/1/pause")
    assert (await store.webhooks.all(boss))[0].state is WebhookState.PAUSED
    assert "paused" in (await admin.get("/webhooks")).text
    await admin.send("/webhooks/1/resume")
    assert (await store.webhooks.all(boss))[0].state is WebhookState.ON
    assert (await admin.send(f"/webhooks/1/deliveries/{line.id}/again")).status_code == 303
    assert (await admin.send("/webhooks/1/deliveries/99/again")).status_code == 404
    await admin.send("/webhooks/1/remove")
    assert (await admin.get("/webhooks/1")).status_code == 404
    assert "No system is told yet" in (await admin.get("/webhooks")).text


async def test_no_other_role_does_any_of_it(
    admin: Visitor, manager: Visitor, engineer: Visitor, store: Store
) -> None:
    await made(admin)
    for somebody in (manager, engineer):
        for action in ("test", "pause", "resume", "rotate", "remove"):
            assert (await somebody.send(f"/webhooks/1/{action}")).status_code == 403
        assert (await made(somebody, name="other")).startswith("403")

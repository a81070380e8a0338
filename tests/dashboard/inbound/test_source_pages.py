"""The page of systems that may send: made, renewed and revoked by administrators alone."""

from __future__ import annotations

import re

from call_logs import Store
from call_logs.users import HOTLINE
from tests.dashboard.browserless import Visitor

SECRET = re.compile(r"<code>(whsec_[\w+/=]+)</code>")


async def test_a_secret_is_shown_once(admin: Visitor, store: Store) -> None:
    shown = await admin.send("/inbound", name="WeCom")
    assert shown.headers["cache-control"] == "no-store"
    found = SECRET.search(shown.text)
    assert found
    assert "/api/v1/inbound/wecom" in shown.text
    page = await admin.get("/inbound")
    assert found[1] not in page.text
    assert "sent nothing yet" in page.text
    (source,) = await store.inbound_sources.all(HOTLINE)
    renewed = SECRET.search((await admin.send(f"/inbound/{source.id}/rotate")).text)
    assert renewed
    assert renewed[1] != found[1]
    assert (await admin.send(f"/inbound/{source.id}/revoke")).status_code == 303
    page = await admin.get("/inbound")
    assert "revoked by admin" in page.text
    assert (await admin.send(f"/inbound/{source.id}/rotate")).status_code == 404


async def test_a_name_is_one_systems_for_ever(admin: Visitor, store: Store) -> None:
    assert (await admin.send("/inbound", name="Not a name!")).status_code == 422
    await admin.send("/inbound", name="wecom")
    again = await admin.send("/inbound", name="wecom")
    assert again.status_code == 422
    assert "no other had" in again.text


async def test_no_other_role_does_any_of_it(
    admin: Visitor, manager: Visitor, engineer: Visitor, store: Store
) -> None:
    await admin.send("/inbound", name="wecom")
    (source,) = await store.inbound_sources.all(HOTLINE)
    for somebody in (manager, engineer):
        assert (await somebody.send("/inbound", name="mine")).status_code == 403
        for action in ("rotate", "revoke"):
            answer = await somebody.send(f"/inbound/{source.id}/{action}")
            assert answer.status_code == 403
    (left,) = await store.inbound_sources.all(HOTLINE)
    assert left.revoked_at is None

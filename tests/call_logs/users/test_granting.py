"""Who gives or takes rights stands in the access log, written with what was done."""

from __future__ import annotations

import pytest

from call_logs import Store
from call_logs.storage import NotAllowed
from call_logs.users import HOTLINE, Permission, Role
from call_logs.webhooks import CHOSEN, NewWebhook
from tests.people import person

ADMIN = person("admin", Role.ADMIN)


async def lines(store: Store) -> list[tuple[str, str, str, str]]:
    """Oldest first."""
    rows = (await store.access.list(user_name="admin", limit=100)).items
    return [(row.action, row.subject, row.key, row.reason) for row in reversed(rows)]


async def test_each_right_that_is_given_or_taken_leaves_a_line(store: Store) -> None:
    await store.users.add("olga", "a long password", Role.OPERATOR, ADMIN)
    await store.users.update("olga", ADMIN, role=Role.MANAGER)
    await store.users.update("olga", ADMIN, full_name="Olga")  # which gives nothing
    await store.users.update("olga", ADMIN, active=False)
    await store.users.set_password("olga", "another long one", ADMIN)
    token, _ = await store.tokens.make("billing", {Permission.SEE_TICKETS}, ADMIN)
    await store.tokens.revoke(token.id, ADMIN)
    await store.tokens.revoke(token.id, ADMIN)  # nothing more is done
    hook, _ = await store.webhooks.add(
        NewWebhook("crm", "https://crm.example.com/", frozenset(CHOSEN[:1])), ADMIN
    )
    await store.webhooks.rotate(hook.id, ADMIN)
    await store.webhooks.pause(hook.id, ADMIN)
    await store.webhooks.resume(hook.id, ADMIN)
    await store.webhooks.remove(hook.id, ADMIN)
    source, _ = await store.inbound_sources.add("wecom", ADMIN)
    await store.inbound_sources.rotate(source.id, ADMIN)
    await store.inbound_sources.revoke(source.id, ADMIN)
    assert await lines(store) == [
        ("added", "user", "olga", "operator"),
        ("changed", "user", "olga", "operator -> manager"),
        ("changed", "user", "olga", "manager -> manager, off"),
        ("password", "user", "olga", ""),
        ("added", "token", "billing", "see_tickets"),
        ("removed", "token", "billing", ""),
        ("added", "webhook", "crm", f"https://crm.example.com/ {CHOSEN[0]}"),
        ("secret", "webhook", "crm", ""),
        ("paused", "webhook", "crm", ""),
        ("resumed", "webhook", "crm", ""),
        ("removed", "webhook", "crm", ""),
        ("added", "source", "wecom", ""),
        ("secret", "source", "wecom", ""),
        ("removed", "source", "wecom", ""),
    ]


async def test_what_was_refused_leaves_none(store: Store) -> None:
    with pytest.raises(NotAllowed):
        await store.users.add("olga", "a long password", Role.ADMIN, person("admin"))
    with pytest.raises(NotAllowed):
        await store.tokens.make("billing", {Permission.SEE_TICKETS}, person("admin"))
    await store.users.add("first", "a long password", Role.ADMIN, HOTLINE)  # by itself
    assert await lines(store) == []

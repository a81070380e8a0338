"""People, schedules and policies: seen, changed, with every mistake named."""

from __future__ import annotations

import re
from typing import Any

import pytest

from call_logs import Store
from call_logs.roster import EntryKind
from call_logs.storage import NotFound
from tests.dashboard import night
from tests.dashboard.browserless import Visitor
from tests.people import person as user


def person(**changes: Any) -> dict[str, Any]:
    """The form as a browser sends it."""
    return {
        "version": 0,
        "id": "sun",
        "name": "孙工",
        "contacts": "13712345678\next:8002",
        "roles": "engineer; security",
        "languages": "zh-CN",
        "categories": "",
        "notices": "",
        "active": "true",
        **changes,
    }


async def test_the_page_shows_everything_and_the_built_in_policies(
    store: Store, manager: Visitor
) -> None:
    await night.company(store)

    page = (await manager.get("/roster")).text

    assert "+8613812345678 → ext:8001 via office" in page
    assert "on-call:engineer, person:zhao" in page
    assert "built in" in page
    assert "secret" not in page, "notice addresses hold passwords"


async def test_a_new_person_is_entered_by_the_form(store: Store, manager: Visitor) -> None:
    answer = await manager.send("/roster/entry/person/+", **person())

    assert answer.headers["location"] == "/roster?done=saved"
    saved = (await store.roster.current()).by_id["sun"]
    assert saved.roles == {"engineer", "security"}
    assert [contact.text for contact in saved.contacts] == ["+8613712345678", "ext:8002"]
    assert (await store.roster.history())[0].actor == "manager"


async def test_every_mistake_is_named_and_what_was_typed_stays(
    store: Store, manager: Visitor
) -> None:
    answer = await manager.send(
        "/roster/entry/person/+", **person(contacts="119\n12", languages="klingon")
    )

    assert answer.status_code == 422
    assert "emergency service" in answer.text
    assert "`12`" in answer.text
    assert "klingon" in answer.text
    assert 'value="孙工"' in answer.text
    assert await store.roster.entries() == ()


async def test_a_new_entry_does_not_take_the_place_of_another(
    store: Store, manager: Visitor
) -> None:
    await night.company(store)

    answer = await manager.send("/roster/entry/person/+", **person(id="wang"))

    assert answer.status_code == 409
    assert "saved an entry of this name" in answer.text
    assert (await store.roster.current()).by_id["wang"].name == "王工"


async def test_two_people_at_once_do_not_overwrite_each_other(
    store: Store, manager: Visitor
) -> None:
    await night.company(store)
    saved = await store.roster.get(EntryKind.PERSON, "wang")
    await store.roster.save(EntryKind.PERSON, {**saved.document, "name": "王师傅"}, user("admin"))

    answer = await manager.send(
        "/roster/entry/person/wang", **person(id="wang", version=saved.version)
    )

    assert answer.status_code == 409
    assert (await store.roster.current()).by_id["wang"].name == "王师傅"


async def test_a_policy_is_changed_as_text(store: Store, manager: Visitor) -> None:
    await night.company(store)
    page = (await manager.get("/roster/entry/policy/flooding")).text
    text = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
    version = re.search(r'name="version" value="(\d+)"', page)
    assert text
    assert version
    written = text[1].replace("&#34;", '"').replace("ring_s = 30", "ring_s = 45")

    answer = await manager.send("/roster/entry/policy/flooding", version=version[1], text=written)

    assert answer.headers["location"] == "/roster?done=saved"
    (level,) = (await store.roster.current()).policies["flooding"].levels
    assert level.ring_s == 45


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("category = ", "is no TOML"),
        ('category = "flooding"\n[[level]]\nwho = ["person:ghost"]', "not on the roster"),
        ('category = "flooding"\n[[level]]\nwho = ["on-call"]\nring_s = 500', "120 seconds"),
        ('category = "fire"\n[[level]]\nwho = ["on-call"]', "to rename it"),
    ],
)
async def test_a_wrong_text_is_refused_with_its_mistake(
    store: Store, manager: Visitor, text: str, complaint: str
) -> None:
    await night.company(store)

    answer = await manager.send("/roster/entry/policy/flooding", version=1, text=text)

    assert answer.status_code == 422
    assert complaint in answer.text
    assert (await store.roster.get(EntryKind.POLICY, "flooding")).version == 1


async def test_a_holiday_that_is_changed_is_not_there_twice(store: Store, manager: Visitor) -> None:
    saved = await store.roster.save(
        EntryKind.HOLIDAY,
        {"name": "国庆节", "from": "2026-10-01", "until": "2026-10-07"},
        user("admin"),
    )

    await manager.send(
        f"/roster/entry/holiday/{saved.id}",
        version=saved.version,
        text='name = "国庆节"\nfrom = 2026-10-01\nuntil = 2026-10-08',
    )

    (day,) = (await store.roster.current()).special_days
    assert day.last.day == 8


async def test_who_is_named_elsewhere_cannot_be_removed_and_the_page_says_where(
    store: Store, manager: Visitor
) -> None:
    await night.company(store)

    refused = await manager.send("/roster/entry/person/wang/remove")
    await manager.send("/roster/entry/policy/flooding/remove")

    assert refused.status_code == 422
    assert "schedule round" in refused.text
    assert "wang" in (await store.roster.current()).by_id
    with pytest.raises(NotFound):
        await store.roster.get(EntryKind.POLICY, "flooding")


async def test_the_history_says_who_changed_what_but_no_password(
    store: Store, manager: Visitor
) -> None:
    await night.company(store)
    saved = await store.roster.get(EntryKind.PERSON, "wang")
    await store.roster.save(EntryKind.PERSON, {**saved.document, "name": "王师傅"}, user("admin"))

    page = (await manager.get("/roster/history")).text

    assert "<del>王工</del> → <ins>王师傅</ins>" in re.sub(r"\s+", " ", page)
    assert "secret" not in page


@pytest.mark.parametrize("kind", list(EntryKind))
async def test_every_kind_has_an_empty_form(manager: Visitor, kind: EntryKind) -> None:
    assert (await manager.get(f"/roster/entry/{kind}/+")).status_code == 200

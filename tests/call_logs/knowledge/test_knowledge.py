"""What the company knows: written, found, shipped, and never lost."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from call_logs import Store
from call_logs.knowledge import Article, NewArticle, ShippedArticle
from call_logs.storage import InvalidValue, NotAllowed, NotFound, VersionConflict
from call_logs.tickets import TicketClass
from call_logs.users import Actor, Role
from tests.call_logs.conftest import OpenStore

MANAGER = Actor("mei", Role.MANAGER)
ENGINEER = Actor("li", Role.ENGINEER)
BINS = NewArticle("Bins", "Emptied on Mondays.", "en", ("garbage",))
FIRE = ShippedArticle("Fire", "Call 119.", "en", ("fire",), key="fire")
FIRE_ZH = ShippedArticle("火灾", "拨打 119。", "zh-CN", ("fire",), key="fire")
URGENT = ShippedArticle("First", "Ask where.", "en", (), (TicketClass.URGENT,), key="urgent")


async def beside(store: Store, category: str, ticket_class: str, language: str = "en") -> list[str]:
    found = await store.knowledge.beside(category, ticket_class, ENGINEER, language=language)
    return [each.title for each in found]


async def test_an_article_stands_beside_tickets_of_its_category_and_class(store: Store) -> None:
    await store.knowledge.add(BINS, MANAGER)
    await store.knowledge.add(replace(BINS, title="Fast", classes=(TicketClass.URGENT,)), MANAGER)
    await store.knowledge.add(NewArticle("Loose", "Found by words.", "en"), MANAGER)
    await store.knowledge.ship([FIRE, FIRE_ZH, URGENT])

    assert await beside(store, "garbage", "general") == ["Bins"]
    assert await beside(store, "garbage", "urgent") == ["Bins", "Fast", "First"]
    assert await beside(store, "fire", "urgent") == ["Fire", "First"]
    assert await beside(store, "fire", "general", "zh-CN") == ["火灾"]
    assert await beside(store, "fire", "general", "ko") == ["Fire", "火灾"]  # none in Korean
    assert await beside(store, "", "general") == []


async def test_each_version_stays_with_who_wrote_it_and_can_be_taken_again(store: Store) -> None:
    knowledge = store.knowledge
    made = await knowledge.add(BINS, MANAGER)
    other = Actor("wei", Role.ADMIN)
    await knowledge.change(made.id, replace(BINS, text="On Tuesdays."), other, version=1)
    gone = await knowledge.remove(made.id, MANAGER, version=2)
    assert gone.removed_at is not None
    assert await beside(store, "garbage", "general") == []
    assert [each.id for each in await knowledge.find(ENGINEER, removed=True)] == [made.id]

    back = await knowledge.restore(made.id, 1, MANAGER, version=3)

    assert (back.text, back.removed_at) == ("Emptied on Mondays.", None)
    kept = await knowledge.versions(made.id, ENGINEER)
    assert [(each.version, each.actor, each.text, each.removed) for each in kept] == [
        (4, "mei", "Emptied on Mondays.", False),
        (3, "mei", "On Tuesdays.", True),
        (2, "wei", "On Tuesdays.", False),
        (1, "mei", "Emptied on Mondays.", False),
    ]


async def test_whoever_is_slower_overwrites_nothing(store: Store) -> None:
    made = await store.knowledge.add(BINS, MANAGER)

    async def change(text: str) -> Article | VersionConflict:
        try:
            return await store.knowledge.change(
                made.id, replace(BINS, text=text), MANAGER, version=made.version
            )
        except VersionConflict as error:
            return error

    came = await asyncio.gather(*(change(str(number)) for number in range(4)))

    (won,) = [each for each in came if isinstance(each, Article)]
    assert (await store.knowledge.get(made.id, ENGINEER)).text == won.text
    assert len(await store.knowledge.versions(made.id, ENGINEER)) == 2


async def test_a_change_that_changes_nothing_is_no_version(store: Store) -> None:
    made = await store.knowledge.add(BINS, MANAGER)
    same = await store.knowledge.change(made.id, BINS, MANAGER, version=1)
    assert same.version == 1


async def test_all_words_are_looked_for_and_titles_come_first(store: Store) -> None:
    knowledge = store.knowledge
    await knowledge.add(BINS, MANAGER)
    await knowledge.add(NewArticle("Mondays", "The office opens at 8; bins too.", "en"), MANAGER)

    async def titles(text: str) -> list[str]:
        return [each.title for each in await knowledge.find(ENGINEER, text=text)]

    assert await titles("BINS mondays") == ["Mondays", "Bins"]
    assert await titles("mondays emptied") == ["Bins"]
    assert await titles("tuesdays") == []
    assert [each.title for each in await knowledge.find(ENGINEER, category="garbage")] == ["Bins"]
    assert await knowledge.find(ENGINEER, language="ko") == ()


async def test_an_upgrade_betters_what_nobody_changed_and_leaves_the_companys_words(
    open_store: OpenStore,
) -> None:
    store = await open_store()
    await store.knowledge.ship([FIRE, URGENT])
    await store.knowledge.ship([FIRE, URGENT])
    shipped = await store.knowledge.find(ENGINEER)
    assert {each.version for each in shipped} == {1}, "the same again is no new version"
    assert not any(each.own for each in shipped)
    (fire,) = [each for each in shipped if each.key == "fire"]
    own = NewArticle("Fire", "Ring 5555 first.", "en", ("fire",))
    await store.knowledge.change(fire.id, own, MANAGER, version=1)

    await store.knowledge.ship([replace(FIRE, text="Better."), replace(URGENT, text="Better.")])

    texts = {each.key: (each.text, each.own) for each in await store.knowledge.find(ENGINEER)}
    assert texts == {"fire": ("Ring 5555 first.", True), "urgent": ("Better.", False)}


async def test_what_a_person_removed_is_not_shipped_again_and_what_went_from_the_pack_goes(
    store: Store,
) -> None:
    await store.knowledge.ship([FIRE, FIRE_ZH, URGENT])
    (fire,) = [each for each in await store.knowledge.find(ENGINEER) if each.title == "Fire"]
    await store.knowledge.remove(fire.id, MANAGER, version=1)

    await store.knowledge.ship([FIRE])  # no longer URGENT; of Chinese nothing is said

    assert [each.title for each in await store.knowledge.find(ENGINEER)] == ["火灾"]
    await store.knowledge.ship([URGENT])
    assert await beside(store, "", "urgent") == ["First"]


async def test_two_programs_that_start_at_once_ship_one(open_store: OpenStore) -> None:
    one, two = await open_store(), await open_store(node="other")
    await asyncio.gather(one.knowledge.ship([FIRE, URGENT]), two.knowledge.ship([FIRE, URGENT]))
    assert len(await one.knowledge.find(ENGINEER)) == 2


async def test_a_shipped_article_keeps_its_language(store: Store) -> None:
    await store.knowledge.ship([FIRE])
    (fire,) = await store.knowledge.find(ENGINEER)
    with pytest.raises(InvalidValue) as refusal:
        await store.knowledge.change(fire.id, FIRE_ZH, MANAGER, version=1)
    assert refusal.value.field == "language"


@pytest.mark.parametrize(
    ("field", "new"),
    [
        ("title", replace(BINS, title=" \0 ")),
        ("title", replace(BINS, title="x" * 121)),
        ("text", replace(BINS, text="\n")),
        ("text", replace(BINS, text="x" * 8001)),
        ("language", replace(BINS, language="fr")),
        ("categories", replace(BINS, categories=("two words",))),
        ("categories", replace(BINS, categories=tuple(f"c{number}" for number in range(31)))),
    ],
)
async def test_what_no_article_can_be_is_refused_with_its_field(
    sqlite_store: Store, field: str, new: NewArticle
) -> None:
    with pytest.raises(InvalidValue) as refusal:
        await sqlite_store.knowledge.add(new, MANAGER)
    assert refusal.value.field == field
    assert await sqlite_store.knowledge.find(ENGINEER) == ()


async def test_sent_again_under_one_key_it_is_one(sqlite_store: Store) -> None:
    first = await sqlite_store.knowledge.add(BINS, MANAGER, key="k")
    assert (await sqlite_store.knowledge.add(BINS, MANAGER, key="k")).id == first.id
    assert len(await sqlite_store.knowledge.find(ENGINEER)) == 1


async def test_who_may_see_no_tickets_reads_nothing(sqlite_store: Store) -> None:
    nobody = Actor("api:x", Role.OPERATOR, frozenset())
    made = await sqlite_store.knowledge.add(BINS, MANAGER)
    for reading in (
        sqlite_store.knowledge.find(nobody),
        sqlite_store.knowledge.get(made.id, nobody),
        sqlite_store.knowledge.versions(made.id, nobody),
        sqlite_store.knowledge.beside("garbage", "general", nobody, language="en"),
    ):
        with pytest.raises(NotAllowed):
            await reading
    with pytest.raises(NotFound):
        await sqlite_store.knowledge.get(made.id + 1, ENGINEER)

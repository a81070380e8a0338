"""The roster in the database: checked before it is kept, whole, with its history."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from call_logs import Rules
from call_logs.roster.addresses import Address
from call_logs.roster.dialling import Dialling
from call_logs.roster.documents import EntryKind, documents_of
from call_logs.roster.errors import ImportFailed
from call_logs.roster.policies import Ringing
from call_logs.roster.roster import on_call
from call_logs.storage.checks import Severity
from call_logs.storage.errors import NotFound, StoreBusy, VersionConflict
from call_logs.store import Store
from call_logs.tables.roster import RosterEntryRow
from tests.call_logs.conftest import OpenStore
from tests.call_logs.roster_world import COMPANY, on_disk
from tests.people import person

SHANGHAI = ZoneInfo("Asia/Shanghai")
WANG = {"id": "wang", "name": "王工", "contacts": ["13812345678"], "roles": ["engineer"]}


async def test_a_whole_company_is_imported_and_read_back_after_a_restart(
    open_store: OpenStore,
) -> None:
    before = await open_store()
    assert await before.roster.import_toml(COMPANY, person("admin")) == 10
    imported = await before.roster.current()
    await before.close()
    after = await open_store()
    roster = await after.roster.current()
    assert await after.roster.problems() == ()
    assert documents_of(roster) == documents_of(imported)
    assert [person.id for person in roster.people] == ["wang", "li", "zhao"]
    assert roster.by_id["wang"].contacts[1].trunk == "office"
    assert roster.by_id["zhao"].refer
    assert roster.policy("flooding").levels[0].ringing is Ringing.ALL_AT_ONCE

    def serving(*parts: int) -> list[str]:
        at = datetime(*parts, tzinfo=SHANGHAI)  # type: ignore[misc, arg-type]
        return [person.id for person in on_call(roster, at)]

    assert serving(2026, 1, 7, 22) == ["wang"]  # their week, at night
    assert serving(2026, 1, 7, 12) == ["zhao", "wang"]
    assert serving(2026, 2, 3, 22) == ["li"]  # the last day of their leave counts whole
    assert serving(2026, 2, 4, 22) == ["wang"]
    assert serving(2026, 3, 1, 22) == ["zhao"]  # override
    assert serving(2026, 10, 5, 12) == ["li"]  # Monday, but a holiday: no day shift
    assert serving(2026, 10, 10, 12) == ["zhao", "li"]  # Saturday worked as a Friday


async def test_importing_the_same_file_again_changes_nothing(store: Store) -> None:
    await store.roster.import_toml(COMPANY, person("admin"))
    before = await store.roster.entries()
    assert await store.roster.import_toml(COMPANY, person("admin")) == 0
    assert await store.roster.entries() == before
    assert len(await store.roster.history()) == 10


async def test_a_line_gives_a_call_its_place_by_trunk_and_caller(store: Store) -> None:
    await store.roster.import_toml(COMPANY, person("admin"))
    shared = {"trunk": "lifts", "building": "3", "area": "电梯"}
    await store.roster.save(EntryKind.LINE, {"id": "any", **shared}, person("admin"))
    roster = await store.roster.current()
    exact = roster.line_for("lifts", "02155512345")
    assert exact is not None
    assert exact.answer_keys == ",1"
    assert exact is not None
    assert exact.address == Address(building="3", lift="1")
    assert exact.category == "lift_entrapment"
    other = roster.line_for("lifts", "+862199998888")
    assert other is not None
    assert other.id == "any"
    withheld = roster.line_for("lifts", "")
    assert withheld is not None
    assert withheld.id == "any"
    assert roster.line_for("office", "02155512345") is None


async def test_every_change_keeps_who_made_it_and_what_was_before(store: Store) -> None:
    await store.roster.save(EntryKind.PERSON, WANG, person("zhao"))
    await store.roster.save(EntryKind.PERSON, {**WANG, "contacts": ["13912345678"]}, person("li"))
    await store.roster.remove(EntryKind.PERSON, "wang", person("zhao"))
    removed, changed, added = await store.roster.history(entry_id="wang")
    assert [added.actor, changed.actor, removed.actor] == ["zhao", "li", "zhao"]
    assert [added.action, changed.action, removed.action] == ["added", "changed", "removed"]
    assert added.before is None
    assert changed.before == added.after
    assert changed.after is not None
    assert changed.after["contacts"] == ["+8613912345678"]
    assert removed.before == changed.after
    assert removed.after is None
    older = await store.roster.history(before=changed.id)
    assert [each.id for each in older] == [added.id]


async def test_two_people_who_edit_one_entry_do_not_overwrite_each_other(store: Store) -> None:
    saved = await store.roster.save(EntryKind.PERSON, WANG, person("zhao"), version=0)
    changed = {**WANG, "name": "王师傅"}
    second = await store.roster.save(
        EntryKind.PERSON, changed, person("zhao"), version=saved.version
    )
    assert second.version == saved.version + 1
    with pytest.raises(VersionConflict):
        await store.roster.save(EntryKind.PERSON, WANG, person("li"), version=saved.version)
    with pytest.raises(VersionConflict):
        await store.roster.save(EntryKind.PERSON, WANG, person("li"), version=0)
    assert (await store.roster.get(EntryKind.PERSON, "wang")).document["name"] == "王师傅"


@pytest.mark.parametrize(
    ("kind", "document", "message"),
    [
        (EntryKind.PERSON, {**WANG, "contacts": ["119"]}, "emergency"),
        (EntryKind.PERSON, {**WANG, "contacts": []}, "no contact to ring"),
        (EntryKind.PERSON, {**WANG, "contcats": []}, "did you mean `contacts`"),
        (EntryKind.PERSON, {**WANG, "id": "a b"}, "letters"),
        (EntryKind.PERSON, {**WANG, "languages": ["fr"]}, "zh-CN"),
        (EntryKind.SCHEDULE, {"id": "s", "weekly": [{"people": ["ghost"]}]}, "ghost"),
        (EntryKind.SCHEDULE, {"id": "s", "weekly": [{"people": []}]}, "at least one"),
        (EntryKind.SCHEDULE, {"id": "s", "timezone": "Mars/Base"}, "Asia/Shanghai"),
        (EntryKind.SCHEDULE, {"id": "s", "rotation": [{"people": ["wang"]}]}, "since"),
        (
            EntryKind.LEAVE,
            {"person": "ghost", "from": "2026-01-01", "until": "2026-01-02"},
            "ghost",
        ),
        (EntryKind.LEAVE, {"person": "wang", "from": "2026-01-02", "until": "2026-01-01"}, "after"),
        (
            EntryKind.OVERRIDE,
            {"schedule": "x", "from": "2026-01-01", "until": "2026-01-02"},
            "both",
        ),
        (EntryKind.HOLIDAY, {"name": "x", "from": "2026-01-01", "until": "2027-01-01"}, "days"),
        (EntryKind.HOLIDAY, {"name": "x", "from": "1 May"}, "2026-10-01"),
        (EntryKind.POLICY, {"category": "fire"}, "no level"),
        (EntryKind.POLICY, {"category": "fire", "level": [{"who": ["role:king"]}]}, "king"),
        (EntryKind.POLICY, {"category": "fire", "level": [{"who": ["x"]}]}, "person:ID"),
        (EntryKind.LINE, {"id": "l", "building": "3"}, "trunk"),
        (EntryKind.LINE, {"id": "l", "trunk": "lifts"}, "place"),
    ],
)
async def test_a_wrong_entry_is_refused_with_advice_and_nothing_is_kept(
    sqlite_store: Store, kind: EntryKind, document: dict[str, object], message: str
) -> None:
    await sqlite_store.roster.save(EntryKind.PERSON, {**WANG, "id": "li"}, person("admin"))
    before = await sqlite_store.roster.entries()
    with pytest.raises(ImportFailed) as refused:
        await sqlite_store.roster.save(kind, document, person("admin"))
    assert message in str(refused.value)
    assert await sqlite_store.roster.entries() == before


async def test_a_file_with_mistakes_is_refused_whole_with_the_line_of_each(store: Store) -> None:
    broken = COMPANY.replace('"13912345678"', '"1391234"').replace('"wang", "li"]', '"wang", 7]')
    broken = broken.replace('category = "flooding"', 'category = "flooding"\ncolour = "red"')
    with pytest.raises(ImportFailed) as refused:
        await store.roster.import_toml(broken, person("admin"), source="r.toml")
    headers = [number for number, line in enumerate(broken.splitlines(), 1) if "[[" in line]
    said = str(refused.value)
    assert len(refused.value.problems) >= 3
    assert f"r.toml: line {headers[2]} ([[person]] 3)" in said
    assert "rotation 1: `people` must be a list of texts" in said
    assert "`colour` is not known here" in said
    assert await store.roster.entries() == ()


async def test_a_file_that_names_people_who_do_not_exist_says_the_line(store: Store) -> None:
    broken = COMPANY.replace('person = "wang"', 'person = "nobody"')
    with pytest.raises(ImportFailed) as refused:
        await store.roster.import_toml(broken, person("admin"), source="r.toml")
    line = 1 + broken.splitlines().index("[[leave]]")
    assert f"line {line} ([[leave]] 1): person `nobody` is not on the roster" in str(refused.value)
    assert await store.roster.entries() == ()


@pytest.mark.parametrize(
    "text", ["[[person]\n", "[[people]]\nid='a'\n", "[person]\nid='a'\n", "person = 1\n"]
)
async def test_a_file_that_is_no_roster_says_so(sqlite_store: Store, text: str) -> None:
    with pytest.raises(ImportFailed, match="file"):
        await sqlite_store.roster.import_toml(text, person("admin"))


async def test_two_entries_with_one_name_are_a_mistake(store: Store) -> None:
    with pytest.raises(ImportFailed, match="stands at line 1"):
        await store.roster.import_toml(
            "\n".join(["[[person]]\nid='a'\ncontacts=['ext:1']"] * 2), person("admin")
        )


async def test_somebody_whom_others_name_cannot_be_removed(store: Store) -> None:
    await store.roster.import_toml(COMPANY, person("admin"))
    with pytest.raises(ImportFailed, match="schedule night: person `wang`"):
        await store.roster.remove(EntryKind.PERSON, "wang", person("admin"))
    with pytest.raises(NotFound):
        await store.roster.remove(EntryKind.PERSON, "ghost", person("admin"))
    assert "wang" in (await store.roster.current()).by_id


async def test_the_first_roster_is_imported_once_and_later_changes_stay(
    store: Store, tmp_path: Path
) -> None:
    file = tmp_path / "roster.toml"
    file.write_text(COMPANY, encoding="utf-8-sig")
    assert await store.roster.import_first(file) == 10
    entry = await store.roster.get(EntryKind.PERSON, "wang")
    await store.roster.save(EntryKind.PERSON, {**entry.document, "active": False}, person("zhao"))
    assert await store.roster.import_first(file) == 0
    assert not (await store.roster.current()).by_id["wang"].active


async def test_a_first_roster_that_is_missing_says_so(store: Store, tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match="cannot be read"):
        await store.roster.import_first(tmp_path / "missing.toml")


async def test_the_current_roster_is_read_again_only_after_a_change(store: Store) -> None:
    await store.roster.save(EntryKind.PERSON, WANG, person("admin"))
    first = await store.roster.current()
    assert await store.roster.current() is first
    await store.roster.save(EntryKind.PERSON, {**WANG, "name": "老王"}, person("admin"))
    second = await store.roster.current()
    assert second.revision > first.revision
    assert second.by_id["wang"].name == "老王"


async def test_a_change_by_another_process_is_seen(store: Store, open_store: OpenStore) -> None:
    assert (await store.roster.current()).people == ()
    other = await open_store("dashboard")
    await other.roster.save(EntryKind.PERSON, WANG, person("admin"))
    assert [person.id for person in (await store.roster.current()).people] == ["wang"]


async def test_followers_hear_of_a_change(store: Store) -> None:
    async def first_change() -> str:
        async for change in store.changes.follow():
            if change.topic == "roster":
                return change.key
        raise AssertionError("the feed ended")

    following = asyncio.create_task(first_change())
    await asyncio.sleep(0)
    await store.roster.save(EntryKind.PERSON, WANG, person("admin"))
    async with asyncio.timeout(10):
        assert await following == "wang"


async def test_when_the_database_is_away_the_last_known_roster_is_used(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.roster.save(EntryKind.PERSON, WANG, person("admin"))
    known = await store.roster.current()

    def away() -> None:
        raise StoreBusy("away")

    monkeypatch.setattr(store.database, "reading", away)
    assert await store.roster.current() is known


async def test_without_any_known_roster_an_absent_database_is_an_error(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise StoreBusy("away")

    monkeypatch.setattr(store.database, "reading", away)
    with pytest.raises(StoreBusy, match="roster was not read"):
        await store.roster.current()


async def test_concurrent_changes_are_all_kept_and_checked_together(store: Store) -> None:
    people = [{**WANG, "id": f"p{number}", "contacts": [f"ext:80{number}"]} for number in range(8)]
    await asyncio.gather(
        *(store.roster.save(EntryKind.PERSON, each, person("a")) for each in people)
    )
    assert len((await store.roster.current()).people) == 8
    schedule = {"id": "s", "weekly": [{"people": ["p0"]}]}
    results = await asyncio.gather(
        store.roster.save(EntryKind.SCHEDULE, schedule, person("a")),
        store.roster.remove(EntryKind.PERSON, "p0", person("b")),
        return_exceptions=True,
    )
    assert [isinstance(result, ImportFailed) for result in results].count(True) == 1
    assert await store.roster.problems() == ()


async def test_a_kept_entry_that_went_bad_fails_alone(store: Store, open_store: OpenStore) -> None:
    await store.roster.import_toml(COMPANY, person("admin"))
    entry = await store.roster.get(EntryKind.PERSON, "wang")
    spoilt = {**entry.document, "contacts": ["13812", "ext:8001"]}
    async with store.database.session() as session:
        row = await session.get_one(RosterEntryRow, ("person", "wang"))
        row.document = spoilt
    again = await open_store("again")
    roster = await again.roster.current()
    assert [contact.target for contact in roster.by_id["wang"].contacts] == ["8001"]
    assert len(roster.people) == 3
    (problem,) = await again.roster.problems()
    assert problem.where == "person wang"


async def test_names_numbers_and_notices_are_not_readable_in_the_database_file(
    sqlite_store: Store, tmp_path: Path
) -> None:
    await sqlite_store.roster.import_toml(COMPANY, person("admin"))
    for word in ("王工", "13812345678", "wang:secret", "探亲"):
        assert word.encode() not in on_disk(tmp_path)
    assert b"roster_entries" in on_disk(tmp_path)


async def test_a_shift_of_next_year_is_within_reach_of_the_same_function(store: Store) -> None:
    await store.roster.import_toml(COMPANY, person("admin"))
    roster = await store.roster.current()
    start = datetime(2026, 1, 5, 1, tzinfo=UTC)
    turns = [on_call(roster, start + timedelta(weeks=week)) for week in (60, 61, 62)]
    assert [people[-1].id for people in turns] == ["wang", "li", "wang"]


async def test_health_tells_of_contacts_that_would_not_be_rung_any_more(
    open_store: OpenStore,
) -> None:
    before = await open_store(rules=Rules(dialling=Dialling("CN", extensions=(r"8\d{3}",))))
    await before.roster.save(EntryKind.PERSON, {**WANG, "contacts": ["ext:8001"]}, person("admin"))
    assert {check.name: check.ok for check in (await before.health()).checks}["roster contacts"]
    await before.close()
    after = await open_store(rules=Rules(dialling=Dialling("CN")))
    (check,) = [each for each in (await after.health()).checks if each.name == "roster contacts"]
    assert not check.ok
    assert check.severity is Severity.DEGRADED
    assert "person wang" in check.detail
    assert "8001" not in check.detail


async def test_a_contact_by_a_trunk_that_is_not_there_is_refused_when_it_is_saved(
    open_store: OpenStore,
) -> None:
    store = await open_store(rules=Rules(dialling=Dialling("CN", trunks=("office", "city"))))
    await store.roster.save(
        EntryKind.PERSON, {**WANG, "contacts": ["13812345678 via city"]}, person("a")
    )
    with pytest.raises(ImportFailed, match="there are: office, city"):
        await store.roster.save(
            EntryKind.PERSON,
            {**WANG, "id": "li", "contacts": ["13912345678 via offise"]},
            person("a"),
        )

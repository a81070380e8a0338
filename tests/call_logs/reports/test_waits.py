"""Where tickets wait: each step from the one before, of all, of departments, of people."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import update

from call_logs import Store
from call_logs.reports import WorkStep
from call_logs.tables.tickets import TicketRow
from call_logs.tickets import NewTicket, TicketKind
from call_logs.users import Role
from tests.people import person

ZONE = ZoneInfo("Asia/Shanghai")
FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)
START = datetime(2026, 10, 2, tzinfo=ZONE)
MANAGER = person("wang", Role.MANAGER)
ROSTER = """
[[person]]
id = "wang"
name = "王工"
contacts = ["13812345678"]
[[person]]
id = "li"
name = "李工"
contacts = ["13812345679"]
[[department]]
id = "repairs"
name = "工程部"
members = ["wang", "li"]
"""


async def ticket(
    store: Store, assignee: str, minutes: list[int | None], satisfaction: int | None = None
) -> None:
    """`minutes` after it came: taken, on site, solved, told, closed."""
    opened = await store.tickets.open(NewTicket(TicketKind.REPAIR, opened_at=START))
    names = ("acknowledged_at", "on_site_at", "resolved_at", "feedback_at", "closed_at")
    moments = {
        name: None if minute is None else START + timedelta(minutes=minute)
        for name, minute in zip(names, minutes, strict=True)
    }
    async with store.database.session() as session:
        await session.execute(
            update(TicketRow)
            .where(TicketRow.id == opened.id)
            .values(assignee=assignee, satisfaction=satisfaction, **moments)
        )


async def test_each_step_is_counted_from_the_one_before(store: Store) -> None:
    await ticket(store, "person:wang", [10, 30, 90, 100, 200])
    await ticket(store, "person:wang", [20, None, 80, None, 100])  # nobody had to come

    whole, _, people = await store.reports.waits(MANAGER, FIRST, LAST)

    steps = {step: (each.count, each.median_s, each.p90_s) for step, each in whole.steps.items()}
    assert steps == {
        WorkStep.TAKEN: (2, 600, 1200),
        WorkStep.ON_SITE: (1, 1200, 1200),
        WorkStep.RESOLVED: (2, 3600, 3600),
        WorkStep.TOLD: (1, 600, 600),
        WorkStep.CLOSED: (2, 1200, 6000),
    }
    assert people[0].steps == whole.steps


async def test_people_and_their_department_stand_apart(store: Store) -> None:
    await store.roster.import_toml(ROSTER, MANAGER)
    for minutes in (10, 20, 30):
        await ticket(store, "person:wang", [minutes, None, None, None, None], satisfaction=5)
    await ticket(store, "person:li", [60 * 24, None, None, None, None], satisfaction=2)
    await ticket(store, "department:repairs", [50, None, None, None, None])
    await ticket(store, "", [1, None, None, None, None])

    whole, departments, people = await store.reports.waits(MANAGER, FIRST, LAST)

    assert whole.tickets == 6
    assert [(each.ref, each.tickets) for each in departments] == [("department:repairs", 5)]
    assert departments[0].steps[WorkStep.TAKEN].median_s == 30 * 60
    by_ref = {each.ref: each for each in people}
    assert list(by_ref) == ["person:wang", "person:li"]
    assert by_ref["person:wang"].satisfaction == 5
    assert by_ref["person:li"].satisfaction == 2
    assert departments[0].satisfaction == 17 / 4
    assert by_ref["person:li"].missed == 1  # four hours to take it


async def test_a_time_without_a_ticket_has_zeros(store: Store) -> None:
    whole, departments, people = await store.reports.waits(MANAGER, FIRST, LAST)

    assert (whole.tickets, departments, people) == (0, (), ())

"""An outside firm in the directory, with somebody of it who signs in."""

from __future__ import annotations

from typing import Any

from call_logs import Store
from call_logs.casework import CaseRecord, RecordKind, read_record
from call_logs.users import HOTLINE, Actor, Role
from tests.people import person

FIRM = "person:lift-firm"
OTHER_FIRM = "person:pipe-firm"
LIFT_FIRM = """
[[person]]
id = "lift-firm"
name = "电梯维保"
contacts = ["13800138066"]
active = {active}
"""
PIPE_FIRM = """
[[person]]
id = "pipe-firm"
name = "管道公司"
contacts = ["13800138067"]
"""
WORKER = "lu"


async def firms(store: Store, *, active: bool = True) -> None:
    await store.roster.import_toml(
        LIFT_FIRM.format(active=str(active).lower()) + PIPE_FIRM, HOTLINE
    )


async def worker(store: Store, password: str, name: str = WORKER, firm: str = FIRM) -> Actor:
    """Somebody of a firm that is on the roster."""
    user = await store.users.add(
        name, password, Role.FIRM, HOTLINE, full_name="陆师傅", language="en", firm=firm
    )
    return Actor.of(user)


async def task_for(store: Store, ticket_id: int, firm: str = FIRM, **fields: Any) -> CaseRecord:
    given = {"what": "look at the door", "who": firm, **fields}
    new = read_record(RecordKind.TASK, given, whole=True)
    return await store.records.add(ticket_id, new, person("olga"))

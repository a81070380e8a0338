"""No table is forgotten: what has to do with a ticket or a call is asked, the rest says why not.
And the same is kept back by a query as without one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain, combinations, product

from sqlalchemy import insert, select

from call_logs.migrations.tables import metadata
from call_logs.storage.base import Base
from call_logs.tables.tickets import TicketRow
from call_logs.tickets import NewTicket
from call_logs.users import Actor, Role
from call_logs.viewing import Viewer
from call_logs.viewing.guard import OPEN, condition, unseen
from call_logs.viewing.kept_back import is_kept_back
from call_logs.viewing.viewer import kept_circle
from tests.call_logs.conftest import OpenStore

# One is the beginning of another, in other letters, or a pattern that LIKE would find it by.
REFS = ("person:wang", "person:Wang", "person:wang2", "person:wan_", "department:%")
HASHES = (b"a" * 16, b"b" * 16)
OPENED = {"number", "call_id", "opened_key"}  # of one ticket alone


def test_every_table_is_asked_or_open_with_a_reason() -> None:
    assert metadata.tables  # all rows are imported
    viewer = Viewer(Actor("olga", Role.OPERATOR))
    asked = set()
    for mapper in Base.registry.mappers:
        entity = mapper.class_
        found = condition(entity, viewer, mapper.columns.__getitem__)
        if found is not None:
            asked.add(entity.__tablename__)

    tables = {mapper.class_.__tablename__ for mapper in Base.registry.mappers}
    assert asked & OPEN.keys() == set()
    assert asked | OPEN.keys() == tables
    assert all(OPEN.values())


async def test_a_query_keeps_back_what_is_kept_back_without_one(open_store: OpenStore) -> None:
    """Every ticket that marks can make, before everybody whom they can be about."""
    store = await open_store()
    opened = await store.tickets.open(NewTicket(text="the guard shouts"))
    moments, circles = (None, datetime(2026, 6, 1, tzinfo=UTC)), list(map(kept_circle, _some(5)))
    marks = list(product(moments, circles, (None, *HASHES), ("", *REFS[:2])))
    columns = {each.key: each for each in TicketRow.__mapper__.column_attrs}.keys() - OPENED
    async with store.database.session() as session:
        row = await session.get_one(TicketRow, opened.id)
        copied = {name: getattr(row, name) for name in columns}
        copies = [
            copied
            | {"id": 1000 + at, "sensitive_at": since, "circle": circle}
            | {"about_hash": about, "assignee": assignee}
            for at, (since, circle, about, assignee) in enumerate(marks)
        ]
        await session.execute(insert(TicketRow), copies)
    async with store.database.reading() as session:
        rows = list(await session.scalars(select(TicketRow)))
        assert len(rows) == len(marks) + 1
        for refs, about, every in product(_some(2), ((), HASHES[:1], HASHES), (False, True)):
            viewer = Viewer(
                Actor("olga", Role.MANAGER),
                circle=frozenset(refs),
                about=frozenset(about),
                sees_sensitive=every,
            )
            by_query = set(await session.scalars(unseen(viewer)))
            assert by_query == {row.id for row in rows if is_kept_back(row, viewer)}, viewer


def _some(most: int) -> Iterator[tuple[str, ...]]:
    """Every choice of at most so many of the references."""
    return chain.from_iterable(combinations(REFS, size) for size in range(most + 1))

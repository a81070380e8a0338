"""The calls that go on now: in memory for this process, in the database for the others."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Select, delete, select

from call_logs.calls.call import LiveCall, NewCall
from call_logs.storage.checks import Checks
from call_logs.storage.database import Database, changed
from call_logs.storage.errors import StoreBusy
from call_logs.storage.loops import Loop
from call_logs.storage.readable import readable
from call_logs.tables.calls import LiveCallRow
from call_logs.viewing.guard import caller_kept_back

log = logging.getLogger(__name__)

FLUSH_S = 0.25  # at most four writes a second, however many calls change
AGAIN_S = (0.25, 5.0)  # while they cannot be written


class Live:
    """`update` touches memory only; one loop writes what changed, together."""

    def __init__(self, database: Database, node: str, checks: Checks) -> None:
        self._database = database
        self._node = node
        self._calls: dict[str, LiveCall] = {}
        self._dirty: set[str] = set()
        self._writing = Loop(
            "live calls",
            self.flush,
            checks=checks,
            every_s=math.inf,
            first_s=math.inf,
            rest_s=FLUSH_S,
            again_s=AGAIN_S,
        )

    def start(self) -> None:
        self._writing.start()

    async def close(self) -> None:
        await self._writing.close()

    def add(self, call: NewCall) -> None:
        """A call began (`store.calls.begin` does this)."""
        now = self._database.clock.now()
        self._calls[call.id] = LiveCall(
            call_id=call.id,
            caller=call.number,
            trunk=call.trunk,
            language=call.language,
            since=call.started_at or now,
            menu="",
            heard="",
            node=self._node,
            updated_at=now,
            direction=call.direction,
        )
        self._touch(call.id)

    def update(
        self,
        call_id: str,
        *,
        menu: str | None = None,
        heard: str | None = None,
        language: str | None = None,
    ) -> None:
        """Note where a call is in the menu and what was heard last. An ended call is ignored:
        late results of the recogniser are normal."""
        call = self._calls.get(call_id)
        if call is None:
            return
        news = replace(
            call,
            menu=call.menu if menu is None else menu,
            heard=call.heard if heard is None else heard,
            language=call.language if language is None else language,
        )
        if news != call:
            self._calls[call_id] = replace(news, updated_at=self._database.clock.now())
            self._touch(call_id)

    def remove(self, call_id: str) -> None:
        """A call ended (`store.calls.end` does this)."""
        if self._calls.pop(call_id, None) is not None:
            self._touch(call_id)

    def snapshot(self) -> tuple[LiveCall, ...]:
        """The calls of this process, oldest first."""
        return tuple(sorted(self._calls.values(), key=lambda call: call.since))

    def ids(self) -> frozenset[str]:
        return frozenset(self._calls)

    async def list(self) -> tuple[LiveCall, ...]:
        """The calls of all processes, oldest first, as of the last quarter of a second."""
        async with self._database.reading() as session:
            query = _live_calls().order_by(LiveCallRow.since)
            return tuple(await readable(session, query, _live_call))

    async def get(self, call_id: str) -> LiveCall | None:
        async with self._database.reading() as session:
            query = _live_calls().where(LiveCallRow.call_id == call_id)
            row = (await session.execute(query)).first()
            return None if row is None else _live_call(*row)

    async def forget_node(self) -> None:
        """Remove the rows that a crash of this node left behind."""
        async with self._database.session() as session:
            rows = await session.execute(
                delete(LiveCallRow)
                .where(LiveCallRow.node == self._node, LiveCallRow.call_id.not_in(self.ids()))
                .returning(LiveCallRow.call_id)
            )
            for (call_id,) in rows.all():
                changed(session, "live", call_id)

    async def flush(self) -> None:
        """Write what changed since the last time.

        Raises:
            StoreBusy: nothing was written; it stays to be written.
        """
        dirty, self._dirty = self._dirty, set()
        if not dirty:
            return
        rows = {call_id: self._calls.get(call_id) for call_id in dirty}
        try:
            await self._write_each(rows)
        except BaseException:
            self._dirty |= dirty
            raise

    async def _write_each(self, rows: Mapping[str, LiveCall | None]) -> None:
        """All together; one by one when one of them cannot be written, so that it does not
        hide the others."""
        try:
            await self._write(rows)
        except StoreBusy:
            raise
        except Exception:
            if len(rows) == 1:
                log.exception("a live call cannot be shown", extra={"call_id": next(iter(rows))})
                return
            for call_id, call in rows.items():
                await self._write_each({call_id: call})

    async def _write(self, rows: Mapping[str, LiveCall | None]) -> None:
        async with self._database.session() as session:
            gone = [call_id for call_id, call in rows.items() if call is None]
            if gone:
                await session.execute(delete(LiveCallRow).where(LiveCallRow.call_id.in_(gone)))
            for call in rows.values():
                if call is not None:
                    await session.merge(_live_row(call))
            for call_id in rows:
                changed(session, "live", call_id)

    def _touch(self, call_id: str) -> None:
        self._dirty.add(call_id)
        self._writing.wake()


def _live_calls() -> Select[LiveCallRow, bool]:
    kept_back = caller_kept_back(LiveCallRow.call_id.expression).label("kept_back")
    return select(LiveCallRow, kept_back)


def _live_call(row: LiveCallRow, kept_back: bool) -> LiveCall:
    """`kept_back`: who calls, and what is heard."""
    return LiveCall(
        call_id=row.call_id,
        caller="" if kept_back else row.caller,
        trunk=row.trunk,
        language=row.language,
        since=row.since,
        menu=row.menu,
        heard="" if kept_back else row.heard,
        node=row.node,
        updated_at=row.updated_at,
        direction=row.direction,
    )


def _live_row(call: LiveCall) -> LiveCallRow:
    return LiveCallRow(
        call_id=call.call_id,
        node=call.node,
        caller=call.caller,
        trunk=call.trunk,
        language=call.language,
        since=call.since,
        menu=call.menu,
        heard=call.heard,
        updated_at=call.updated_at,
        direction=call.direction,
    )

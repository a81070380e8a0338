"""The durable part of a follow-up: whatever ends its workflow, an open dispatch gets another."""

from __future__ import annotations

import asyncio
import base64
import pickletools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from dbos import DBOS

from call_logs import Store
from call_logs.jobs import FollowUps, Jobs, RoundResult
from call_logs.jobs import follow_ups as module
from call_logs.recordings import RecordingReader, TranscriptData

DISPATCH = "d" * 32
LIMIT_S = 30
# `RoundResult.TAKEN` as older programs kept it: pickled, by the name of a module they had.
OLDER_TAKEN = "gASVNAAAAAAAAACMFGNhbGxfbG9ncy5mb2xsb3dfdXBzlIwLUm91bmRSZXN1bHSUk5SMBXRha2VulIWUUpQu"


class Steps:
    """A telephone that rings until the test lets a round end."""

    def __init__(self) -> None:
        self.rounds: list[int] = []
        self.ringing = 0
        self.told = 0
        self.result: asyncio.Future[RoundResult] | None = None
        self.is_taken = False
        self.somebody_came = False
        self.breaks: set[str] = set()
        self.news = asyncio.Event()

    async def notify(self, dispatch_id: str, number: int) -> None:
        if "notify" in self.breaks:
            raise RuntimeError("no notice goes out")

    async def round(self, dispatch_id: str, number: int, first: str = "") -> RoundResult:
        if "round" in self.breaks:
            raise RuntimeError("the telephone broke")
        self.rounds.append(number)
        self.ringing += 1
        self.news.set()
        try:
            self.result = asyncio.get_running_loop().create_future()
            return await self.result
        finally:
            self.ringing -= 1
            self.news.set()

    async def taken(self, dispatch_id: str) -> bool:
        self.news.set()
        return self.is_taken

    async def can_ring(self, dispatch_id: str) -> bool:
        return self.somebody_came

    async def tell_owner(self, dispatch_id: str) -> None:
        self.told += 1
        self.news.set()

    def end_round(self, result: RoundResult) -> None:
        assert self.result is not None
        self.result.set_result(result)

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(LIMIT_S):
            while not holds():
                self.news.clear()
                await self.news.wait()


@pytest.fixture
async def steps() -> Steps:
    return Steps()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_EVERY_S", 1)
    monkeypatch.setattr(module, "FIRST_PAUSE_S", 1)


@asynccontextmanager
async def program(
    store: Store, steps: Steps, *, version: str = "hotline-1"
) -> AsyncIterator[FollowUps]:
    """One run of the program; it ends as the program does: its work stops first."""

    async def transcribe(reader: RecordingReader) -> TranscriptData:
        raise AssertionError("nothing is recorded here")

    jobs = Jobs(store, transcribe=transcribe, application_version=version)
    follow_ups = FollowUps(jobs, steps)
    await jobs.start()
    try:
        yield follow_ups
    finally:
        await jobs.stop()
        await jobs.close()


async def status(workflow_id: str = f"follow-up-{DISPATCH}") -> str:
    found: Any = await asyncio.to_thread(DBOS.get_workflow_status, workflow_id)
    return str(found.status)


async def until_status(wanted: str, workflow_id: str = f"follow-up-{DISPATCH}") -> None:
    async with asyncio.timeout(LIMIT_S):
        while await status(workflow_id) != wanted:  # noqa: ASYNC110 - DBOS's threads do it
            await asyncio.sleep(0.05)


async def test_a_stop_in_the_ring_ends_nothing_and_the_next_start_rings_again(
    store: Store, steps: Steps
) -> None:
    async with program(store, steps) as follow_ups:
        await follow_ups.start(DISPATCH)
        await steps.until(lambda: steps.ringing == 1)
    assert steps.ringing == 0
    async with program(store, steps):  # nobody asks for it again
        await steps.until(lambda: steps.ringing == 1)
        assert steps.rounds == [1, 1]
        steps.end_round(RoundResult.ACCEPTED)
        await until_status("SUCCESS")


async def test_a_stop_breaks_off_a_round_that_was_ordered_without_an_outcome(
    store: Store, steps: Steps
) -> None:
    async with program(store, steps) as follow_ups:
        ordered = asyncio.create_task(follow_ups.ring_now(DISPATCH))
        await steps.until(lambda: steps.ringing == 1)
    assert ordered.cancelled()
    assert steps.ringing == 0


async def test_a_round_without_the_jobs_rings_and_tells_the_owner(
    store: Store, steps: Steps
) -> None:
    async with program(store, steps) as follow_ups:
        ringing = asyncio.create_task(follow_ups.ring_without_jobs(DISPATCH, notices=True))
        await steps.until(lambda: steps.ringing == 1)
        steps.end_round(RoundResult.TAKEN)
        await ringing
        assert steps.told == 1


async def test_a_stop_in_the_pause_goes_on_with_the_next_round(store: Store, steps: Steps) -> None:
    async with program(store, steps) as follow_ups:
        await follow_ups.start(DISPATCH)
        await steps.until(lambda: steps.ringing == 1)
        steps.end_round(RoundResult.NOBODY)
        await steps.until(lambda: steps.ringing == 0)
    async with program(store, steps):
        await steps.until(lambda: steps.ringing == 1)
        assert steps.rounds[-1] in (1, 2)  # 1: the stop was quicker than its last line


async def test_an_acknowledgement_ends_the_pause_and_the_owner_is_told(
    store: Store, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE_S", 60)
    async with program(store, steps) as follow_ups:
        await follow_ups.start(DISPATCH)
        await steps.until(lambda: steps.ringing == 1)
        steps.end_round(RoundResult.NOBODY)
        steps.is_taken = True
        await steps.until(lambda: steps.told == 1)
        assert steps.rounds == [1]


async def test_when_there_is_somebody_to_be_rung_at_last_the_pause_is_over(
    store: Store, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE_S", 60)
    async with program(store, steps) as follow_ups:
        await follow_ups.start(DISPATCH)
        await steps.until(lambda: steps.ringing == 1)
        steps.end_round(RoundResult.NOBODY)
        await steps.until(lambda: steps.ringing == 0)
        steps.somebody_came = True
        await steps.until(lambda: steps.rounds == [1, 2])
        assert steps.told == 0


async def test_asked_for_many_times_it_rings_once(store: Store, steps: Steps) -> None:
    async with program(store, steps) as follow_ups:
        await asyncio.gather(*(follow_ups.start(DISPATCH) for _ in range(5)))
        await steps.until(lambda: steps.ringing == 1)
        await follow_ups.start(DISPATCH)
        await asyncio.sleep(1.0)
        assert steps.rounds == [1]


@pytest.mark.parametrize("end", ["ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED", "SUCCESS"])
async def test_whatever_ended_the_workflow_an_open_dispatch_gets_one_that_rings(
    store: Store, steps: Steps, end: str
) -> None:
    async with program(store, steps) as follow_ups:
        await follow_ups.start(DISPATCH)
        await steps.until(lambda: steps.ringing == 1)
    await _write_status(store, end)
    async with program(store, steps) as follow_ups:
        await asyncio.sleep(1.5)
        assert steps.ringing == 0  # DBOS by itself has done with it
        await follow_ups.start(DISPATCH)
        await steps.until(lambda: steps.ringing == 1)


async def test_an_upgrade_to_other_steps_begins_anew(store: Store, steps: Steps) -> None:
    async with program(store, steps) as follow_ups:
        await follow_ups.start(DISPATCH)
        await steps.until(lambda: steps.ringing == 1)
    async with program(store, steps, version="hotline-2") as follow_ups:
        await follow_ups.start(DISPATCH)
        await steps.until(lambda: steps.ringing == 1)
        assert await status() == "CANCELLED"  # the old program, started again, does not ring too
        assert await status(f"follow-up-{DISPATCH}-2") == "PENDING"


async def test_a_workflow_of_a_node_that_has_another_name_now_goes_on(
    store: Store, steps: Steps
) -> None:
    async with program(store, steps) as follow_ups:
        await follow_ups.start(DISPATCH)
        await steps.until(lambda: steps.ringing == 1)
    await _write(store, "executor_id = 'renamed', updated_at = 0")
    async with program(store, steps) as follow_ups:
        await follow_ups.start(DISPATCH)
        await steps.until(lambda: steps.ringing == 1)


async def test_a_step_that_fails_ends_neither_the_round_nor_the_search(
    store: Store, steps: Steps
) -> None:
    steps.breaks = {"notify"}
    async with program(store, steps) as follow_ups:
        await follow_ups.start(DISPATCH)
        await steps.until(lambda: steps.ringing == 1)
        steps.breaks = {"notify", "round"}
        steps.end_round(RoundResult.NOBODY)
        await steps.until(lambda: steps.ringing == 0)
        await asyncio.sleep(5.0)  # the second round fails in all its tries
        steps.breaks = set()
        await steps.until(lambda: steps.ringing == 1)


async def test_a_search_of_an_hour_ends_with_long_pauses_and_goes_on_with_them(
    store: Store, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ROUNDS", 2)
    async with program(store, steps) as follow_ups:
        await follow_ups.start(DISPATCH)
        for number in (1, 2):
            await steps.until(lambda: steps.ringing == 1)
            assert steps.rounds[-1] == number
            steps.end_round(RoundResult.NOBODY)
            await steps.until(lambda: steps.ringing == 0)
        await until_status("SUCCESS")
        await follow_ups.start(DISPATCH)
        await steps.until(lambda: steps.ringing == 1)
        assert steps.rounds == [1, 2, 3]


async def test_a_broken_jobs_database_is_put_aside_and_the_search_begins_anew(
    sqlite_store: Store, steps: Steps, tmp_path: Path
) -> None:
    async with program(sqlite_store, steps) as follow_ups:
        await follow_ups.start(DISPATCH)
        await steps.until(lambda: steps.ringing == 1)
    file = next(tmp_path.glob("*-jobs.db"))
    for each in tmp_path.glob("*-jobs.db-*"):
        each.unlink()
    file.write_bytes(b"no database at all" * 1000)
    async with program(sqlite_store, steps) as follow_ups, asyncio.timeout(LIMIT_S):
        while steps.ringing == 0:
            try:
                await follow_ups.start(DISPATCH)
            except Exception:
                await asyncio.sleep(0.2)  # as its callers do
            await asyncio.sleep(0.1)
        assert list(tmp_path.glob("*-jobs.db.broken-*"))


async def test_a_round_that_a_program_before_the_rooms_wrote_down_is_read(
    store: Store, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE_S", 60)
    async with program(store, steps) as follow_ups:
        await follow_ups.start(DISPATCH)
        await steps.until(lambda: steps.ringing == 1)
        steps.end_round(RoundResult.NOBODY)
        await steps.until(lambda: steps.ringing == 0)
        await _until_kept(store, "_round")
    older = f"UPDATE operation_outputs SET output = '{OLDER_TAKEN}' WHERE function_name = '_round'"
    await _sql(store, older)
    await _sql(
        store, "DELETE FROM operation_outputs WHERE function_name NOT IN ('_notify', '_round')"
    )
    async with program(store, steps):
        await steps.until(lambda: steps.told == 1)
        assert steps.rounds == [1]  # somebody has it: nobody is rung once more


async def test_what_is_kept_of_the_work_names_no_module(store: Store, steps: Steps) -> None:
    async with program(store, steps) as follow_ups:
        await follow_ups.start(DISPATCH)
        await steps.until(lambda: steps.ringing == 1)
        steps.end_round(RoundResult.TAKEN)
        await until_status("SUCCESS")
    kept = await _sql(store, "SELECT output FROM operation_outputs")
    kept += await _sql(store, "SELECT output FROM {WORKFLOWS}")
    assert len(kept) >= 4
    for output in filter(None, kept):
        names = {opcode.name for opcode, _, _ in pickletools.genops(base64.b64decode(output))}
        assert not names & {"GLOBAL", "STACK_GLOBAL"}


async def _until_kept(store: Store, step: str) -> None:
    async with asyncio.timeout(LIMIT_S):
        kept = f"SELECT output FROM operation_outputs WHERE function_name = '{step}'"
        while not await _sql(store, kept):  # noqa: ASYNC110 - DBOS's threads do it
            await asyncio.sleep(0.05)


async def _write_status(store: Store, end: str) -> None:
    await _write(store, f"status = '{end}'")


async def _write(store: Store, values: str) -> None:
    """What DBOS's database says of the workflow, changed while nothing runs."""
    await _sql(store, f"UPDATE {{WORKFLOWS}} SET {values}")


async def _sql(store: Store, statement: str) -> list[str]:
    """Done in DBOS's database, whose tables PostgreSQL keeps apart; the first column of what
    comes back."""
    from sqlalchemy import create_engine, text

    def ask() -> list[str]:
        url = store.jobs_url.replace("postgresql://", "postgresql+psycopg://")
        engine = create_engine(url)
        schema = "" if url.startswith("sqlite") else "dbos."
        with engine.begin() as connection:
            done = connection.execute(
                text(
                    statement.replace("{WORKFLOWS}", f"{schema}workflow_status").replace(
                        "operation_outputs", f"{schema}operation_outputs"
                    )
                )
            )
            rows = [row[0] for row in done] if done.returns_rows else []
        engine.dispose()
        return rows

    return await asyncio.to_thread(ask)

"""Taking a call: what is measured of it ends with our answer, not with the caller's ACK."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from ivr.call.answering import take
from ivr.endpoint import CallNotActive
from tests.ivr.fakes import FakeCall


class Answered(FakeCall):
    """Its ACK comes when a test says so."""

    async def answer(self) -> None:
        return


async def test_the_time_until_the_answer_is_measured_and_not_the_wait_for_the_ack() -> None:
    told: list[str] = []

    @contextmanager
    def measured() -> Iterator[None]:
        told.append("begun")
        yield
        told.append("answered")

    call = Answered(established=False)
    taking = asyncio.create_task(take(call, measured()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert told == ["begun", "answered"]
    assert not taking.done()
    call.establish()
    assert await taking


async def test_a_call_that_is_answered_already_is_not_answered_again() -> None:
    class Refuses(FakeCall):
        async def answer(self) -> None:
            raise CallNotActive("it was answered before")

    assert await take(Refuses())
    assert not await take(Refuses(established=False))

"""One endpoint of each stack for a whole module: baresip allows one at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.ivr.endpoint.desk import Desk, settings


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["baresip", "pyvoip"])
async def shared_desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    desk = Desk(request.param, settings(request.param))
    await desk.open()
    yield desk
    await desk.close()


@pytest_asyncio.fixture(loop_scope="module")
async def desk(shared_desk: Desk) -> AsyncIterator[Desk]:
    shared_desk.reset()
    yield shared_desk
    for call in tuple(shared_desk.endpoint.calls.values()):
        await call.hangup()
        await shared_desk.closed(call)

"""A telephone that vanishes in the talk: the scenario of `test_lost_line` on baresip."""

from __future__ import annotations

import pytest

from tests.urgent.conftest import Running, Scenarios
from tests.urgent.test_lost_line import scenarios as on_pyvoip

pytestmark = pytest.mark.asyncio(loop_scope="module")

scenarios = Scenarios(on_pyvoip)
sections = {"sip": "stack = baresip\nrtp_timeout_s = 10"}


@pytest.mark.parametrize("name", scenarios)
async def test_on_the_wire(running: Running, name: str) -> None:
    await running[name]

"""One running program for all tests of a module; each test calls from a number of its own."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator

import pytest

from call_logs import Store
from tests.program import Program

_numbers = itertools.count(13700000000)


@pytest.fixture(scope="module")
async def program(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Program]:
    # The trunk vouches for its callers: who calls from a ticket's number may hear of it.
    vouches = {"trunk main": "verified = yes"}
    async with Program(tmp_path_factory.mktemp("hotline"), vouches) as program:
        yield program


@pytest.fixture(scope="module")
async def store(program: Program) -> AsyncIterator[Store]:
    async with program.store() as store:
        yield store


@pytest.fixture
def number() -> str:
    """A caller's number that no other test uses."""
    return str(next(_numbers))

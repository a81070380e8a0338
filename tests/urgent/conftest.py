"""Scenarios side by side: each test waits for its own, which began long before.

A scenario is mostly waiting (rings that nobody answers, prompts that are heard out), so
that a dozen at once take hardly longer than the longest.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest

from tests.urgent.world import Act, Scene, Setting, world

AT_ONCE = 6  # calls with media on a small machine
LIMIT_S = 150.0


@dataclass(frozen=True)
class Scenario:
    """A sentence that a test proves, and the acts that prove it."""

    sentence: str
    setting: Setting
    act: Act


class Scenarios(dict[str, Scenario]):
    """The scenarios of a module, by the name that is also their category and trunk."""

    def __call__(self, name: str, setting: Setting | None = None) -> Callable[[Act], Act]:
        def register(act: Act) -> Act:
            self[name] = Scenario(act.__name__, setting or Setting(), act)
            return act

        return register


Running = dict[str, asyncio.Task[None]]


@pytest.fixture(scope="module")
async def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Running]:
    """The module's `scenarios`, under way against one program (with its `sections`, on its
    `stack`)."""
    scenarios: Scenarios = request.module.scenarios
    wanted = {
        item.callspec.params["name"]
        for item in request.session.items
        if _is_of(item, request) and isinstance(item, pytest.Function)
    }
    chosen = {name: each for name, each in scenarios.items() if name in wanted}
    settings = {name: each.setting for name, each in chosen.items()}
    free = asyncio.Semaphore(AT_ONCE)

    async def play(scenario: Scenario, scene: Scene) -> None:
        async with free:
            try:
                async with asyncio.timeout(LIMIT_S):
                    await scenario.act(scene)
            except Exception as error:
                error.add_note(f"the program's log:\n{scene.program.output()[-4000:]}")
                raise

    sections: dict[str, str] = getattr(request.module, "sections", {})
    stack: str = getattr(request.module, "stack", "baresip")
    folder = tmp_path_factory.mktemp("urgent")
    async with world(folder, settings, sections, stack=stack) as scenes:
        tasks = {
            name: asyncio.create_task(play(scenario, scenes[name]), name=name)
            for name, scenario in chosen.items()
        }
        yield tasks
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)


def _is_of(item: pytest.Item, request: pytest.FixtureRequest) -> bool:
    return getattr(item, "module", None) is request.module and hasattr(item, "callspec")

"""The keys for help and for a person work at every point of every flow. The points are found by a
robot (`everywhere`), not listed, so that a new question is among them by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress

import pytest

from call_logs import Store
from ivr.packs.menu import NodeKind
from tests.ivr.caller import quick_pack
from tests.ivr.flow.everywhere import AT_ONCE, Point, Watch, World, explore, literal_prompts
from tests.ivr.flow.worlds import Anybody, worlds

pytestmark = pytest.mark.timeout(900)

BESIDE = {
    "place_site": "a part of another prompt",
    "record_answers": "behind questions that the robot knows already (test_record_check)",
    "record_fix_answers": "offered after such answers alone (test_record_check)",
    "system_trouble": "said when the flow itself has failed (test_walk)",
}
"""What the flow says at no point of its own, and why."""

LAST_WORDS = {"ticket_number", "ticket_number_again", "goodbye", "survey_thanks"}
SETTLED_S = 8.0  # after what a caller did: then the ring was asked for, or it never is
Probe = Callable[[Watch, Point], Awaitable[str]]
"""Does something at a point; what is wrong with what came of it, "" for nothing."""


@pytest.fixture(autouse=True)
def _calls_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """All calls of the table come within minutes, by a few numbers: one case would take them in,
    and their wrong digits would close the ticket to the calls that come after."""

    async def no_case(*told: object, **how: object) -> None:
        return None

    monkeypatch.setattr("ivr.call.session.same_case", no_case)
    monkeypatch.setattr("call_logs.tickets.enquiries.MOST_WRONG_A_DAY", 10_000)


_found: dict[str, Sequence[Point]] = {}  # by world: the same for every test of this run


async def points_of(every: Sequence[World]) -> Mapping[str, Sequence[Point]]:
    if not _found:
        answered: set[object] = set()
        for world in every:
            _found[world.name] = await explore(world, "zh-CN", answered)  # type: ignore[arg-type]
    return _found


def once(points: Mapping[str, Sequence[Point]]) -> set[Point]:
    """The points without those that an earlier world has at the same kind of node."""
    seen: set[object] = set()
    kept: set[Point] = set()
    for each in points.values():
        new = {point for point in each if (point.node, point.prompt) not in seen}
        seen |= {(point.node, point.prompt) for point in new}
        kept |= new
    return kept


async def tried(
    store: Store,
    language: str,
    probes: Mapping[str, Probe],
    where: Callable[[Point], bool] = lambda point: True,
) -> str:
    """Every probe at every point; what was wrong, by point."""
    every = await worlds(store)
    points = await points_of(every)
    slots, kept = asyncio.Semaphore(AT_ONCE), once(points)

    async def one(world: World, point: Point, name: str, probe: Probe) -> str:
        async with slots, world.enter(language) as caller:
            watch = Watch(caller)
            seen = await watch.follow(world, point.way, language)
            await watch.until(point.prompt, seen)
            wrong = await probe(watch, point)
        return f"{language}, {point}: {name}: {wrong}" if wrong else ""

    calls = [
        one(world, point, name, probe)
        for world in every
        for point in points[world.name]
        if point in kept and where(point)
        for name, probe in probes.items()
    ]
    assert calls
    return "\n".join(wrong for wrong in await asyncio.gather(*calls) if wrong)


async def settled(watch: Watch, done: Callable[[], bool]) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(SETTLED_S):
            while not done() and not watch.caller.over:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    return done()


async def test_the_robot_finds_whatever_the_flow_can_say(store: Store) -> None:
    points = await points_of(await worlds(store))
    heard = {point.prompt for each in points.values() for point in each}
    assert literal_prompts(quick_pack()) - heard == set(BESIDE)


# -- keys --------------------------------------------------------------------------------


async def key_for_a_person(watch: Watch, point: Point) -> str:
    caller = watch.caller
    assert isinstance(caller, Anybody)
    before = caller.reached.person_for
    caller.press("0")
    if await settled(watch, lambda: caller.reached.person_for > before):
        return ""
    return "" if caller.reached.urgent_for else f"no person; heard {watch.heard[-4:]}"


async def key_for_help(watch: Watch, point: Point) -> str:
    """Behind the last question it may be a key pressed twice, and is asked about."""
    caller, heard = watch.caller, len(watch.heard)
    assert isinstance(caller, Anybody)
    caller.press("1")
    if point.prompt in LAST_WORDS:
        await settled(watch, lambda: "confirm_other" in watch.heard[heard:])
        caller.press("1")
    rung = await settled(watch, lambda: bool(caller.reached.urgent_for))
    return "" if rung else f"nobody is rung; heard {watch.heard[-4:]}"


async def test_the_key_for_a_person_rings_one_at_every_point(store: Store) -> None:
    assert not await tried(store, "zh-CN", {"key 0": key_for_a_person})


async def test_the_key_for_help_works_wherever_no_question_has_it_for_an_answer(
    store: Store,
) -> None:
    menus = {NodeKind.MENU, NodeKind.LANGUAGE}

    def is_free(point: Point) -> bool:
        return point.node in menus or point.prompt in LAST_WORDS

    assert not await tried(store, "zh-CN", {"key 1": key_for_help}, is_free)

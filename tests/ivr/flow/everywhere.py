"""Finds every point of every flow at which a caller can speak or press a key.

Nobody keeps a list: a robot calls, answers each question in every way that it knows, and writes
down what it hears, with the shortest way to it. `literal_prompts` reads in the code and in the
pack what the flow can say at all, so that a new question to which the robot finds no way is
noticed as well.
"""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ivr.packs.menu import Ask, Node, NodeKind
from ivr.packs.pack import Pack
from tests.ivr.caller import Caller

IVR = Path(__file__).parents[3] / "ivr"
LONGEST_S = 60.0  # of a call whose caller says nothing more
AT_ONCE = 12  # calls: they wait for the database together
LOOK_S = 0.02
LAST_WORD = "goodbye"
Act = Callable[[Caller], Awaitable[None]]


@dataclass(frozen=True)
class Step:
    """At this prompt the caller does that."""

    prompt: str
    act: str


Way = tuple[Step, ...]
Place = tuple[NodeKind | None, tuple[Ask, ...], str]


@dataclass(frozen=True)
class Point:
    """A prompt of a world: from its first sound until the next one the caller may speak."""

    world: str
    prompt: str
    is_question: bool = field(compare=False)
    node: NodeKind | None = field(compare=False)  # of the menu, where the call has come to one
    way: Way = field(compare=False)

    def __str__(self) -> str:
        steps = ", ".join(f"{each.prompt}: {each.act}" for each in self.way)
        return f"{self.world}, {self.prompt} ({steps or 'silence'})"


@dataclass(frozen=True)
class World:
    """What a call is like before its first word. `acts` are what a caller may do at a question,
    by its kind: where a "number" is asked for, at the "tone", at any "other" one, and once a
    call at its "first"; and, behind the last question, at the "end"."""

    name: str
    enter: Callable[[str], AbstractAsyncContextManager[Caller]]  # in a language
    acts: Mapping[str, Mapping[str, Callable[[str], Act]]]
    anew: frozenset[str] = frozenset()  # questions whose answers lead elsewhere than in other calls

    def act(self, name: str, language: str) -> Act:
        return next(each[name](language) for each in self.acts.values() if name in each)


class Watch:
    """What a caller hears, in its order, and which of it are questions of what kind."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.heard: list[str] = []
        self.questions: dict[str, str] = {}
        self.nodes: list[Node | None] = []  # where each prompt was heard
        self._asked = ""
        self._node: Node | None = None
        session = caller.session
        asking, render, at_menu = session.asking, caller.book.render, session.at_menu
        ask = session.conversation.ask

        def at_node(node_id: str) -> None:
            self._node = session.language.pack.menu.nodes.get(node_id)
            at_menu(node_id)

        def asked(prompt: str) -> None:
            self._asked = prompt
            if prompt == "tone":
                self.questions[prompt] = "tone"
            asking(prompt)

        async def put(*said: Any, **how: Any) -> Any:
            if said and getattr(said[0], "name", "") == self._asked:
                self.questions[self._asked] = "number" if how.get("keypad") else "other"
            return await ask(*said, **how)

        async def said(utterances: Any, rate_hz: int, **how: Any) -> list[bytes]:
            names = [each.name for each in utterances if getattr(each, "name", "")]
            self.heard += names
            self.nodes += [self._node] * len(names)
            return await render(utterances, rate_hz, **how)

        session.at_menu = at_node  # type: ignore[method-assign]
        session.asking = asked  # type: ignore[method-assign]
        session.conversation.ask = put  # type: ignore[method-assign]
        caller.book.render = said  # type: ignore[method-assign]

    async def until(self, prompt: str, seen: int) -> int:
        """Wait for a prompt behind the first `seen` ones; how many there are then."""
        async with asyncio.timeout(LONGEST_S):
            while prompt not in self.heard[seen:]:
                if self.caller.over:
                    raise LookupError(f"the call ended before {prompt}")
                await asyncio.sleep(LOOK_S)
        return self.heard.index(prompt, seen) + 1

    async def follow(self, world: World, way: Way, language: str) -> int:
        """Go the way; how many prompts were heard up to its last step."""
        seen = 0
        for step in way:
            seen = await self.until(step.prompt, seen)
            await world.act(step.act, language)(self.caller)
        return seen

    def place(self, index: int) -> Place:
        """What tells a question from the same one elsewhere in the flow."""
        node = self.nodes[index]
        return (node.kind, node.ask, self.heard[index]) if node else (None, (), self.heard[index])

    async def until_known(self, seen: int, answered: Collection[Place]) -> None:
        """Stay silent until a question comes that was answered in every way before, or until
        the call is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_S):
                while not self.caller.over and not any(  # noqa: ASYNC110
                    self.heard[index] in self.questions and self.place(index) in answered
                    for index in range(seen, len(self.heard))
                ):
                    await asyncio.sleep(LOOK_S)


async def explore(world: World, language: str, answered: set[Place]) -> tuple[Point, ...]:
    """Every point of a world. `answered`: questions that were tried in a world before, and
    those of this one afterwards."""
    points: dict[str, Point] = {}
    tried: set[Place] = set()
    ways: list[Way] = [()]
    slots = asyncio.Semaphore(AT_ONCE)

    async def call(way: Way) -> tuple[Watch, int]:
        async with slots, world.enter(language) as caller:
            watch = Watch(caller)
            try:
                seen = await watch.follow(world, way, language)
            except LookupError:  # a shorter way ended before
                return watch, len(watch.heard)
            await watch.until_known(seen, tried)
        return watch, seen

    while ways:
        calls = await asyncio.gather(*(call(way) for way in ways))
        found, ways = list(zip(ways, calls, strict=True)), []
        for way, (watch, seen) in found:
            for index in range(seen, len(watch.heard)):
                name, place, node = watch.heard[index], watch.place(index), watch.nodes[index]
                kind = watch.questions.get(name)
                points.setdefault(
                    name,
                    Point(world.name, name, kind is not None, node.kind if node else None, way),
                )
                if name == LAST_WORD:
                    kind = "end"
                if kind is None or place in tried:
                    continue
                is_first = not tried
                tried.add(place)
                if place in answered and not is_first and name not in world.anew:
                    continue
                acts = [*world.acts.get(kind, ()), *(world.acts["first"] if is_first else ())]
                ways += [(*way, Step(name, act)) for act in acts]
    answered |= tried
    return tuple(points.values())


def literal_prompts(pack: Pack) -> frozenset[str]:
    """What the flow says by name: in its code, in the pack's menu, and in its forms."""
    told = {name for node in pack.menu.nodes.values() for name in (*node.say, *node.again)}
    told |= {question.prompt for question in pack.forms.questions.values()}
    for room in ("flow", "call"):
        for file in sorted((IVR / room).glob("*.py")):
            told |= set(_texts(ast.parse(file.read_text(encoding="utf-8"))))
    return frozenset(told & set(pack.prompts.texts.prompts))


def _texts(tree: ast.AST) -> Iterator[str]:
    """Every text of the code: a prompt's name is one."""
    for each in ast.walk(tree):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value

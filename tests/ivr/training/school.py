"""A hotline with a training address, and somebody who calls it on a fake telephone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Self

from asr.lexicon import Hit
from asr.live import Heard
from call_logs import Store
from call_logs.tickets import Ticket
from ivr.call.language import Language
from ivr.call.opening import CallSettings
from ivr.call.session import Help, Session, Urgency
from ivr.media.call_media import MediaClock
from ivr.packs.phrasebook import Prompt
from ivr.service import CallService
from ivr.training import TrainingSettings
from ivr.training.training_call import TrainingCall
from tests.ivr.caller import LIMIT_S, URGENT, ZONE, quick_lexicon, quick_pack
from tests.ivr.fakes import FakeCall, FakePhrasebook
from tests.people import person

TRAINING, HOTLINE_NUMBER = "8600", "8000"
STAFF, OWNER, LIFT = "13900000001", "13800138000", "13700000007"
CODE = "246813"
ROSTER = f"""
[[person]]
id = "wang"
name = "Wang"
roles = ["engineer"]
contacts = ["{STAFF}"]

[[person]]
id = "kim"
name = "Kim"
roles = ["manager"]
contacts = ["13900000002"]
languages = ["ko"]

[[policy]]
category = "*"
  [[policy.level]]
  who = ["person:wang", "person:kim"]

[[policy]]
category = "duty"
  [[policy.level]]
  who = ["person:wang"]

[[line]]
id = "lift-1"
name = "lift 1"
caller = "{LIFT}"
building = "5"
lift = "1"
category = "lift_entrapment"
"""


class Rung:
    """Whoever is put through for real."""

    def __init__(self) -> None:
        self.tickets: list[Ticket] = []
        self.categories: list[str] = []
        self.texts: list[str] = []

    async def person(self, session: Session) -> bool:
        return False

    async def urgent(self, session: Session, hits: tuple[Hit, ...] = ()) -> Help:
        assert session.draft.ticket is not None
        self.tickets.append(session.draft.ticket)
        self.categories.append(session.draft.category)
        self.texts.append(session.draft.ticket.text)
        await session.conversation.say(*session.first_words)
        return Help.TALKED

    async def abandoned(self, session: Session, hits: tuple[Hit, ...] = ()) -> None:
        await self.urgent(session, hits)


class School:
    """The service over a real store; `calls` that were made are hung up at its end."""

    def __init__(self, store: Store, **settings: object) -> None:
        given = {"numbers": frozenset({TRAINING}), "lines": 5} | settings
        self.store = store
        self.rung = Rung()
        self.endpoint = SimpleNamespace(on_incoming=self._handle, calls={})
        self.clock = MediaClock()
        self.books = {each: FakePhrasebook() for each in ("zh-CN", "en", "ko")}
        self.finished: list[str] = []
        self._take: Callable[[FakeCall], None] = lambda call: None
        packs = {each: quick_pack(each) for each in self.books}
        self.service = CallService(
            CallSettings("zh-CN", ZONE, Urgency(URGENT, 0.8, 0.5, URGENT)),
            endpoint=self.endpoint,
            store=store,
            clock=self.clock,
            languages={
                each: Language(pack, self.books[each], quick_lexicon(pack.lexicon_path))  # type: ignore[arg-type]
                for each, pack in packs.items()
            },
            models=lambda language: None,
            listeners=SimpleNamespace(),  # type: ignore[arg-type]
            reach=self.rung,
            on_finished=self._finished,
            training=TrainingSettings(**given),  # type: ignore[arg-type]
        )

    async def _finished(self, call_id: str) -> None:
        self.finished.append(call_id)

    def _handle(self, handler: Callable[[FakeCall], None]) -> None:
        self._take = handler

    async def __aenter__(self) -> Self:
        await self.store.roster.import_toml(ROSTER, person("test"))
        self.clock.start()
        self.service.start()
        self._wire = asyncio.create_task(self._time_passes())
        return self

    async def __aexit__(self, *_: object) -> None:
        for call in tuple(self.endpoint.calls.values()):
            call.hang_up()
        await self.service.close()
        self._wire.cancel()
        await self.clock.close()
        await self.store.calls.flush()

    async def _time_passes(self) -> None:
        while True:
            for call in tuple(self.endpoint.calls.values()):
                call.pass_time(200)
            await asyncio.sleep(0.01)

    def call(
        self, number: str = STAFF, callee: str = TRAINING, *, verified: bool = True
    ) -> FakeCall:
        call = FakeCall(established=False, caller=number, callee=callee)
        call.vouched(verified)
        self.endpoint.calls[call.id] = call
        call.on_closed = lambda: self.endpoint.calls.pop(call.id, None)
        self._take(call)
        return call

    @property
    def training(self) -> TrainingCall:
        (going,) = self.service._trainings._going
        return going

    def says(self, text: str, *, final: bool = True) -> None:
        """What live recognition reports of the call that trains."""
        session = self.training._session
        assert session is not None
        heard = Heard(text, final, 0.0, 1.0)
        session.on_hits(session.language.lexicon.hits(text))
        session.on_heard(heard)

    def heard(self, language: str = "zh-CN") -> list[str]:
        return [each.name for each in self.books[language].said if isinstance(each, Prompt)]

    async def until(self, prompt: str, language: str = "zh-CN") -> None:
        """Wait until a prompt is said; what was said up to it is over."""
        said = self.books[language].said
        async with asyncio.timeout(LIMIT_S):
            while prompt not in self.heard(language):  # noqa: ASYNC110 - the fake tells nobody
                await asyncio.sleep(0.01)
        names = [getattr(each, "name", "") for each in said]
        del said[: names.index(prompt) + 1]

    async def over(self, call: FakeCall) -> None:
        """Wait until the hotline has done with a call."""
        async with asyncio.timeout(LIMIT_S):
            await call.wait_closed()
            while len(self.service._tasks):  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
        await self.store.calls.flush()

    async def helped(self) -> None:
        """Wait until people are rung."""
        async with asyncio.timeout(LIMIT_S):
            while not self.rung.tickets:  # noqa: ASYNC110 - the fake tells nobody
                await asyncio.sleep(0.01)

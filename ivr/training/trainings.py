"""The training calls of this program: which calls are some, and when they make room."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from asr.engine import LiveModel
from asr.live import Listeners
from call_logs import Store
from call_logs.deadlines import DEFAULT_RULES, DeadlineRules
from call_logs.roster import Person
from call_logs.storage import StoreError
from ivr.call.language import Language
from ivr.call.opening import CallSettings, SessionMaker
from ivr.endpoint import Call, Direction, Endpoint
from ivr.media.call_media import MediaClock
from ivr.tasks import Tasks
from ivr.training.admittance import Codes, trainee
from ivr.training.practice_reach import PracticeReach
from ivr.training.practice_store import practice_store
from ivr.training.stage import Next, Outcome
from ivr.training.training_call import TrainingCall

__all__ = ["TrainingSettings", "Trainings"]

logger = logging.getLogger(__name__)

ROSTER_WAIT_S = 1.5  # as every caller waits for it
BUSY = 486
_ORDINARY = Outcome(Next.ORDINARY)


@dataclass(frozen=True)
class TrainingSettings:
    """What the configuration says of training."""

    numbers: frozenset[str] = frozenset()  # user parts of called addresses; none: no training
    code: str = field(default="", repr=False)
    anyone: bool = False  # also who is not on the roster; needs the code
    lines: int = 100  # incoming calls that there may be at once
    rules: DeadlineRules = DEFAULT_RULES


class Trainings:
    """Training calls that go on, and who may begin one."""

    def __init__(
        self,
        settings: TrainingSettings,
        call_settings: CallSettings,
        *,
        endpoint: Endpoint,
        store: Store,
        clock: MediaClock,
        languages: Mapping[str, Language],
        models: Callable[[str], LiveModel | None],
        listeners: Listeners,
    ) -> None:
        """`store`: the real one, of which the roster alone is read."""
        self._settings = settings
        self._call_settings = call_settings
        self._endpoint = endpoint
        self._store = store
        self._clock = clock
        self._languages = languages
        self._models = models
        self._listeners = listeners
        self._codes = Codes(settings.code)
        self._going: list[TrainingCall] = []
        self._hanging_up = Tasks()

    def is_called(self, call: Call) -> bool:
        return call.callee in self._settings.numbers

    async def hold(self, call: Call) -> Outcome:
        """See a call at a training address through: before it was let in nothing has been
        said, and whoever is not let in is a caller like any other."""
        who = await self._let_in(call)
        if who is None:
            return _ORDINARY
        if self._inbound() >= self._settings.lines:
            await call.reject(BUSY)  # the last line is a caller's
            return Outcome(Next.OVER)
        reach = PracticeReach(self._store)
        training = TrainingCall(call, self._sessions(reach), reach, self._codes)
        self._going.append(training)
        try:
            return await training.run(self._clock, self._language_of(who))
        finally:
            self._going.remove(training)

    def make_room(self) -> None:
        """A caller has come: of training calls one ends, at once and without a word, when
        theirs was the last line."""
        if self._going and self._inbound() >= self._settings.lines:
            logger.info("a training call ends: all lines are needed")
            self._hanging_up.start(self._going[-1].call.hangup())

    async def close(self) -> None:
        """May be called twice."""
        await self._hanging_up.close()

    def _inbound(self) -> int:
        return sum(each.direction is Direction.INBOUND for each in self._endpoint.calls.values())

    async def _let_in(self, call: Call) -> Person | None:
        """Who it is; of a stranger who may know the code nobody in particular."""
        if self._codes.asked and self._codes.closed(self._store.clock.now()):
            logger.warning("no training today: the code was not known too often")
            return None
        if not (self._codes.asked or call.verified):
            logger.warning("no training: neither a code nor a trunk shows who calls")
            return None
        try:
            async with asyncio.timeout(ROSTER_WAIT_S):
                roster = await self._store.roster.current()
        except (StoreError, TimeoutError):
            logger.warning("no training: the roster cannot be read")
            return None
        if roster.line_for(call.trunk, call.caller) is not None:
            return None
        known = trainee(roster, call)
        if known is None and self._settings.anyone and self._codes.asked:
            return Person("", "", languages=(self._call_settings.language,))
        return known

    def _language_of(self, person: Person) -> str:
        spoken = (each for each in person.languages if each in self._languages)
        return next(spoken, self._call_settings.language)

    def _sessions(self, reach: PracticeReach) -> SessionMaker:
        return SessionMaker(
            self._call_settings,
            store=practice_store(self._store.clock, self._settings.rules),
            languages=self._languages,
            models=self._models,
            listeners=self._listeners,
            reach=reach,
        )

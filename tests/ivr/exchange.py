"""A telephone exchange without a network: people on call who do what a test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from call_logs import Store
from ivr.call.language import Language
from ivr.call.services import Services
from ivr.dispatch.dispatcher import Dispatcher
from ivr.endpoint import Call, CallState, CloseReason, DialFailed, Direction
from ivr.packs.phrasebook import Prompt
from tests.ivr.caller import LIMIT_S, Caller, quick_lexicon, quick_pack
from tests.ivr.fakes import FakeCall, FakePhrasebook
from tests.people import person

VOICE = b"\x00\x10" * 80  # 10 ms


class Telephone(FakeCall):
    """A telephone that was rung: the test lets it ring, picks up, presses, hangs up."""

    def __init__(self, target: str) -> None:
        super().__init__(established=False)
        self.direction = Direction.OUTBOUND
        self.callee = target
        self.state = CallState.OUTGOING
        self.keys_received = ""
        self.voice = VOICE  # what its person says, over and over; empty: a dead microphone
        self._settled = asyncio.Event()

    async def wait_established(self) -> None:
        await self._settled.wait()
        if self.close_reason is not None:
            raise DialFailed("not answered", self.close_reason)

    def ring(self) -> None:
        self._move(CallState.RINGING)

    def pick_up(self) -> None:
        self.establish()
        self._settled.set()

    async def hears(self) -> None:
        """Wait until the first sound has come: now a key can be an answer to it."""
        await until(lambda: self.sent)

    def refuse(self, reason: CloseReason) -> None:
        self._close(reason)

    async def send_keys(self, keys: str) -> None:
        self.keys_received += keys

    def _close(self, reason: CloseReason) -> None:
        super()._close(reason)
        self._settled.set()


class Exchange:
    """An `Endpoint` whose calls go to `Telephone`s."""

    def __init__(self) -> None:
        self.calls: dict[str, Call] = {}
        self.rung: list[str] = []  # everything that was ever dialled
        self._waiting: dict[str, asyncio.Queue[Telephone]] = {}
        self._wire = asyncio.create_task(self._move_time())

    async def dial(
        self,
        target: str,
        *,
        trunk: str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = 30.0,
    ) -> Call:
        telephone = Telephone(target)
        self.calls[telephone.id] = telephone
        self.rung.append(target)
        self._queue(target).put_nowait(telephone)
        return telephone

    async def rings(self, person: str) -> Telephone:
        """The next call to a person (`sip:<person>@test`)."""
        async with asyncio.timeout(LIMIT_S):
            return await self._queue(f"sip:{person}@test").get()

    async def answered_by(self, person: str) -> Telephone:
        telephone = await self.rings(person)
        telephone.ring()
        telephone.pick_up()
        await telephone.hears()
        return telephone

    async def accepted_by(self, person: str) -> Telephone:
        telephone = await self.answered_by(person)
        telephone.press("1")
        return telephone

    def close(self) -> None:
        self._wire.cancel()

    def _queue(self, target: str) -> asyncio.Queue[Telephone]:
        return self._waiting.setdefault(target, asyncio.Queue())

    async def _move_time(self) -> None:
        while True:
            for telephone in tuple(self.calls.values()):
                if telephone.state is CallState.CLOSED:
                    del self.calls[telephone.id]
                else:
                    telephone.pass_time(200)  # type: ignore[attr-defined]
                    telephone.speak(telephone.voice)  # type: ignore[attr-defined]
            await asyncio.sleep(0.01)


class Site:
    """A caller, the people of a roster, and a dispatcher between them."""

    def __init__(self, store: Store, number: str) -> None:
        self.store = store
        self.exchange = Exchange()
        self.people_book = FakePhrasebook()
        self.followed_up: list[str] = []
        self.sealed: list[str] = []  # ids of calls whose recordings are over
        self.caller = Caller(store, number=number)
        pack = quick_pack()
        language = Language(pack, self.people_book, quick_lexicon(pack.lexicon_path))  # type: ignore[arg-type]
        self.services = Services(
            endpoint=self.exchange,  # type: ignore[arg-type]
            clock=self.caller.clock,
            store=store,
            languages={"zh-CN": language},
            default_language="zh-CN",
        )
        self.dispatcher = Dispatcher(
            self.services, follow_up=self._follow_up, on_finished=self.finished
        )
        self.caller.session.reach = self.dispatcher
        self.services.sessions[self.caller.call.id] = self.caller.session

    async def _follow_up(self, dispatch_id: str) -> None:
        self.followed_up.append(dispatch_id)

    async def finished(self, call_id: str) -> None:
        self.sealed.append(call_id)

    def told(self) -> list[str]:
        """Names of the prompts that people on call have heard."""
        return [said.name for said in self.people_book.said if isinstance(said, Prompt)]

    async def told_people(self, prompt: str) -> None:
        await until(lambda: prompt in self.told())

    async def outcomes(self) -> list[str]:
        """What became of each ring of the call's dispatch, in order."""
        ticket = await self.caller.ticket()
        assert ticket is not None
        (dispatch,) = await self.store.dispatches.for_ticket(ticket.id)
        return [a.status.value for a in await self.store.dispatches.attempts(dispatch.id)]

    async def outcomes_are(self, *wanted: str) -> None:
        async with asyncio.timeout(LIMIT_S):
            while (seen := await self.outcomes()) != list(wanted):
                last = seen
                await asyncio.sleep(0.02)
                assert len(last) <= len(wanted), f"{last} are more than {wanted}"


async def called_back(at: Site) -> Telephone:
    """The owner's telephone rings, and he picks up."""
    async with asyncio.timeout(LIMIT_S):
        owner = await at.exchange._queue("+8613800138000").get()
    owner.ring()
    owner.pick_up()
    return owner


async def until(condition, limit_s: float = LIMIT_S) -> None:  # type: ignore[no-untyped-def]
    """Wait until `condition()` holds."""
    async with asyncio.timeout(limit_s):
        while not condition():  # noqa: ASYNC110 - the fakes tell nobody
            await asyncio.sleep(0.01)


@asynccontextmanager
async def site(
    store: Store,
    *people: str,
    ringing: str = "one_by_one",
    refer: bool = False,
    number: str = "13800138000",
) -> AsyncIterator[Site]:
    """People `a`, `b` ... in one level of every policy; `refer` as of each of them."""
    toml = "".join(
        f'[[person]]\nid = "{each}"\nname = "{each}"\nroles = ["engineer"]\n'
        f'contacts = ["sip:{each}@test"]\nrefer = {str(refer).lower()}\n\n'
        for each in people
    )
    who = ", ".join(f'"person:{each}"' for each in people)
    for category in ("*", "fire", "lift_entrapment", "duty"):
        toml += (
            f'[[policy]]\ncategory = "{category}"\n  [[policy.level]]\n  who = [{who}]\n'
            f'  ringing = "{ringing}"\n\n'
        )
    if people:
        await store.roster.import_toml(toml, person("test"))
    made = Site(store, number)
    async with made.caller:
        yield made
    await made.services.close()
    made.exchange.close()

"""A telephone exchange without a network: people on call who do what a test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Protocol

from call_logs import Store
from call_logs.storage import Checks
from ivr.call.language import Language
from ivr.call.services import Services
from ivr.dispatch.dispatcher import Dispatcher
from ivr.endpoint import Call, CallState, Direction, SipSettings, Trunk
from ivr.endpoint.admission import parse_address
from ivr.endpoint.endpoint_base import FORBIDDEN, EndpointBase
from ivr.endpoint.uri import user_of
from ivr.packs.phrasebook import Prompt
from tests.ivr.caller import LIMIT_S, Caller, quick_lexicon, quick_pack
from tests.ivr.fakes import FakeCall, FakePhrasebook
from tests.people import person

NO_NETWORK = SipSettings(trunks=(Trunk("fake", "127.0.0.1"),), rtp_timeout_s=0)
VOICE = b"\x00\x10" * 80  # 10 ms


class Telephone(FakeCall):
    """A telephone that was rung: the test lets it ring, picks up, presses, hangs up."""

    def __init__(self, target: str, **known: Any) -> None:
        super().__init__(established=False, direction=Direction.OUTBOUND, callee=target, **known)
        self.voice = VOICE  # what its person says, over and over; empty: a dead microphone

    @property
    def keys_received(self) -> str:
        return self.keys_sent

    def ring(self) -> None:
        self._move(CallState.RINGING)

    def pick_up(self) -> None:
        self.establish()

    async def hears(self) -> None:
        """Wait until the first sound has come: now a key can be an answer to it."""
        await until(lambda: self.sent)


class Peer(Protocol):
    """Whoever answers at an address of its own, instead of the test."""

    def called(self, telephone: Telephone, headers: Mapping[str, str]) -> None: ...


class Exchange(EndpointBase[FakeCall]):
    """An `Endpoint` whose calls go to `Telephone`s, or to whatever answers at a URI of `peers`."""

    stack = "fake"

    def __init__(self, settings: SipSettings = NO_NETWORK) -> None:
        super().__init__(settings, Checks())
        self.rung: list[str] = []  # everything that was ever dialled
        self.peers: dict[str, Peer] = {}
        self._waiting: dict[str, asyncio.Queue[Telephone]] = {}
        self._open = True
        self._wire = asyncio.create_task(self._move_time())

    # -- what a test does -----------------------------------------------------------

    async def rings(self, person: str) -> Telephone:
        """The next call to a person (`sip:<person>@test`)."""
        return await self.rings_at(f"sip:{person}@test")

    async def rings_at(self, target: str) -> Telephone:
        """The next call to what was dialled as `target`."""
        async with asyncio.timeout(LIMIT_S):
            return await self._queue(target).get()

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

    def incoming(self, source: str, caller: str, called: str) -> FakeCall | int:
        """An INVITE from an address: the call that it makes, or the status it is refused with."""
        trunk = self._admission.trunk_for(parse_address(source), called)
        refusal = self._refusal(trunk)
        if trunk is None or refusal is not None:
            return refusal or FORBIDDEN
        call = FakeCall(
            established=False,
            caller=caller,
            callee=called,
            trunk=trunk.name,
            verified=trunk.verified,
            quiet_s=float(self._settings.rtp_timeout_s),
        )
        self._adopt(call)
        self._announce(call)
        return call

    # -- the protocol ---------------------------------------------------------------

    async def alive(self) -> None:
        return

    async def start(self) -> None:
        await self._admission.start()
        self._open = True

    async def dial(
        self,
        target: str,
        *,
        trunk: str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = 30.0,
    ) -> Call:
        self.rung.append(target)
        self._target = target
        return await super().dial(target, trunk=trunk, headers=headers, timeout_s=timeout_s)

    # -- what a stack does ----------------------------------------------------------

    def _check(self) -> None:
        return

    async def _open_stack(self) -> None:
        return

    async def _close_stack(self) -> None:
        self._wire.cancel()

    async def _send_call(
        self, trunk: Trunk, uri: str, headers: Mapping[str, str], timeout_s: float
    ) -> FakeCall:
        telephone = Telephone(
            user_of(uri),
            caller=trunk.username,
            trunk=trunk.name,
            quiet_s=float(self._settings.rtp_timeout_s),
        )
        self._adopt(telephone)
        telephone.limit(timeout_s)
        peer = self.peers.get(uri)
        if peer is not None:
            peer.called(telephone, headers)
        self._queue(self._target).put_nowait(telephone)
        return telephone

    def _knows(self, sip_call_id: str) -> bool:
        return any(call.sip_call_id == sip_call_id for call in self._calls.values())

    def _live_calls(self) -> Iterable[FakeCall]:
        return self._calls.values()

    def _adopt(self, call: FakeCall, *, listed: bool = True) -> None:
        super()._adopt(call, listed=listed)
        call.on_closed = partial(self._forget, call)

    async def _called(self, uri: str) -> None:
        return  # there is no network to be let in from

    def _queue(self, target: str) -> asyncio.Queue[Telephone]:
        return self._waiting.setdefault(target, asyncio.Queue())

    async def _move_time(self) -> None:
        while True:
            for call in tuple(self._calls.values()):
                call.pass_time(200)
                if isinstance(call, Telephone):
                    call.speak(call.voice)
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
            endpoint=self.exchange,
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
    """The owner's telephone rings, and they pick up."""
    async with asyncio.timeout(LIMIT_S):
        owner = await at.exchange.rings_at("+8613800138000")
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
    await made.exchange.close()

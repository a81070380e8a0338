"""A caller who waits for help is told, asked and heard, and is never left in silence."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from asr.spoken import Place
from call_logs import Store
from call_logs.calls import NewCall
from call_logs.tickets import TicketClass, TicketKind
from ivr.call.jumps import HungUp
from ivr.dispatch import hold_treatment as companies
from ivr.dispatch.hold_treatment import HoldTreatment
from ivr.packs.phrasebook import Prompt, Utterance
from tests.ivr.caller import Caller
from tests.ivr.exchange import until

QUESTIONS = ["emergency_where", "ask_building"]


class Kept:
    """A caller who is kept company, and nothing else."""

    def __init__(self, store: Store, *, where: bool) -> None:
        self.caller = Caller(store)
        self.treatment = HoldTreatment(self.caller.session, where=where)
        self.opening: tuple[Utterance, ...] = (Prompt("emergency_calling"),)
        self.keeping: asyncio.Task[None] | None = None

    def begin(self) -> None:
        self.keeping = asyncio.create_task(self.treatment.keep(*self.opening))

    @property
    def heard(self) -> list[str]:
        """What they heard besides the music."""
        return [name for name in self.caller.heard if name != "comfort"]

    async def hears(self, *prompts: str, limit_s: float = 10.0) -> None:
        """Wait until this is everything they have heard besides the music."""
        try:
            await until(lambda: self.heard == list(prompts), limit_s)
        except TimeoutError:
            pytest.fail(f"he heard {self.heard}, not {list(prompts)}")

    async def hears_music(self) -> None:
        await until(lambda: self.caller.heard[-1:] == ["comfort"])

    async def ticket_text(self, text: str) -> None:
        async def there() -> bool:
            ticket = await self.caller.ticket()
            return ticket is not None and text in ticket.text

        async with asyncio.timeout(10):
            while not await there():  # noqa: ASYNC110 - the store tells nobody
                await asyncio.sleep(0.02)


@asynccontextmanager
async def kept(store: Store, *, where: bool = False, known: bool = False) -> AsyncIterator[Kept]:
    """`where` as of `HoldTreatment`; `known`: their place is."""
    made = Kept(store, where=where)
    caller = made.caller
    store.calls.begin(NewCall(id=caller.call.id, caller=caller.call.caller, trunk="fake"))
    if known:
        caller.session.draft.place = Place(building="3")
    await caller.session.open_ticket(TicketKind.EMERGENCY, TicketClass.URGENT)
    caller.session.conversation.armed = False  # as in every emergency

    async def move_time() -> None:
        while True:
            caller.call.pass_time(200)
            await asyncio.sleep(0.01)

    caller.clock.start()
    wire = asyncio.create_task(move_time())
    made.begin()
    yield made
    assert made.keeping is not None
    made.keeping.cancel()
    wire.cancel()
    await asyncio.gather(made.keeping, wire, return_exceptions=True)
    caller.session.conversation.close()
    await caller.clock.close()


@pytest.fixture
def _short_music(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(companies, "MUSIC_S", 0.2)


def rung(name: str) -> Prompt:
    return Prompt(f"role_{name}")


# -- what they are told ---------------------------------------------------------------------


async def test_he_hears_the_opening_then_who_is_tried_in_plain_words(store: Store) -> None:
    async with kept(store) as he:
        he.treatment.trying(rung("engineer"))
        await he.hears("emergency_calling", "dispatch_trying")
        he.treatment.trying(rung("manager"))
        await he.hears("emergency_calling", "dispatch_trying", "dispatch_next", limit_s=3.0)
        said = [each for each in he.caller.book.said if getattr(each, "slots", None)]
        assert [each.slots["who"] for each in said] == [rung("engineer"), rung("manager")]  # type: ignore[union-attr]


async def test_only_the_latest_news_is_news(store: Store) -> None:
    async with kept(store) as he:
        for name in ("engineer", "operator", "manager", "guard"):  # while the opening is spoken
            he.treatment.trying(rung(name))
        await he.hears("emergency_calling", "dispatch_next", "dispatch_next")
        said = [each for each in he.caller.book.said if getattr(each, "slots", None)]
        assert [each.slots["who"] for each in said] == [rung("manager"), rung("guard")]  # type: ignore[union-attr]


@pytest.mark.usefixtures("_short_music")
async def test_when_nothing_happens_he_is_told_now_and_then_that_it_goes_on(store: Store) -> None:
    async with kept(store) as he:
        await he.hears("emergency_calling", "dispatch_still_trying")
        rests = he.caller.heard.index("dispatch_still_trying") - 1
        assert rests == companies.STILL_TRYING_EVERY  # music, each time anew
        await he.hears("emergency_calling", "dispatch_still_trying", "dispatch_still_trying")


@pytest.mark.usefixtures("_short_music")
async def test_who_talks_is_not_interrupted_to_be_reassured(store: Store) -> None:
    async with kept(store) as he:
        for turn in range(3 * companies.STILL_TRYING_EVERY):
            await he.hears_music()
            he.caller.book.said.clear()
            he.caller.say(f"我在里面{turn}")
        assert he.heard == []


# -- what they are asked --------------------------------------------------------------------


@pytest.mark.usefixtures("_short_music")
async def test_where_he_is_is_asked_twice_and_no_more(store: Store) -> None:
    async with kept(store, where=True) as he:
        await he.hears("emergency_calling", *QUESTIONS, "dispatch_still_trying")


@pytest.mark.usefixtures("_short_music")
@pytest.mark.parametrize(("where", "known"), [(False, False), (True, True)])
async def test_he_is_not_asked_what_is_known_or_not_needed(
    store: Store, where: bool, known: bool
) -> None:
    async with kept(store, where=where, known=known) as he:
        await he.hears("emergency_calling", "dispatch_still_trying")


async def test_a_number_keyed_is_his_building_while_the_place_is_unknown(store: Store) -> None:
    async with kept(store, where=True) as he:
        await he.hears("emergency_calling", "emergency_where")
        await he.hears_music()
        he.caller.press("12#")

        async def written() -> bool:
            ticket = await he.caller.ticket()
            return ticket is not None and ticket.building == "12"

        async with asyncio.timeout(10):
            while not await written():  # noqa: ASYNC110 - the store tells nobody
                await asyncio.sleep(0.02)
        await he.hears_music()  # the key had stopped it
        he.caller.press("7#")  # the place is known: it means nothing
        await he.hears_music()
        assert he.caller.session.draft.place.building == "12"


@pytest.mark.parametrize("key", ["*", "#"])
async def test_a_key_that_is_no_number_means_nothing_and_the_music_comes_back(
    store: Store, key: str
) -> None:
    async with kept(store, where=True) as he:
        await he.hears("emergency_calling", "emergency_where")
        await he.hears_music()
        he.caller.book.said.clear()
        he.caller.press(key)
        await he.hears_music()
        assert not he.caller.session.draft.place_known


# -- what they say ------------------------------------------------------------------------


@pytest.mark.parametrize("while_told", ["emergency_calling", "comfort"])
async def test_what_he_says_is_kept_while_he_is_told_and_while_there_is_music(
    store: Store, while_told: str
) -> None:
    async with kept(store) as he:
        await until(lambda: while_told in he.caller.heard)
        he.caller.say("老人喘不上气")
        await he.ticket_text("老人喘不上气")
        await he.hears_music()


async def test_a_place_that_he_tells_ends_the_questions(store: Store) -> None:
    async with kept(store, where=True) as he:
        await he.hears("emergency_calling", "emergency_where")
        await he.hears_music()
        he.caller.say("三号楼二单元")
        he.treatment.trying(rung("engineer"))
        await he.hears("emergency_calling", "emergency_where", "dispatch_trying")
        await he.hears_music()
        assert he.caller.session.draft.place.building == "3"


async def test_a_store_that_is_away_leaves_him_no_moment_in_silence(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = asyncio.Event()
    update = store.tickets.update

    async def slowly(*args: object, **fields: object) -> object:
        await released.wait()
        return await update(*args, **fields)  # type: ignore[arg-type]

    monkeypatch.setattr(store.tickets, "update", slowly)
    async with kept(store) as he:
        await he.hears_music()
        he.caller.say("老人喘不上气")
        he.caller.book.said.clear()
        await he.hears_music()
        he.treatment.trying(rung("engineer"))
        await he.hears("dispatch_trying")
        he.caller.say("快点")
        he.treatment.trying(rung("manager"))
        await he.hears("dispatch_trying", "dispatch_next")
        assert he.keeping is not None
        he.keeping.cancel()  # somebody has accepted
        released.set()
        await he.ticket_text("老人喘不上气")


# -- the end -----------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["emergency_calling", "comfort"])
async def test_a_hang_up_ends_it_wherever_it_is(store: Store, when: str) -> None:
    async with kept(store) as he:
        await until(lambda: when in he.caller.heard)
        assert he.caller.session.keep_all
        he.caller.call.hang_up()
        assert he.keeping is not None
        with pytest.raises(HungUp):
            async with asyncio.timeout(5):
                await he.keeping
        assert not he.caller.session.keep_all


async def test_who_is_connected_is_kept_no_company_any_more(store: Store) -> None:
    async with kept(store) as he:
        await he.hears_music()
        assert he.keeping is not None
        he.keeping.cancel()
        await asyncio.wait({he.keeping})
        assert not he.caller.session.keep_all
        before = len(he.caller.book.said)
        he.treatment.trying(rung("engineer"))
        await asyncio.sleep(0.1)
        assert len(he.caller.book.said) == before

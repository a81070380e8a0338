"""One contact rung: what each key does, and what becomes of it wherever it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from call_logs import Store
from call_logs.dispatches import AttemptStatus
from call_logs.roster import Person, parse_contact
from call_logs.tickets import NewTicket, TicketKind
from call_logs.users import HOTLINE
from ivr.dispatch import ring as rings
from ivr.dispatch.dispatch_log import DispatchLog
from ivr.dispatch.ring import Briefing, Ring, role_phrase
from ivr.endpoint import Call, CloseReason, DialFailed, EndpointError
from ivr.packs.phrasebook import Number, Prompt
from tests.ivr.conftest import opened_store
from tests.ivr.exchange import Site, Telephone, site, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

A = AttemptStatus
LI = Person("li", "Li", (parse_contact("sip:li@test"),))
WORDS = b"\x07\x00" * 800
RING_S = 5.0


class Asked:
    """A ring under way, and what was claimed in it."""

    def __init__(self, at: Site, log: DispatchLog) -> None:
        self.at = at
        self.log = log
        self.claimed = 0
        self.answer = A.ACCEPTED  # what the claim will be told
        self.decided = asyncio.Event()  # cleared: the claim waits for the store
        self.decided.set()
        self.words = WORDS
        self.opened = 0
        briefing = Briefing(self._opening, Prompt("engineer_keys"), lambda rate_hz: self.words)
        self.ring = Ring(at.services, LI, LI.contacts[0], briefing, log, claim=self._claim)
        self._running = asyncio.create_task(self.ring.run(level=0, round_=1, ring_s=RING_S))

    def _opening(self) -> tuple[Prompt, ...]:
        self.opened += 1
        return (Prompt("engineer_urgent", place=Number(self.opened)),)

    async def _claim(self, ring: Ring) -> AttemptStatus:
        assert ring is self.ring
        self.claimed += 1
        await self.decided.wait()
        return self.answer

    async def ended(self) -> AttemptStatus:
        async with asyncio.timeout(20):
            return await self._running

    async def is_noted(self, *statuses: AttemptStatus) -> None:
        """Wait until the store knows this way of the ring."""
        seen: list[str] = []

        async def so() -> bool:
            steps = await self.at.store.dispatches.timeline(self.log.dispatch_id)
            kinds = [step.kind for step in steps]
            seen[:] = [kind for kind in kinds if kind.startswith("attempt_")]
            return seen == [f"attempt_{status}" for status in (A.PLACED, *statuses)]

        try:
            async with asyncio.timeout(10):
                while not await so():  # noqa: ASYNC110 - the store tells nobody
                    await asyncio.sleep(0.02)
        except TimeoutError:
            pytest.fail(f"the ring went {seen}")

    async def answered(self) -> Telephone:
        """Li has picked up and hears what and where."""
        telephone = await self.at.exchange.answered_by("li")
        await self.at.told_people("engineer_urgent")
        return telephone


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rings, "KEY_WAIT_S", 0.3)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def store(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Store]:
    async with opened_store(tmp_path_factory.mktemp("store")) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def at(store: Store) -> AsyncIterator[Site]:
    async with site(store) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def asked(at: Site, store: Store) -> Asked:
    ticket = await store.tickets.open(NewTicket(kind=TicketKind.EMERGENCY))
    policy = (await store.roster.current()).policy("fire")
    return Asked(
        at, DispatchLog(store, (await store.dispatches.open(ticket.id, policy, actor=HOTLINE)).id)
    )


async def is_freed(at: Site, telephone: Telephone) -> None:
    """The line is hung up by us, and nothing of it is left."""
    await until(lambda: telephone.close_reason is CloseReason.LOCAL)
    await until(lambda: at.caller.clock.calls == 1)  # the owner's own
    assert len(at.services.engaged) == 0


# -- keys --------------------------------------------------------------------------------


async def test_key_1_keeps_the_line_open_and_nobody_rings_him_meanwhile(
    at: Site, asked: Asked
) -> None:
    telephone = await asked.answered()
    telephone.press("1")
    assert await asked.ended() is A.ACCEPTED
    assert asked.ring.party is not None
    assert (asked.ring.party.person, asked.ring.party.call) == (LI, telephone)
    assert telephone.close_reason is None
    assert set(at.services.engaged) == {"li", "sip:li@test"}
    await asked.is_noted(A.RUNG, A.ANSWERED)  # the claim writes the rest
    await asked.ring.hang_up()
    await asked.ring.hang_up()
    await is_freed(at, telephone)


async def test_key_1_of_one_who_joins_is_noted_here(at: Site, asked: Asked) -> None:
    asked.answer = A.CONFIRMED
    telephone = await asked.answered()
    telephone.press("1")
    assert await asked.ended() is A.CONFIRMED
    assert telephone.close_reason is None
    await asked.is_noted(A.RUNG, A.ANSWERED, A.CONFIRMED)
    await asked.ring.hang_up()


async def test_a_1_that_comes_too_late_is_told_so_to_the_end(at: Site, asked: Asked) -> None:
    asked.answer = A.TOO_LATE
    telephone = await asked.answered()
    telephone.press("11")  # the second must not cut the sentence short
    assert await asked.ended() is A.TOO_LATE
    assert at.told()[-1] == "engineer_taken"
    assert asked.claimed == 1
    await is_freed(at, telephone)
    await asked.is_noted(A.RUNG, A.ANSWERED, A.TOO_LATE)


async def test_key_2_passes_on_without_a_claim(at: Site, asked: Asked) -> None:
    telephone = await asked.answered()
    telephone.press("2")
    assert await asked.ended() is A.PASSED
    assert at.told()[-1] == "engineer_passed"
    assert asked.claimed == 0
    await is_freed(at, telephone)
    await asked.is_noted(A.RUNG, A.ANSWERED, A.PASSED)


async def test_who_presses_2_and_hangs_up_at_once_has_passed_it_on(at: Site, asked: Asked) -> None:
    telephone = await asked.answered()
    await hear(at, telephone, "2", "engineer_passed")
    telephone.hang_up()
    assert await asked.ended() is A.PASSED
    await asked.is_noted(A.RUNG, A.ANSWERED, A.PASSED)


async def test_key_3_tells_again_what_has_become_known_meanwhile(at: Site, asked: Asked) -> None:
    telephone = await asked.answered()
    await at.told_people("engineer_keys")
    telephone.press("3")
    await until(lambda: at.told() == ["engineer_urgent", "engineer_keys"] * 2)
    first, _, again, _ = at.people_book.said
    assert (first.slots["place"], again.slots["place"]) == (Number(1), Number(2))  # type: ignore[union-attr]
    telephone.press("1")
    assert await asked.ended() is A.ACCEPTED


async def test_key_9_plays_the_callers_words_and_asks_again(at: Site, asked: Asked) -> None:
    telephone = await asked.answered()
    telephone.press("9")
    await until(lambda: at.told()[-2:] == ["engineer_owner_words", "engineer_keys"])
    assert WORDS in telephone.sent
    telephone.press("1")
    assert await asked.ended() is A.ACCEPTED


async def test_key_9_says_when_the_caller_has_said_nothing(at: Site, asked: Asked) -> None:
    asked.words = b""
    telephone = await asked.answered()
    telephone.press("9")
    await until(lambda: at.told()[-2:] == ["engineer_no_words", "engineer_keys"])
    telephone.press("1")
    assert await asked.ended() is A.ACCEPTED


@pytest.mark.parametrize("key", "045678*#")
async def test_a_wrong_key_names_the_right_ones(at: Site, asked: Asked, key: str) -> None:
    telephone = await asked.answered()
    telephone.press(key)
    await until(lambda: at.told() == ["engineer_urgent", "engineer_keys", "engineer_keys"])
    telephone.press("1")
    assert await asked.ended() is A.ACCEPTED


async def test_no_key_is_no_acceptance(at: Site, asked: Asked) -> None:
    telephone = await asked.answered()
    assert await asked.ended() is A.SILENT
    assert at.told()[-1] == "engineer_no_key"
    assert asked.claimed == 0
    await is_freed(at, telephone)
    await asked.is_noted(A.RUNG, A.ANSWERED, A.SILENT)


async def test_a_voicemail_that_hangs_up_in_the_last_sentence_has_still_pressed_nothing(
    at: Site, asked: Asked
) -> None:
    telephone = await asked.answered()
    await at.told_people("engineer_no_key")
    telephone.hang_up()
    assert await asked.ended() is A.SILENT
    await asked.is_noted(A.RUNG, A.ANSWERED, A.SILENT)


async def test_a_person_asleep_has_eight_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert rings.KEY_WAIT_S == 8.0


async def test_who_only_presses_3_does_not_hold_the_search_for_ever(at: Site, asked: Asked) -> None:
    telephone = await asked.answered()
    for turn in range(rings.MOST_REPEATS):
        await until(lambda turn=turn: asked.opened == turn + 1)
        telephone.press("3")
    assert await asked.ended() is A.SILENT
    await is_freed(at, telephone)


# -- hang-ups, wherever --------------------------------------------------------------------


async def hear(at: Site, telephone: Telephone, keys: str, prompt: str) -> None:
    telephone.press(keys)
    await at.told_people(prompt)


@pytest.mark.parametrize(
    ("keys", "prompt"),
    [
        ("", "engineer_urgent"),
        ("", "engineer_keys"),
        ("9", "engineer_owner_words"),
        ("5", "engineer_keys"),
    ],
)
async def test_who_hangs_up_while_he_is_asked_has_not_accepted(
    at: Site, asked: Asked, keys: str, prompt: str
) -> None:
    telephone = await asked.answered()
    await hear(at, telephone, keys, prompt)
    telephone.hang_up()
    assert await asked.ended() is A.HUNG_UP
    assert asked.claimed == 0
    await until(lambda: at.caller.clock.calls == 1)
    await asked.is_noted(A.RUNG, A.ANSWERED, A.HUNG_UP)


async def test_who_hangs_up_in_the_moment_of_the_answer_leaves_nothing(
    at: Site, asked: Asked
) -> None:
    telephone = await at.exchange.rings("li")
    telephone.establish()
    telephone.hang_up()
    assert await asked.ended() in {A.HUNG_UP, A.FAILED}
    await until(lambda: at.caller.clock.calls == 1)


async def test_who_hangs_up_behind_his_1_has_accepted_and_the_talk_will_see(
    at: Site, asked: Asked
) -> None:
    telephone = await asked.answered()
    asked.decided.clear()
    telephone.press("1")
    await until(lambda: asked.claimed == 1)
    telephone.hang_up()
    asked.decided.set()
    assert await asked.ended() is A.ACCEPTED
    await asked.ring.hang_up()
    assert len(at.services.engaged) == 0


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        (CloseReason.BUSY, A.BUSY),
        (CloseReason.DECLINED, A.DECLINED),
        (CloseReason.NO_ANSWER, A.NO_ANSWER),
        (CloseReason.UNREACHABLE, A.UNREACHABLE),
        (CloseReason.RTP_TIMEOUT, A.FAILED),
    ],
)
async def test_a_telephone_that_is_not_answered_has_an_outcome(
    at: Site, asked: Asked, reason: CloseReason, status: AttemptStatus
) -> None:
    telephone = await at.exchange.rings("li")
    telephone.ring()
    telephone.refuse(reason)
    assert await asked.ended() is status
    await asked.is_noted(A.RUNG, status)


# -- what cannot be dialled --------------------------------------------------------------


def dialling(at: Site, act: Callable[[Telephone], Awaitable[None]]) -> None:
    """Let something happen while the INVITE is on its way out."""
    dial = at.exchange.dial

    async def slowly(target: str, **options: Any) -> Call:
        call = await dial(target, **options)
        await act(call)  # type: ignore[arg-type]
        return call

    at.exchange.dial = slowly  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("reason", "status"),
    [(CloseReason.UNREACHABLE, A.UNREACHABLE), (CloseReason.FAILED, A.FAILED)],
)
async def test_a_number_that_cannot_be_dialled_fails_alone(
    at: Site, asked: Asked, reason: CloseReason, status: AttemptStatus
) -> None:
    async def refuse(telephone: Telephone) -> None:
        raise DialFailed("there is no way to it", reason)

    dialling(at, refuse)
    assert await asked.ended() is status
    assert asked.ring.party is None
    await asked.is_noted(status)


async def test_a_telephone_that_rings_before_anybody_listens_has_rung(
    at: Site, asked: Asked
) -> None:
    async def ring(telephone: Telephone) -> None:
        telephone.ring()

    dialling(at, ring)
    (await at.exchange.rings("li")).refuse(CloseReason.BUSY)
    assert await asked.ended() is A.BUSY
    await asked.is_noted(A.RUNG, A.BUSY)


async def test_a_telephone_that_answers_before_anybody_listens_has_rung(
    at: Site, asked: Asked
) -> None:
    async def pick_up(telephone: Telephone) -> None:
        telephone.pick_up()

    dialling(at, pick_up)
    telephone = await at.exchange.rings("li")
    await at.told_people("engineer_urgent")
    telephone.press("2")
    assert await asked.ended() is A.PASSED
    await asked.is_noted(A.RUNG, A.ANSWERED, A.PASSED)


# -- nobody needs them any more -------------------------------------------------------------


async def test_a_ring_stopped_before_its_invite_dials_nothing(at: Site, asked: Asked) -> None:
    asked.ring.stop()
    assert await asked.ended() is A.CANCELLED
    assert at.exchange.rung == []
    await asked.is_noted(A.CANCELLED)


async def test_a_ring_stopped_while_the_invite_goes_out_is_cancelled(
    at: Site, asked: Asked
) -> None:
    async def stop(telephone: Telephone) -> None:
        asked.ring.stop()

    dialling(at, stop)
    telephone = await at.exchange.rings("li")
    assert await asked.ended() is A.CANCELLED
    await is_freed(at, telephone)


async def test_a_ring_stopped_while_it_rings_is_cancelled(at: Site, asked: Asked) -> None:
    telephone = await at.exchange.rings("li")
    telephone.ring()
    asked.ring.stop()
    asked.ring.stop()
    assert await asked.ended() is A.CANCELLED
    assert at.told() == []
    await is_freed(at, telephone)
    await asked.is_noted(A.RUNG, A.CANCELLED)


async def test_who_answers_in_the_moment_of_the_stop_hears_why_and_is_asked_nothing(
    at: Site, asked: Asked
) -> None:
    telephone = await at.exchange.rings("li")
    telephone.pick_up()
    asked.ring.stop(Prompt("engineer_owner_gone"))
    assert await asked.ended() is A.CANCELLED
    await is_freed(at, telephone)


@pytest.mark.parametrize("farewell", [None, "engineer_owner_gone"])
async def test_who_is_being_asked_hears_why_it_is_over(
    at: Site, asked: Asked, farewell: str | None
) -> None:
    telephone = await asked.answered()
    asked.ring.stop(Prompt(farewell) if farewell else None)
    assert await asked.ended() is A.CANCELLED
    assert at.told()[-1] == (farewell or "engineer_taken")
    assert asked.claimed == 0
    await is_freed(at, telephone)
    await asked.is_noted(A.RUNG, A.ANSWERED, A.CANCELLED)


async def test_a_stop_in_the_moment_of_acceptance_leaves_the_claim_to_decide(
    at: Site, asked: Asked
) -> None:
    telephone = await asked.answered()
    asked.decided.clear()
    telephone.press("1")
    await until(lambda: asked.claimed == 1)
    asked.ring.stop()
    asked.decided.set()
    assert await asked.ended() is A.ACCEPTED
    assert telephone.close_reason is None
    await asked.ring.hang_up(Prompt("engineer_owner_gone"))
    assert at.told()[-1] == "engineer_owner_gone"
    await is_freed(at, telephone)


async def test_a_stop_when_all_is_over_does_nothing(at: Site, asked: Asked) -> None:
    telephone = await asked.answered()
    telephone.press("2")
    await asked.ended()
    asked.ring.stop()
    assert await asked.ended() is A.PASSED
    assert telephone.close_reason is CloseReason.LOCAL


async def test_a_line_that_cannot_be_hung_up_is_no_fault_of_the_search(
    at: Site, asked: Asked
) -> None:
    telephone = await asked.answered()

    async def fail() -> None:
        raise EndpointError("the stack is gone")

    telephone.hangup = fail  # type: ignore[method-assign]
    telephone.press("2")
    assert await asked.ended() is A.PASSED


@pytest.mark.parametrize(
    ("roles", "prompt"),
    [
        ("engineer", "role_engineer"),
        ("manager operator", "role_manager"),
        ("operator", "role_operator"),
        ("security", "role_guard"),
        ("", "role_person"),
    ],
)
async def test_a_person_is_named_by_his_role(roles: str, prompt: str) -> None:
    person = replace(LI, roles=frozenset(roles.split()))
    assert role_phrase(person) == Prompt(prompt)

"""Which requests reach a stack: every rule of the gate, and its limits."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from ivr.endpoint import Trunk
from ivr.endpoint import gate as rules
from ivr.endpoint.admission import Admission
from ivr.endpoint.gate import Gate, Request, Verdict

PBX = ip_address("10.1.0.1")
STRANGER = ip_address("203.0.113.9")
OFFICE = Trunk("office", "10.1.0.1", allow=(ip_network("10.1.0.0/16"),))


class Door:
    """A gate with a clock of ours, the calls that live behind it, and those it gave up."""

    def __init__(self, max_calls: int = 40) -> None:
        self.now = 1000.0
        self.live: set[str] = set()
        self.given_up: list[str] = []
        self.room = max_calls
        self.gate = Gate(
            Admission([OFFICE]),
            max_calls=max_calls,
            knows=lambda call_id: call_id in self.live,
            room=lambda: self.room,
            abandon=self.given_up.append,
            clock=lambda: self.now,
        )

    def ask(
        self,
        method: str = "INVITE",
        source: object = PBX,
        call_id: str = "c",
        *,
        in_dialog: bool = False,
    ) -> Verdict:
        return self.gate.judge(Request(source, method, call_id, in_dialog))  # type: ignore[arg-type]


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("in_dialog", [False, True])
@pytest.mark.parametrize(
    "method", ["INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "REGISTER", "MESSAGE", "NOTIFY"]
)
@pytest.mark.parametrize("source", [PBX, STRANGER, None])
def test_every_rule(source: object, method: str, in_dialog: bool, live: bool) -> None:
    door = Door()
    if live:
        door.live.add("c")
    verdict = door.ask(method, source, in_dialog=in_dialog)
    related = in_dialog or method in {"ACK", "CANCEL"}
    if source is PBX or (related and live):
        assert verdict is Verdict.PASS
    elif method == "ACK":
        assert verdict is Verdict.IGNORE
    else:
        assert verdict is Verdict.FORBIDDEN


def test_a_flood_of_strangers_is_answered_a_few_times_a_second_only() -> None:
    door = Door()
    verdicts = []
    for number in range(20_000):
        door.now += 0.0005
        verdicts.append(door.ask(source=STRANGER, call_id=str(number)))
    answered = verdicts.count(Verdict.FORBIDDEN)
    assert answered <= rules.ANSWERS_AT_ONCE + 10 * rules.ANSWERS_PER_S
    assert answered + verdicts.count(Verdict.IGNORE) == len(verdicts)
    assert door.gate.refused == len(verdicts)
    assert door.ask() is Verdict.PASS


def test_a_busy_honest_trunk_is_not_slowed() -> None:
    door = Door(max_calls=200)
    for number in range(1200):  # 30 a second for 40 s, each acknowledged within 0.3 s
        door.now += 1 / 30
        assert door.ask(call_id=str(number)) is Verdict.PASS
        door.gate.answered(str(number))
        if number >= 9:
            door.gate.settled(str(number - 9))
    assert not door.given_up


def test_a_hundred_calls_at_once_come_in() -> None:
    door = Door(max_calls=100)
    assert {door.ask(call_id=str(number)) for number in range(100)} == {Verdict.PASS}


def test_a_trunk_that_starts_too_many_calls_gets_503_and_later_a_place_again() -> None:
    door = Door(max_calls=10_000)
    verdicts = [door.ask(call_id=str(number)) for number in range(200)]
    assert verdicts.count(Verdict.UNAVAILABLE) == 200 - rules.CALLS_AT_ONCE
    door.now += 1.0
    assert door.ask(call_id="later") is Verdict.PASS


def test_one_source_does_not_use_up_anothers_calls() -> None:
    door = Door(max_calls=10_000)
    for number in range(200):
        door.ask(call_id=str(number))
    assert door.ask(source=ip_address("10.1.0.2"), call_id="other") is Verdict.PASS


def test_calls_that_nobody_acknowledges_make_room_for_the_next() -> None:
    door = Door(max_calls=40)
    for number in range(20):
        assert door.ask(call_id=str(number)) is Verdict.PASS
        door.gate.answered(str(number))
    assert door.ask(call_id="too soon") is Verdict.UNAVAILABLE
    assert not door.given_up
    door.now += rules.ABANDONED_S
    assert door.ask(call_id="next") is Verdict.PASS
    assert door.given_up == ["0"]


def test_calls_that_we_have_not_answered_yet_are_never_given_up_nor_held_against_others() -> None:
    door = Door(max_calls=40)
    for number in range(40):
        assert door.ask(call_id=str(number)) is Verdict.PASS
    door.room = 0
    door.now += 10.0
    assert door.ask(call_id="next") is Verdict.PASS  # a full house is the endpoint's to tell
    assert not door.given_up


def test_in_a_full_house_an_abandoned_call_gives_its_place_up() -> None:
    door = Door(max_calls=40)
    door.ask(call_id="abandoned")
    door.gate.answered("abandoned")
    door.room = 0
    door.now += rules.ABANDONED_S
    assert door.ask(call_id="next") is Verdict.PASS
    assert door.given_up == ["abandoned"]


def test_a_call_that_was_acknowledged_is_never_given_up() -> None:
    door = Door()
    door.ask(call_id="honest")
    door.gate.answered("honest")
    door.gate.settled("honest")
    door.gate.answered("honest")  # told late: the acknowledgement was faster
    door.room = 0
    door.now += 60.0
    door.ask(call_id="next")
    assert not door.given_up


def test_what_nobody_told_of_is_forgotten() -> None:
    door = Door(max_calls=40)
    for number in range(20):
        door.ask(call_id=str(number))
        door.gate.answered(str(number))
    door.now += rules.FORGOTTEN_S
    assert door.ask(call_id="next") is Verdict.PASS
    assert not door.given_up


def test_a_copy_of_an_invite_is_no_new_call() -> None:
    door = Door(max_calls=8)
    assert {door.ask(call_id="same") for _ in range(100)} == {Verdict.PASS}


def test_a_draining_gate_takes_no_new_call_but_lets_the_live_ones_end() -> None:
    door = Door()
    door.gate.drain()
    assert door.ask() is Verdict.UNAVAILABLE
    assert door.ask("BYE", in_dialog=True) is Verdict.PASS


def test_our_own_question_passes_once_it_is_announced() -> None:
    door = Door()
    door.gate.expect("probe")
    assert door.ask("OPTIONS", STRANGER, "probe") is Verdict.PASS
    assert door.ask("INVITE", STRANGER, "probe") is Verdict.FORBIDDEN


def test_a_trunk_may_ask_with_options_but_not_without_end() -> None:
    door = Door()
    verdicts = [door.ask("OPTIONS", call_id=str(number)) for number in range(500)]
    assert verdicts.count(Verdict.PASS) == rules.REQUESTS_AT_ONCE
    assert verdicts.count(Verdict.IGNORE) == 500 - rules.REQUESTS_AT_ONCE


def test_an_invite_that_can_be_no_call_gets_400_and_takes_no_place() -> None:
    door = Door(max_calls=8)
    for number in range(50):
        broken = Request(PBX, "INVITE", f"broken-{number}", in_dialog=False, whole=False)
        assert door.gate.judge(broken) is Verdict.MALFORMED
    assert door.ask() is Verdict.PASS

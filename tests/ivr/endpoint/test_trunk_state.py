"""Whether a trunk is there: asked, registered, refused, silent; and how often it is tried."""

from __future__ import annotations

import asyncio
from ipaddress import ip_network

import pytest

from call_logs.storage import Checks, Severity
from ivr.endpoint import Trunk, TrunkReport, TrunkState, ask_register
from ivr.endpoint import trunk_state as states
from ivr.endpoint.trunk_watch import SILENT_ROUNDS, TrunkWatch
from tests.ivr.endpoint.desk import Desk, settings
from tests.ivr.endpoint.registrar import PASSWORD, USER, registrar

pytestmark = pytest.mark.timeout(110)

LOOPBACK = (ip_network("127.0.0.1/32"),)
#: Longer than the stack's own first pause after a refusal.
WATCHED_S = 36.0


def watch(*trunks: Trunk) -> TrunkWatch:
    return TrunkWatch(trunks, Checks(), lambda name: None)


def state(report: TrunkReport) -> TrunkState:
    return report.state


async def test_a_server_that_answers_is_reachable_and_one_that_does_not_is_silent() -> None:
    async with registrar() as (_, port):
        asked = watch(
            Trunk("here", f"127.0.0.1:{port}"),
            Trunk("gone", "127.0.0.1:1"),
            Trunk("unknown", "nosuch.invalid"),
            Trunk("quiet", "127.0.0.1:1", options=False),
            Trunk("listed", "", allow=LOOPBACK),
            Trunk("own", "127.0.0.1:1", register=True),
        )
        assert {name: state(each) for name, each in asked.reports.items()} == {
            "here": TrunkState.ASKING,
            "gone": TrunkState.ASKING,
            "unknown": TrunkState.ASKING,
            "quiet": TrunkState.UNASKED,
            "listed": TrunkState.UNASKED,
            "own": TrunkState.ASKING,
        }
        await asked.ask()
    reports = asked.reports
    assert state(reports["here"]) is TrunkState.REACHABLE
    assert state(reports["gone"]) is TrunkState.SILENT
    assert "refused" in reports["gone"].detail
    assert "unknown" in reports["unknown"].detail
    assert not reports["quiet"].away


async def test_one_lost_answer_is_no_outage_and_the_first_answer_ends_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ivr.endpoint.options.ANSWER_LIMIT_S", 0.2)
    async with registrar() as (peer, port):
        asked = watch(Trunk("here", f"127.0.0.1:{port}"))
        await asked.ask()
        peer.silent = True
        for number in range(SILENT_ROUNDS):
            assert state(asked.reports["here"]) is TrunkState.REACHABLE, number
            await asked.ask()
        assert state(asked.reports["here"]) is TrunkState.SILENT
        peer.silent = False
        await asked.ask()
        assert state(asked.reports["here"]) is TrunkState.REACHABLE


async def test_one_trunk_of_several_away_is_degraded_and_all_of_them_failed() -> None:
    checks = Checks()
    async with registrar() as (_, port):
        trunks = (Trunk("here", f"127.0.0.1:{port}"), Trunk("gone", "127.0.0.1:1"))
        asked = TrunkWatch(trunks, checks, lambda name: None)
        asked.start()
        await asked.ask()
        found = {check.name: check for check in await checks.look()}
        await asked.close()
    assert found["trunk here"].ok
    assert not found["trunk gone"].ok
    assert found["trunk gone"].severity is Severity.DEGRADED
    assert found["trunks"].ok
    assert not await checks.look()
    away = {"a": states.silent("no answer"), "b": states.refused(403)}
    assert not states.check_all(away).ok
    assert states.check_all(away).severity is Severity.FAILED
    assert states.check_all({"a": states.ASKING}).ok
    assert states.check_all({}).ok


def test_each_refusal_makes_us_wait_longer_and_silence_does_not() -> None:
    assert [states.pause_s(n) for n in range(6)] == [15.0, 60.0, 240.0, 900.0, 900.0, 900.0]
    tries, at = 0, 0.0
    while at <= 600.0:  # fail2ban's findtime
        tries += 1
        at += states.pause_s(tries)
    assert tries < 5  # its maxretry


@pytest.mark.parametrize("stack", ["baresip", "pyvoip"])
@pytest.mark.parametrize(("password", "tried"), [("right", 1), ("wrong", 1)])
async def test_a_wrong_password_is_tried_once_in_a_minute(
    stack: str, password: str, tried: int
) -> None:
    async with registrar() as (peer, port):
        trunk = Trunk(
            "provider",
            f"127.0.0.1:{port}",
            username=USER,
            password=password,
            register=True,
            allow=LOOPBACK,
        )
        desk = Desk(stack, settings(stack, trunks=(trunk,)))
        await desk.open()
        try:
            wanted = TrunkState.REGISTERED if password == PASSWORD else TrunkState.REFUSED
            await desk.poll(lambda: desk.endpoint.trunks["provider"].state is wanted)
            if password != PASSWORD:
                await asyncio.sleep(WATCHED_S)
            proofs = [each for each in peer.registers if "\nAuthorization:" in each]
            assert len(proofs) == tried
            assert desk.endpoint.trunks["provider"].state is wanted
        finally:
            await desk.close()


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
@pytest.mark.parametrize(
    ("user", "password", "status"),
    [(USER, PASSWORD, 200), (USER, "wrong", 403), ("nobody", PASSWORD, 404)],
)
async def test_the_question_of_doctor_proves_a_password_and_changes_nothing(
    algorithm: str, user: str, password: str, status: int
) -> None:
    async with registrar(algorithm) as (peer, port):
        answered = await ask_register(
            "127.0.0.1", port, "udp", server=f"127.0.0.1:{port}", username=user, password=password
        )
    assert answered == status
    assert not any("\nContact:" in each for each in peer.registers)
    assert len(peer.registers) == 2

"""`hotline ring` without a running service, and beside one that answers."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from call_logs import Store
from call_logs.calls import RequestAction, RequestOutcome
from call_logs.tickets import NewTicket, TicketKind
from hotline.cli import main
from hotline.commands import ring
from hotline.config.reading import load_config
from hotline.storage import open_store
from tests.people import person

ROSTER = '[[person]]\nid = "wang"\nname = "Wang"\ncontacts = ["sip:wang@127.0.0.1"]\n'


@pytest.fixture
def config(tmp_path: Path) -> str:
    file = tmp_path / "hotline.conf"
    file.write_text(f"[hotline]\nhome = {tmp_path / 'home'}\n", encoding="utf-8")

    async def fill() -> None:
        async with open_store(load_config(file), node="test") as store:
            await store.roster.import_toml(ROSTER, person("test"))
            await store.tickets.open(NewTicket(TicketKind.EMERGENCY, category="fire"))

    asyncio.run(fill())
    return str(file)


def run(config: str, *words: str) -> int | str | None:
    with pytest.raises(SystemExit) as ended:
        main(["ring", "1", *words, "--config", config])
    return ended.value.code


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--person", "li"], "there is no `li` on the roster; there are: wang"),
        (["--person", "wang", "--policy", "fire"], "give one of"),
        (["--hand-over"], "--hand-over needs --person"),
    ],
)
def test_an_order_that_names_nobody_is_refused(
    config: str, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    assert run(config, *words) == 1
    assert told in capsys.readouterr().err


def test_without_a_service_nobody_is_rung_now_or_later(
    config: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotline.commands.service.TAKEN_S", 0.2)
    assert run(config, "--person", "wang") == 1
    assert "telephone yourself" in capsys.readouterr().err

    async def left() -> int:
        async with open_store(load_config(Path(config)), node="test") as store:
            return len(await store.requests.take())

    assert asyncio.run(left()) == 0


@pytest.mark.parametrize(
    ("words", "action", "data"),
    [
        ([], RequestAction.RING, {"policy": "fire"}),
        (["--policy", "*", "--again"], RequestAction.RING, {"policy": "*", "again": True}),
        (["--person", "wang"], RequestAction.RING, {"person": "wang"}),
        (["--person", "wang", "--hand-over"], RequestAction.HAND_OVER, {"person": "wang"}),
        (["--next-level"], RequestAction.NEXT_LEVEL, {}),
    ],
)
def test_the_outcome_is_told(
    config: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    action: RequestAction,
    data: dict[str, object],
) -> None:
    seen: list[object] = []
    ask = ring._outcome

    async def answered(store: Store, request: int, ticket_id: int) -> RequestOutcome:
        (taken,) = await store.requests.take()
        seen.append((taken.action, taken.data, taken.actor))
        await store.requests.answer(taken.id, RequestOutcome.HELD)
        return await ask(store, request, ticket_id)

    monkeypatch.setattr(ring, "_outcome", answered)
    assert run(config, *words) == 1, "nobody was rung"
    assert "somebody has the ticket" in capsys.readouterr().out
    assert seen == [(action, data, "command line")]


def test_every_outcome_of_a_ring_has_words() -> None:
    assert set(ring.OUTCOMES) == {each.value for each in RequestOutcome} - {"taken_back"}

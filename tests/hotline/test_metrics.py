"""What alerts and boards ask for is measured, and what is measured is true."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml  # type: ignore[import-untyped]
from prometheus_client import REGISTRY, generate_latest

import call_logs.storage.metrics
import ivr.call.metrics
from call_logs import Store
from call_logs.recordings import RecordingFiles
from call_logs.storage import Keys
from call_logs.tickets import NewTicket, TicketClass, TicketKind
from hotline.metrics import Measurements
from ivr.endpoint import TrunkReport, TrunkState

DEPLOY = Path(__file__).parents[2] / "deploy" / "monitoring"
_NAME = re.compile(r"\bhotline_[a-z_]+")


def asked_for() -> set[str]:
    rules = yaml.safe_load((DEPLOY / "hotline.rules.yml").read_text(encoding="utf-8"))
    board = json.loads((DEPLOY / "hotline.grafana.json").read_text(encoding="utf-8"))
    expressions = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    expressions += [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    return {name for text in expressions for name in _NAME.findall(text)}


def measured() -> set[str]:
    """Every name that /metrics can show; families that have no sample yet too."""
    assert call_logs.storage.metrics
    assert ivr.call.metrics
    names: set[str] = set()
    for family in REGISTRY.collect():
        suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum")}
        names.update(family.name + each for each in suffixes.get(family.type, ("",)))
        names.add(family.name)
    return names


def test_alerts_and_boards_ask_only_for_what_is_measured() -> None:
    names = asked_for()
    assert len(names) > 10
    assert names <= measured(), names - measured()


def test_every_alert_says_what_to_do() -> None:
    rules = yaml.safe_load((DEPLOY / "hotline.rules.yml").read_text(encoding="utf-8"))
    for group in rules["groups"]:
        for rule in group["rules"]:
            assert rule["annotations"]["summary"], rule["alert"]
            assert rule["annotations"]["action"], rule["alert"]
            assert rule["labels"]["severity"] in {"page", "ticket"}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(
        f"sqlite:///{tmp_path / 'hotline.db'}",
        keys=Keys.generate(),
        recordings=RecordingFiles(tmp_path / "recordings"),
        spool=tmp_path / "spool",
    )
    yield opened
    await opened.close()


async def test_the_gauges_follow_the_store_and_the_trunks(store: Store) -> None:
    await store.tickets.open(NewTicket(TicketKind.REPAIR, TicketClass.IMPORTANT))
    endpoint = SimpleNamespace(
        trunks={
            "main": TrunkReport(TrunkState.REGISTERED, "has taken our registration"),
            "second": TrunkReport(TrunkState.SILENT, "no answer"),
        },
        port_problems={"tcp": "no answer"},
        refused_requests=7,
    )
    await Measurements(store, endpoint, lambda: 2.5)(await store.health())
    shown = generate_latest().decode()
    assert 'hotline_trunk_up{trunk="main"} 1.0' in shown
    assert 'hotline_trunk_up{trunk="second"} 0.0' in shown
    assert 'hotline_trunk_registered{trunk="main"} 1.0' in shown
    assert "hotline_sip_port_up 0.0" in shown
    assert "hotline_sip_refused_requests 7.0" in shown
    assert 'hotline_open_tickets{class="important"} 1.0' in shown
    assert 'hotline_health{part="database"} 0.0' in shown
    assert "hotline_unheard_seconds 2.5" in shown
    assert "hotline_spool_bytes 0.0" in shown
    assert re.search(r'hotline_build_info\{version="[0-9.]+"\} 1.0', shown)

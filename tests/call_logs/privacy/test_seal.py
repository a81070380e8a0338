"""A sealed ticket: all of it is in the file, and whatever is changed afterwards shows."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from zipfile import ZipFile

import pytest

from call_logs import Store
from call_logs.privacy import SealProblem, verify
from call_logs.storage import NotAllowed
from call_logs.users import Role
from tests.call_logs.conftest import OpenStore
from tests.call_logs.privacy.test_purge import CANARY, MANAGER, NUMBER, a_case
from tests.people import person

Contents = dict[str, bytes]


@pytest.fixture
async def store(open_sqlite_store: OpenStore) -> Store:
    return await open_sqlite_store()


@pytest.fixture
async def sealed(store: Store, tmp_path: Path) -> Path:
    ticket = await a_case(store)
    await store.access.add("li", "looked", "ticket", ticket.id)
    path = tmp_path / "ticket.zip"
    await store.sealing.seal(ticket.id, MANAGER, path, reason="court case 17")
    return path


def contents(path: Path) -> Contents:
    with ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


async def test_everything_of_the_ticket_is_in_the_file_and_it_is_whole(
    store: Store, sealed: Path
) -> None:
    parts = contents(sealed)
    ticket = json.loads(parts["ticket.json"])
    assert (ticket["text"], ticket["caller"]) == (f"{CANARY}漏水", NUMBER)
    assert len(json.loads(parts["history.json"])) > 3
    assert json.loads(parts["records.json"])[0]["record"]["values"]["said"] == CANARY
    looks = {(each["user_name"], each["action"]) for each in json.loads(parts["access.json"])}
    assert {("li", "looked"), ("wang", "sealed")} <= looks
    kinds = {name.partition("/")[0] for name in parts}
    assert {"audio", "calls", "evidence", "manifest.json", "manifest.sig"} <= kinds
    verdict = verify(sealed)
    assert verdict.whole
    assert verdict.fingerprint == await store.sealing.fingerprint()
    assert (verdict.ticket, verdict.made_by) == (ticket["number"], "wang")
    line = (await store.tickets.history(ticket["id"]))[-1]
    assert (line.actor, line.action, line.note) == ("wang", "sealed", "court case 17")


def with_sound_cut(parts: Contents) -> None:
    name = next(name for name in parts if name.startswith("audio/"))
    parts[name] = parts[name][:-2]


def without_history(parts: Contents) -> None:
    del parts["history.json"]


def with_another_word(parts: Contents) -> None:
    parts["ticket.json"] = parts["ticket.json"].replace("漏水".encode(), "没水".encode())


def with_a_part_more(parts: Contents) -> None:
    parts["calls/more.json"] = b"{}"


def with_another_author(parts: Contents) -> None:
    parts["manifest.json"] = parts["manifest.json"].replace(b'"wang"', b'"li"')


def with_another_signature(parts: Contents) -> None:
    parts["manifest.sig"] = b"A" * len(parts["manifest.sig"])


CHANGES: Mapping[Callable[[Contents], None], str] = {
    with_sound_cut: "audio/",
    without_history: "history.json: missing",
    with_another_word: "ticket.json: changed",
    with_a_part_more: "calls/more.json: added",
    with_another_author: "",
    with_another_signature: "",
}


@pytest.mark.parametrize("change", CHANGES)
async def test_whatever_is_changed_shows(sealed: Path, change: Callable[[Contents], None]) -> None:
    parts = contents(sealed)
    change(parts)
    with ZipFile(sealed, "w") as file:
        for name, content in parts.items():
            file.writestr(name, content)
    verdict = verify(sealed)
    assert not verdict.whole
    told = CHANGES[change]
    assert verdict.signed is bool(told)
    assert all(told in each for each in verdict.changed)
    assert bool(verdict.changed) is bool(told)


async def test_every_byte_counts(sealed: Path) -> None:
    """Whichever byte of the file flips, it is told: as damage, or as a change."""
    good = sealed.read_bytes()
    for place in range(0, len(good), max(1, len(good) // 150)):
        sealed.write_bytes(good[:place] + bytes((good[place] ^ 0x40,)) + good[place + 1 :])
        try:
            verdict = verify(sealed)
        except SealProblem:
            continue
        same = contents_or_nothing(sealed) == contents_of(good, sealed)
        assert same or not verdict.whole, place


def contents_of(good: bytes, path: Path) -> Contents:
    now = path.read_bytes()
    path.write_bytes(good)
    found = contents(path)
    path.write_bytes(now)
    return found


def contents_or_nothing(path: Path) -> Contents:
    """Where the flipped byte is a date or a flag of the archive, the parts are as they were."""
    try:
        return contents(path)
    except Exception:
        return {}


async def test_what_is_no_sealed_ticket_is_told(tmp_path: Path) -> None:
    for content in (b"", b"x" * 1000):
        (tmp_path / "x.zip").write_bytes(content)
        with pytest.raises(SealProblem):
            verify(tmp_path / "x.zip")
    with pytest.raises(SealProblem, match="there is no file"):
        verify(tmp_path / "nothing.zip")
    with ZipFile(tmp_path / "y.zip", "w") as file:
        file.writestr("manifest.json", "{}")
        file.writestr("manifest.sig", "")
    with pytest.raises(SealProblem):
        verify(tmp_path / "y.zip")


async def test_two_who_seal_first_at_once_sign_with_one_key(store: Store, tmp_path: Path) -> None:
    ticket = await a_case(store)
    paths = [tmp_path / f"{number}.zip" for number in range(3)]
    await asyncio.gather(*(store.sealing.seal(ticket.id, MANAGER, each) for each in paths))
    assert len({verify(each).fingerprint for each in paths}) == 1


async def test_who_may_not_export_may_not_seal(store: Store, tmp_path: Path) -> None:
    ticket = await a_case(store)
    with pytest.raises(NotAllowed):
        await store.sealing.seal(ticket.id, person("anna", Role.OPERATOR), tmp_path / "x.zip")
    assert not (tmp_path / "x.zip").exists()


async def test_all_who_seal_first_at_once_get_one_key(open_store: OpenStore) -> None:
    store = await open_store()
    found = await asyncio.gather(*(store.sealing.fingerprint() for _ in range(8)))
    assert len(set(found)) == 1

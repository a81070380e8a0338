"""The owners' form: anybody may send it, and nobody can do harm with it."""

from __future__ import annotations

import errno
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from call_logs import Store
from call_logs.casework.sealed_file import SealedWriter
from call_logs.owners import FormLink
from call_logs.roster import Address
from call_logs.storage import StoreBusy
from call_logs.tickets import NewsBy, TicketClass, TicketKind, TicketStatus
from call_logs.users import HOTLINE
from dashboard import create_app
from dashboard.owner_form.texts import FORM_LANGUAGES, choose, texts
from dashboard.web import DashboardSettings, OwnerForm, Told
from tests.dashboard.browserless import Visitor
from tests.pictures import PDF, jpeg

PHONE = "021 5551 2345"


def told(text: str, language: str) -> Told:
    """As the lexicon would say."""
    if "fire" in text or "着火" in text:
        return Told("fire", TicketClass.URGENT, ("fire",))
    return Told("lighting" if "lamp" in text else "", TicketClass.GENERAL, ())


FORM = OwnerForm(
    public_url="https://hotline.test",
    phone=PHONE,
    told=told,
    photos=2,
    photo_bytes=200_000,
    per_address=5,
    per_link=8,
)


@pytest.fixture
def settings(settings: DashboardSettings) -> DashboardSettings:
    return replace(settings, owner_form=FORM)


@pytest.fixture
async def link(store: Store) -> FormLink:
    place = Address(building="3", unit="2", lift="1")
    return await store.form_links.save("Building 3, lift 1", place, "lift_fault", HOTLINE)


@pytest.fixture
async def owner(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without cookies, scripts or a login."""
    async with at(app, "10.0.0.1") as one:
        yield one


def at(app: FastAPI, address: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://hotline.test")


async def send(
    owner: httpx.AsyncClient, link: FormLink, *photos: bytes, **fields: str
) -> httpx.Response:
    sent = {"key": "k", "text": "the lamp is dark", "kind": "repair", **fields}
    files: list[Any] = [("photo", (f"{number}.jpg", each)) for number, each in enumerate(photos)]
    files = files or [("photo", ("", b""))]  # as a browser sends no file
    return await owner.post(f"/o/{link.token}?language=en", data=sent, files=files)


async def tickets(store: Store) -> list[Any]:
    return list((await store.tickets.list()).items)


async def test_an_owner_reports_with_a_photo_and_sees_the_number(
    store: Store, owner: httpx.AsyncClient, link: FormLink
) -> None:
    shown = await owner.get(f"/o/{link.token}", headers={"Accept-Language": "en"})
    assert shown.status_code == 200
    assert "Building 3, lift 1" in shown.text
    assert PHONE in shown.text
    said = {"name": "Ms Li", "callback": "13800138000", "told_by": "call"}
    answer = await send(owner, link, jpeg(), room="302", happened="today", **said)
    assert answer.status_code == 201
    (ticket,) = await tickets(store)
    assert ticket.news_by is NewsBy.CALL
    assert ticket.number in answer.text
    assert "Photos received: 1" in answer.text
    assert (ticket.building, ticket.unit, ticket.area, ticket.room) == ("3", "2", "1", "302")
    assert (ticket.source, ticket.category, ticket.kind) == ("web", "lighting", TicketKind.REPAIR)
    assert (ticket.name, ticket.callback, ticket.language) == ("Ms Li", "13800138000", "en")
    assert ticket.status is TicketStatus.RECEIVED
    (photo,) = await store.evidence.of_ticket(ticket.id, HOTLINE)
    assert photo.added_by == "web form"
    assert [line.actor for line in await store.tickets.history(ticket.id)] == ["web form"] * 2


@pytest.mark.parametrize(
    ("told_by", "kept"), [("none", "none"), ("", "site"), ("message", "site"), ("x", "site")]
)
async def test_only_a_way_that_the_form_offers_is_kept(
    store: Store, owner: httpx.AsyncClient, link: FormLink, told_by: str, kept: str
) -> None:
    assert (await send(owner, link, told_by=told_by)).status_code == 201
    (ticket,) = await tickets(store)
    assert ticket.news_by == kept


async def test_sent_twice_it_is_one_ticket_and_one_photo(
    store: Store, owner: httpx.AsyncClient, link: FormLink
) -> None:
    numbers = set()
    for _ in range(2):
        answer = await send(owner, link, jpeg())
        numbers.update(re.findall(r'class="number">(\d+)<', answer.text))
    assert len(numbers) == 1
    (ticket,) = await tickets(store)
    assert len(await store.evidence.of_ticket(ticket.id, HOTLINE)) == 1
    await send(owner, link, key="another")
    assert len(await tickets(store)) == 2


async def test_whoever_tells_of_danger_sees_the_number_first_and_is_searched_for(
    store: Store, owner: httpx.AsyncClient, link: FormLink
) -> None:
    answer = await send(owner, link, text="there is fire in the lift")
    (ticket,) = await tickets(store)
    assert (ticket.ticket_class, ticket.kind) == (TicketClass.URGENT, TicketKind.EMERGENCY)
    body = answer.text
    assert 'class="danger" role="alert"' in body
    assert body.index(PHONE) < body.index(ticket.number)
    assert 'href="tel:02155512345"' in body
    assert ticket.acknowledged_at is None


@pytest.mark.parametrize("language", FORM_LANGUAGES)
async def test_it_speaks_the_owners_language_without_a_script(
    owner: httpx.AsyncClient, link: FormLink, language: str
) -> None:
    shown = await owner.get(f"/o/{link.token}", headers={"Accept-Language": f"{language},fr;q=0.1"})
    assert f'<html lang="{language}">' in shown.text
    assert texts(language)["what"] in shown.text
    assert "<script" not in shown.text
    assert "style=" not in shown.text
    policy = shown.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'")
    assert "script-src" not in policy
    assert "set-cookie" not in shown.headers
    sent = await owner.post(
        f"/o/{link.token}?language={language}",
        data={"key": language, "text": "灯 lamp 등"},
        files={"photo": ("", b"")},
    )
    assert texts(language)["thanks"] in sent.text


def test_every_language_has_every_text() -> None:
    english = texts("en")
    for language in FORM_LANGUAGES:
        assert set(texts(language)) == set(english)
        for name, text in texts(language).items():
            assert re.findall(r"{\w+}", text) == re.findall(r"{\w+}", english[name]), name
    assert choose("", "fr-CA, ko-KR;q=0.8, en;q=0.1", "en") == "ko"
    assert choose("xx", "", "zh-CN") == "zh-CN"
    assert choose("", "", "fr") == "zh-CN"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"text": "  "}, "missing"),
        ({"text": "x" * 2001}, "too_long"),
        ({"callback": "1" * 41}, "too_long"),
    ],
)
async def test_what_is_wrong_is_told_and_what_was_written_stays(
    store: Store,
    owner: httpx.AsyncClient,
    link: FormLink,
    fields: dict[str, str],
    told: str,
) -> None:
    answer = await send(owner, link, **{"name": "<Li>", **fields})
    assert answer.status_code == 422
    assert texts("en")[told] in answer.text
    assert "&lt;Li&gt;" in answer.text
    assert await tickets(store) == []


async def test_photos_that_are_none_or_too_many_cost_nothing_else(
    store: Store, owner: httpx.AsyncClient, link: FormLink
) -> None:
    answer = await send(owner, link, PDF)
    assert answer.status_code == 201
    assert texts("en")["photo_refused"] in answer.text
    answer = await send(owner, link, *(jpeg(noise=each) for each in (1, 3, 5)), key="b")
    assert "Photos received: 2" in answer.text
    assert texts("en")["photo_refused"] in answer.text
    answer = await send(owner, link, jpeg(), b"\xff\xd8\xff" + bytes(2_000_000), key="c")
    assert answer.status_code == 201
    assert texts("en")["photo_refused"] in answer.text
    found = await tickets(store)
    assert len(found) == 3
    counts = [len(await store.evidence.of_ticket(each.id, HOTLINE)) for each in found]
    assert counts == [1, 2, 0]


async def test_a_form_that_was_cut_off_or_is_none_opens_nothing(
    store: Store, owner: httpx.AsyncClient, link: FormLink
) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    cut = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\nthe lamp'
    long = {"Content-Type": f"multipart/form-data; boundary={'x' * 300}"}
    for body, sent in ((cut, headers), (b"text=a", {}), (b"", headers), (cut, long)):
        answer = await owner.post(f"/o/{link.token}?language=en", content=body, headers=sent)
        assert answer.status_code == 422
        assert texts("en")["broken"] in answer.text
    huge = await owner.post(
        f"/o/{link.token}?language=en", data={"text": "x" * 100_000}, files={"photo": ("", b"")}
    )
    assert huge.status_code == 422
    assert await tickets(store) == []


async def test_an_address_and_a_link_have_their_limits(
    store: Store, app: FastAPI, link: FormLink
) -> None:
    other = await store.form_links.save("Gate", Address(area="Gate"), "", HOTLINE)
    async with at(app, "10.0.0.2") as one, at(app, "10.0.0.3") as two:
        for number in range(5):
            assert (await send(one, link, key=str(number))).status_code == 201
        refused = await send(one, link, key="more")
        assert refused.status_code == 429
        assert PHONE in refused.text
        assert (await send(one, other, key="x")).status_code == 429
        for number in range(3):
            assert (await send(two, link, key=f"b{number}")).status_code == 201
        assert (await send(two, link, key="c")).status_code == 429  # the link's
        assert (await send(two, other, key="d")).status_code == 201
    async with at(app, "10.0.0.4") as many:
        looks = [(await many.get(f"/o/{link.token}")).status_code for _ in range(62)]
    assert looks.count(429) == 2
    assert len(await tickets(store)) == 9


async def test_a_link_that_is_wrong_or_off_opens_nothing(
    store: Store, owner: httpx.AsyncClient, link: FormLink, manager: Visitor
) -> None:
    head, _, sign = link.token.partition("-")
    wrong = [f"{head}-{sign[::-1]}", head, "-", f"{head}1-{sign}", f"{head}-{sign}x", "0-", "%00"]
    wrong += [f"0{link.token}", link.token.upper(), "z" * 500]
    for token in wrong:
        assert (await owner.get(f"/o/{token}")).status_code == 404, token
    await store.form_links.switch(link.id, HOTLINE, active=False, version=link.version)
    assert (await owner.get(f"/o/{link.token}")).status_code == 404
    assert (await send(owner, link)).status_code == 404
    assert await tickets(store) == []


async def test_while_the_database_is_away_nothing_that_was_written_is_lost(
    store: Store, owner: httpx.AsyncClient, link: FormLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = store.tickets._journal
    write = journal._transaction

    async def away(entries: Any) -> Any:
        raise StoreBusy("away")

    monkeypatch.setattr(journal, "_transaction", away)
    answer = await send(owner, link, jpeg())
    assert answer.status_code == 201
    assert texts("en")["safe"] in answer.text
    assert texts("en")["photos_lost"] in answer.text
    monkeypatch.setattr(journal, "_transaction", write)
    await send(owner, link)
    await journal.flush()
    assert len(await tickets(store)) == 1


async def test_switched_off_there_is_no_form(
    store: Store, settings: DashboardSettings, link: FormLink
) -> None:
    app = create_app(store, replace(settings, owner_form=None))
    async with at(app, "10.0.0.1") as one:
        assert (await one.get(f"/o/{link.token}")).status_code == 404
        assert (await send(one, link)).status_code == 404
    assert await tickets(store) == []


async def test_a_manager_makes_a_link_and_hangs_up_its_poster(
    store: Store, manager: Visitor, operator: Visitor
) -> None:
    made = await manager.send("/owner-form", name="Car park", area="Garage B1", category="parking")
    assert made.status_code == 303
    (link,) = await store.form_links.list(HOTLINE)
    shown = (await manager.get("/owner-form")).text
    assert f"https://hotline.test/o/{link.token}" in shown
    for language in FORM_LANGUAGES:
        poster = (await manager.get(f"/owner-form/{link.id}/poster?language={language}")).text
        assert texts(language)["poster_title"] in poster
        assert PHONE in poster
    code = await manager.get(f"/owner-form/{link.id}/code.svg")
    assert code.headers["content-type"] == "image/svg+xml"
    assert code.content.startswith(b"<svg")
    again = await manager.send("/owner-form", name="Car park", building="5", area="Garage B2")
    assert again.status_code == 303
    (moved,) = await store.form_links.list(HOTLINE)
    assert (moved.token, moved.place.area, moved.version) == (link.token, "Garage B2", 2)
    off = await manager.send(f"/owner-form/{link.id}/switch", version=2)
    assert off.status_code == 303
    assert "switched off" in (await manager.get("/owner-form")).text
    late = await manager.send(f"/owner-form/{link.id}/switch", version=2, active="true")
    assert late.status_code == 409
    for wrong in ({"name": " ", "area": "x"}, {"name": "x"}):
        assert (await manager.send("/owner-form", **wrong)).status_code == 422
    for address in ("", f"/{link.id}/poster", f"/{link.id}/code.svg"):
        assert (await operator.get(f"/owner-form{address}")).status_code == 403
    assert (await operator.send("/owner-form", name="x", area="y")).status_code == 403


async def test_whatever_becomes_of_a_photo_the_number_is_told(
    store: Store, owner: httpx.AsyncClient, link: FormLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(writer: Any, content: bytes) -> None:
        raise OSError(errno.ENOSPC, "the disk is full")

    monkeypatch.setattr(SealedWriter, "write", full)
    answer = await send(owner, link, jpeg())
    assert answer.status_code == 201
    (ticket,) = await tickets(store)
    assert ticket.number in answer.text
    assert texts("en")["photos_lost"] in answer.text
    assert await store.evidence.of_ticket(ticket.id, HOTLINE) == ()


async def test_whoever_goes_back_and_writes_of_danger_is_heard(
    store: Store, owner: httpx.AsyncClient, link: FormLink
) -> None:
    """A browser that goes back shows the form as it was, with its key."""
    await send(owner, link)
    await send(owner, link, text="the lamp is on fire")
    urgent, first = await tickets(store)
    assert (first.ticket_class, urgent.ticket_class) == (TicketClass.GENERAL, TicketClass.URGENT)


async def test_whoever_loses_the_connection_is_no_fault_of_ours(
    store: Store, app: FastAPI, link: FormLink, caplog: pytest.LogCaptureFixture
) -> None:
    start = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\nthe lamp\r\n'
    photo = b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a"\r\n\r\n'
    pieces: list[dict[str, Any]] = [
        {"type": "http.request", "body": start + photo + jpeg()[:500], "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> dict[str, Any]:
        return pieces.pop(0) if len(pieces) > 1 else pieces[0]

    async def send_nowhere(message: Any) -> None:
        pass

    headers = [(b"host", b"hotline.test"), (b"content-type", b"multipart/form-data; boundary=x")]
    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": f"/o/{link.token}",
        "query_string": b"",
        "headers": headers,
        "client": ("10.0.0.9", 1),
    }
    await app(scope, receive, send_nowhere)
    assert [each.name for each in caplog.records if each.levelname == "ERROR"] == []
    (ticket,) = await tickets(store)
    assert await store.evidence.of_ticket(ticket.id, HOTLINE) == ()

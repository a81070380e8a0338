"""What every response carries."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from call_logs import Store
from dashboard import create_app
from dashboard.web import DashboardSettings
from dashboard.web.shield import FILE_LIMIT
from tests.dashboard.browserless import Visitor
from tests.dashboard.morning import report


class Inline(HTMLParser):
    """Finds what a strict content policy would forbid."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.open: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.found += [name for name in given if name.startswith("on") or name == "style"]
        if tag == "style" or (tag == "script" and "src" not in given):
            self.found.append(tag)
        for name in ("src", "href", "action"):
            value = given.get(name) or ""
            if re.match(r"(https?:)?//|javascript:|data:", value):
                self.found.append(value)


@pytest.mark.parametrize(
    "address", ["/login", "/tickets", "/tickets/1", "/live", "/calls", "/account", "/nowhere"]
)
async def test_pages_hold_no_inline_code_and_nothing_of_other_hosts(
    store: Store, operator: Visitor, visitor: Visitor, address: str
) -> None:
    await report(store)
    one = visitor if address == "/login" else operator

    answer = await one.get(address)

    parser = Inline()
    parser.feed(answer.text)
    assert parser.found == []
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy


async def test_every_page_has_a_new_nonce(visitor: Visitor) -> None:
    policies = {(await visitor.get("/login")).headers["content-security-policy"] for _ in range(3)}

    assert len(policies) == 3


async def test_pages_are_not_kept_by_browsers_but_static_files_are(visitor: Visitor) -> None:
    page = await visitor.get("/login")
    assert page.headers["cache-control"] == "no-store"

    address = re.search(r'href="(/static/app\.css\?v=\w+)"', page.text)
    assert address
    kept = await visitor.get(address.group(1))
    assert "immutable" in kept.headers["cache-control"]
    assert (await visitor.get("/static/app.css")).headers["cache-control"] == "no-cache"


async def test_an_unknown_page_is_told_in_the_readers_language(visitor: Visitor) -> None:
    answer = await visitor.get("/nowhere", **{"Accept-Language": "zh-CN"})

    assert answer.status_code == 404
    assert "这个页面不存在" in answer.text


async def test_a_body_that_no_form_needs_is_not_taken_in_before_the_login(
    visitor: Visitor,
) -> None:
    flood = {"file": ("x", b"x" * (FILE_LIMIT + 1))}

    for address in ("/login", "/roster/import", "/api/v1/roster/files"):
        answer = await visitor.http.post(address, files=flood)
        assert answer.status_code == 413, address


async def test_an_address_with_a_secret_is_not_in_the_log(
    app: FastAPI, store: Store, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(token: str) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(store.dispatches, "verify_token", broken)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://hotline.test") as client:
        answer = await client.get("/acknowledge/very-secret")

    assert answer.status_code == 500
    (line,) = [record for record in caplog.records if record.name == "dashboard.web.errors"]
    assert "very-secret" not in str(vars(line))
    assert "/acknowledge/{token}" in str(vars(line))


@pytest.mark.parametrize(
    ("host", "code"),
    [
        ("desk.example.com", 200),
        ("desk.example.com:8080", 200),
        ("DESK.example.com", 200),
        ("192.0.2.7", 200),
        ("[2001:db8::7]:8080", 200),
        ("evil.example", 421),
        ("desk.example.com.evil.example", 421),
        ("", 421),
    ],
)
async def test_a_browser_may_ask_by_our_names_and_by_addresses_alone(
    store: Store, host: str, code: int
) -> None:
    """Another name that leads to our address makes a stranger's page one of ours."""
    settings = DashboardSettings(language="en", hosts=frozenset({"desk.example.com"}))
    async with Visitor(create_app(store, settings, metrics=CollectorRegistry())) as one:
        answer = await one.get("/login", Host=host)
    assert answer.status_code == code
    if code == 421:
        assert "`hosts` in [dashboard]" in answer.text


async def test_a_body_whose_next_piece_does_not_come_is_given_up(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.web.shield.PIECE_S", 0.1)

    async def pieces() -> AsyncIterator[bytes]:
        yield b"name=a"
        await asyncio.sleep(5)
        yield b"&password=b"

    settings = DashboardSettings(language="en")
    async with Visitor(create_app(store, settings, metrics=CollectorRegistry())) as one:
        answer = await one.http.post(
            "/login",
            content=pieces(),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
    assert answer.status_code == 408

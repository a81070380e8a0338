"""A company's own category, with the files that docs/packs.md shows: from words to two people who
talk, and its name on the page."""

from __future__ import annotations

import asyncio
import json
import os
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright, expect

from asr.engine import embedded_model, load_model, transcribe
from call_logs.dispatches import AttemptStatus, PhraseHeard
from call_logs.tickets import Ticket, TicketClass, TicketKind
from call_logs.users import HOTLINE, Role
from hotline.checks.check import Severity, check_file
from tests.asr.speech import say
from tests.company import write_company
from tests.dashboard.test_browser import ARGUMENTS, CHROMIUM, DESK, WAIT_MS
from tests.urgent.test_talking import OWNER_HZ, PERSON_HZ, hears, voice
from tests.urgent.world import Scene, Setting, world
from tests.wire.audio import write_wav

pytestmark = pytest.mark.wire

CO = "carbon_monoxide"
GREETED_S = 2.0  # the owner speaks while the greeting plays
PASSWORD = "lamp water lift 42"


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    """A hotline whose company has written two files."""
    write_company(tmp_path / "home" / "packs")
    setting = Setting(category=CO, alarm=False, ring_s=40)
    async with world(tmp_path, {"co": setting}) as scenes:
        yield scenes["co"]


async def test_a_companys_own_category_rings_is_told_accepted_bridged_and_named_on_the_page(
    scene: Scene,
) -> None:
    assert "no mistakes" in await scene.program.run("check")
    wav = write_wav(scene.program.folder / "co.wav", say("五号楼锅炉房一氧化碳泄漏"))
    async with scene.phone(0, wav=voice(scene, PERSON_HZ)) as person, scene.owner() as owner:
        await owner.dial(scene.uri)
        await owner.established()
        await asyncio.sleep(GREETED_S)
        await owner.say(wav)
        await person.ringing(30)
        await person.answer()
        await person.established()
        await asyncio.sleep(7.0)
        told = await words_of(person.heard())
        await person.press("1")
        await owner.say(voice(scene, OWNER_HZ))
        await hears(person, OWNER_HZ)
        await hears(owner, PERSON_HZ)
        ticket = await scene.ticket()
        await on_the_pages(scene, ticket)
    assert "一氧化碳" in told, told
    assert "5号楼" in told, told
    assert (ticket.ticket_class, ticket.kind) == (TicketClass.URGENT, TicketKind.EMERGENCY)
    assert (ticket.category, ticket.building) == (CO, "5")
    heard = await scene.step("heard")
    assert isinstance(heard.what, PhraseHeard)
    assert heard.what.rule == "carbon-monoxide-gets-out"
    ((_, outcome),) = await scene.outcomes()
    assert outcome in (AttemptStatus.BRIDGED, AttemptStatus.ENDED)


async def test_a_companys_pack_that_no_longer_fits_costs_its_rule_and_no_call(
    tmp_path: Path,
) -> None:
    folder = write_company(tmp_path / "home" / "packs")
    lexicon = folder / "zh-CN" / "lexicon.toml"
    lexicon.write_text(lexicon.read_text().replace("{getting_out}", "{renamed}"))
    (folder / "zh-CN" / "menu.toml").write_text("[node.main\n")
    wrong = f"{lexicon}:19: pattern '{{carbon_monoxide}} … {{renamed}}': no set is named 'renamed'"
    async with world(tmp_path, {"co": Setting(category="fire", alarm=False, ring_s=40)}) as scenes:
        scene = scenes["co"]
        log = scene.program.output()
        assert wrong in log
        assert f"{folder / 'zh-CN' / 'menu.toml'}:1: not a TOML file" in log
        found = await asyncio.to_thread(check_file, scene.program.config_file)
        assert any(wrong in each.text for each in found if each.severity is Severity.MISTAKE)
        found_by_machines = await health(scene)
        assert found_by_machines["status"] == "degraded"
        assert found_by_machines["parts"]["company pack"] == "warning"
        async with scene.phone(0) as person, scene.owner() as owner:
            await owner.dial(scene.uri)
            await owner.established()
            await asyncio.sleep(GREETED_S)
            await owner.say(write_wav(tmp_path / "fire.wav", say("厨房着火了")))
            await person.ringing(30)


async def health(scene: Scene) -> dict[str, Any]:
    """What the program says of itself; its answer is 200, for it answers calls."""

    def asked() -> bytes:
        with urllib.request.urlopen(f"{scene.program.url}/healthz", timeout=5) as answer:
            return bytes(answer.read())

    return dict(json.loads(await asyncio.to_thread(asked)))


async def words_of(pcm: bytes) -> str:
    """What an independent ear makes of it."""
    model = await asyncio.to_thread(load_model, embedded_model())
    return (await asyncio.to_thread(transcribe, model, pcm, 8000)).text


async def on_the_pages(scene: Scene, ticket: Ticket) -> None:
    """Its name, in both languages: ticket, list, filter, form, and whom it rings."""
    expect.set_options(timeout=WAIT_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        for language, name in (("zh-CN", "一氧化碳"), ("en", "Carbon monoxide")):
            user = f"manager-{language}".lower()
            await scene.store.users.add(user, PASSWORD, Role.MANAGER, HOTLINE, language=language)
            context = await browser.new_context(viewport=DESK, locale=language)  # type: ignore[arg-type]
            page = await context.new_page()
            await page.goto(scene.program.url)
            await page.keyboard.type(user)
            await page.keyboard.press("Tab")
            await page.keyboard.type(PASSWORD)
            await page.keyboard.press("Enter")
            await expect(page.locator("#ticket-list")).to_contain_text(name)
            await expect(page.locator("#category")).to_contain_text(name)
            await shot(page, f"list-{language}")
            await page.goto(f"{scene.program.url}/tickets/{ticket.id}")
            await shot(page, f"ticket-{language}")
            await expect(page.locator("h1")).to_contain_text(name)
            await page.locator("button[hx-get$='/edit']").click()
            await expect(page.locator("#f-category option:checked")).to_have_text(name)
            await page.goto(f"{scene.program.url}/oncall")
            await expect(page.locator("main")).to_contain_text(name)
            await context.close()
        await browser.close()


async def shot(page: Page, name: str) -> None:
    """For whoever wants to look."""
    if folder := os.environ.get("SCREENSHOTS"):
        await page.screenshot(path=f"{folder}/company-{name}.png", full_page=True)

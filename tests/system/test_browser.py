"""An operator at a real browser while a real owner calls."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from playwright.async_api import async_playwright, expect

from call_logs import Store
from call_logs.users import HOTLINE, Role
from tests.asr.speech import say
from tests.dashboard.test_browser import ARGUMENTS, CHROMIUM, DESK, WAIT_MS
from tests.program import Program, asked, ended_call, record_confirmed, ticket_with
from tests.wire.audio import write_wav
from tests.wire.phone import BaresipPhone

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.browser]

PASSWORD = "lamp water lift 42"


async def test_an_operator_sees_the_ticket_while_the_owner_speaks_and_plays_his_words(
    program: Program, store: Store, number: str, tmp_path: Path
) -> None:
    wav = write_wav(tmp_path / "lamp.wav", say("三号楼一单元楼道灯坏了"))
    await store.users.add("anna", PASSWORD, Role.OPERATOR, HOTLINE, language="en")
    expect.set_options(timeout=WAIT_MS)
    async with async_playwright() as playwright, BaresipPhone(user=number) as phone:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        context = await browser.new_context(viewport=DESK, locale="en")  # type: ignore[arg-type]
        page = await context.new_page()
        await page.goto(program.url)
        await page.keyboard.type("anna")  # the name has the focus
        await page.keyboard.press("Tab")
        await page.keyboard.type(PASSWORD)
        await page.keyboard.press("Enter")
        await expect(page.locator("html")).to_have_attribute("data-live", "on")
        await page.evaluate("document.body.dataset.mark = 'same page'")

        await phone.dial(program.uri)
        await phone.established()
        await asyncio.sleep(2)
        await phone.say(wav)
        row = page.locator("#ticket-list tr", has_text="楼道灯坏了")
        await expect(row).to_be_visible()
        assert await page.evaluate("document.body.dataset.mark") == "same page"

        watching = await context.new_page()
        await watching.goto(f"{program.url}/live")
        await expect(watching.locator("body")).to_contain_text("楼道灯坏了")
        await asked(store, number, "read_back_place")
        await phone.press("1")
        await asked(store, number, "callback_caller")
        await phone.press("1")
        await record_confirmed(phone, store, number)
        await phone.closed(20)

        ticket = await ticket_with(store, await ended_call(store, number), "3号楼1单元")
        await page.goto(f"{program.url}/tickets/{ticket.id}")
        await expect(page.locator(".wave[data-drawn=yes]")).to_be_visible()
        await page.get_by_role("button", name="Play", exact=True).click()
        await page.wait_for_function("() => document.querySelector('audio').currentTime > 0.6")
        if folder := os.environ.get("SCREENSHOTS"):
            await page.screenshot(path=f"{folder}/call-ticket.png", full_page=True)
        await browser.close()

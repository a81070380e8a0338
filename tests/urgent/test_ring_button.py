"""The ring button in a real browser, and a real telephone that rings for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import async_playwright, expect

from call_logs.dispatches import DispatchStatus
from call_logs.tickets import NewTicket, TicketClass, TicketKind
from call_logs.users import HOTLINE, Role
from tests.dashboard.test_browser import ARGUMENTS, CHROMIUM, PHONE, WAIT_MS
from tests.program import eventually
from tests.urgent.world import Setting, world
from tests.wire.scenario import HEARS_S, Keys, Pause, Talk, callee

pytestmark = pytest.mark.browser

PASSWORD = "lamp water lift 42"


@pytest.mark.timeout(150)
async def test_an_operator_rings_one_person_for_a_lamp_who_takes_it(tmp_path: Path) -> None:
    async with world(tmp_path, {"button": Setting(people=2, alarm=False)}) as scenes:
        scene = scenes["button"]
        store, program = scene.store, scene.program
        await store.users.add("anna", PASSWORD, Role.OPERATOR, HOTLINE, language="en")
        ticket = await store.tickets.open(
            NewTicket(TicketKind.REPAIR, TicketClass.GENERAL, category="lighting", text="lamp")
        )
        expect.set_options(timeout=WAIT_MS)
        answers = callee([Pause(HEARS_S), Keys("1"), Talk(2.0)], ring_s=3.0, ending="wait")
        async with async_playwright() as playwright, scene.person(1, answers, limit_s=90) as person:
            browser = await playwright.chromium.launch(
                executable_path=CHROMIUM, args=list(ARGUMENTS)
            )
            context = await browser.new_context(viewport=PHONE, locale="en")  # type: ignore[arg-type]
            page = await context.new_page()
            await page.goto(f"{program.url}/login?next=/tickets/{ticket.id}")
            await page.keyboard.type("anna")
            await page.keyboard.press("Tab")
            await page.keyboard.type(PASSWORD)
            await page.keyboard.press("Enter")
            await expect(page.locator("html")).to_have_attribute("data-live", "on")

            await page.locator("#ring-whom").select_option(f"person:{scene.people[1]}")
            await page.get_by_role("button", name="Ring now").click()

            await expect(page.locator(".asked")).to_contain_text("done")
            await expect(page.locator(".ringing-now")).to_contain_text(scene.people[1])
            await expect(page.locator(".holder").first).to_contain_text("has it")
            assert (await person.finished()).ok
            await browser.close()

        async def closed() -> bool:
            (dispatch,) = await store.dispatches.for_ticket(ticket.id)
            return dispatch.status is DispatchStatus.CLOSED

        await eventually(closed, 40)
        (attempt,) = await store.dispatches.attempts(
            (await store.dispatches.for_ticket(ticket.id))[0].id
        )
        assert attempt.person == scene.people[1], "nobody else was woken"

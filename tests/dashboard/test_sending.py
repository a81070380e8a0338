"""What somebody sends without a network, to a server with a fault or to one that hangs: they are
told, it arrives once, and what they wrote is still there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Route, expect

from call_logs import Store
from call_logs.tickets import Ticket
from call_logs.users import Role
from tests.dashboard import night
from tests.dashboard.conftest import Founded
from tests.dashboard.morning import report
from tests.dashboard.test_browser import PHONE, WAIT_MS, Desk, address, at_desk, browser

__all__ = ["address", "browser"]  # fixtures of the other module

NOTE = "the electrician comes at nine"


@pytest.fixture
async def desk(browser: Browser, address: str, founded: Founded) -> AsyncIterator[Desk]:
    """An operator whose network fails: the browser's own complaints about it are none of ours."""
    expect.set_options(timeout=WAIT_MS)
    async with at_desk(browser, address, founded.tokens[Role.OPERATOR]) as one:
        yield one


async def notes_of(store: Store, ticket: Ticket) -> list[str]:
    return [each.note for each in await store.tickets.history(ticket.id) if each.note]


async def write_note(desk: Desk) -> None:
    await desk.page.get_by_label("Note for this step").fill(NOTE)
    await desk.page.get_by_role("button", name="Note only").click()


async def cut(route: Route) -> None:
    await route.abort("internetdisconnected")


async def test_a_note_without_a_network_is_told_kept_and_sent_once_by_itself(
    desk: Desk, store: Store
) -> None:
    ticket = (await report(store)).ticket
    await desk.open(f"/tickets/{ticket.id}")
    await desk.page.context.set_offline(True)
    await write_note(desk)

    refusal = desk.page.locator(".toast-refusal")
    await expect(refusal).to_contain_text("Not sent: “Note only”.")
    await expect(refusal).to_be_focused()
    await expect(refusal).to_have_attribute("role", "alert")
    await expect(desk.page.get_by_label("Note for this step")).to_have_value(NOTE)
    assert await notes_of(store, ticket) == []

    await desk.page.context.set_offline(False)
    await expect(desk.page.locator(".toast-done")).to_contain_text("The note is saved.")
    await expect(refusal).to_have_count(0)
    await expect(desk.page.get_by_label("Note for this step")).to_have_value("")
    await expect(desk.page.locator("p.did-note").first).to_have_text(NOTE)
    await asyncio.sleep(3)
    assert await notes_of(store, ticket) == [NOTE]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_fault_of_the_server_is_told_and_the_note_sent_again(
    desk: Desk, store: Store, status: int
) -> None:
    ticket = (await report(store)).ticket
    await desk.open(f"/tickets/{ticket.id}")

    async def broken(route: Route) -> None:
        await route.fulfill(status=status, body="<h1>Bad gateway</h1>")

    await desk.page.route("**/notes", broken)
    await write_note(desk)
    await expect(desk.page.locator(".toast-refusal")).to_contain_text("The server has a fault.")
    await desk.page.unroute("**/notes")
    await expect(desk.page.locator(".toast-done")).to_contain_text("The note is saved.")
    assert await notes_of(store, ticket) == [NOTE]


async def test_an_answer_that_was_lost_does_nothing_twice(desk: Desk, store: Store) -> None:
    ticket = (await report(store)).ticket
    await desk.open(f"/tickets/{ticket.id}")
    lost = 0

    async def lose(route: Route) -> None:
        nonlocal lost
        lost += 1
        if lost > 2:  # sent again by itself, and lost again: the third comes through
            await route.continue_()
            return
        await route.fetch()  # it reaches the server, and its answer nobody
        await route.abort("connectionreset")

    await desk.page.route("**/move", lose)
    await desk.page.get_by_label("Note for this step").fill(NOTE)
    await desk.page.get_by_role("button", name="Register", exact=True).click()
    await expect(desk.page.locator(".toast-refusal")).to_contain_text("Not sent: “Register”.")
    await expect(desk.page.locator(".toast-done")).to_contain_text("The step was taken.")
    await expect(desk.page.locator(".head .state")).to_have_text("Registered")
    assert lost == 3
    moved = [each.action for each in await store.tickets.history(ticket.id)]
    assert moved.count("moved") == 1
    assert await notes_of(store, ticket) == [NOTE]


async def test_a_server_that_hangs_is_told(desk: Desk, store: Store) -> None:
    dispatch = await night.unanswered(store)
    await desk.open(f"/tickets/{dispatch.ticket_id}")
    await desk.page.evaluate("htmx.config.defaultTimeout = 2500")
    held: list[Route] = []

    async def hang(route: Route) -> None:
        held.append(route)

    await desk.page.route("**/acknowledge", hang)
    await desk.page.get_by_role("button", name="I have it").click()
    take = desk.page.locator(".btn-take")
    await expect(take).to_be_disabled()
    await expect(desk.page.locator("form.is-sending")).to_have_attribute("aria-busy", "true")
    await expect(desk.page.locator(".toast-done")).to_have_text("Sending …×")
    await expect(desk.page.locator(".toast-refusal")).to_contain_text(
        "Not sent: “I have it”. The server gives no answer."
    )
    await expect(take).to_be_enabled()
    await desk.page.unroute("**/acknowledge")
    await desk.page.get_by_role("button", name="Send now").click()
    await expect(desk.page.locator(".holder")).to_contain_text("operator has it")
    await expect(desk.page.locator(".toast-refusal")).to_have_count(0)
    assert (await store.dispatches.get(dispatch.id)).acknowledged_by == "operator"


async def test_a_draft_and_what_is_unsent_survive_a_reload(desk: Desk, store: Store) -> None:
    ticket = (await report(store)).ticket
    await desk.open(f"/tickets/{ticket.id}")
    await desk.page.get_by_label("Note for this step").fill("half a sent")
    await desk.page.reload()
    await expect(desk.page.get_by_label("Note for this step")).to_have_value("half a sent")

    await desk.page.route("**/notes", cut)
    await write_note(desk)
    await expect(desk.page.locator(".toast-refusal")).to_be_visible()
    await desk.page.reload()
    await expect(desk.page.locator(".toast-refusal")).to_contain_text("Not sent: “Note only”.")
    await desk.page.unroute("**/notes")
    await desk.page.get_by_role("button", name="Send now").click()
    await expect(desk.page.locator(".toast-done")).to_contain_text("The note is saved.")
    assert await notes_of(store, ticket) == [NOTE]
    await desk.page.reload()
    await expect(desk.page.get_by_label("Note for this step")).to_have_value("")
    await expect(desk.page.locator(".toast-one")).to_have_count(0)


async def test_what_is_discarded_is_not_sent(desk: Desk, store: Store) -> None:
    ticket = (await report(store)).ticket
    await desk.open(f"/tickets/{ticket.id}")
    await desk.page.route("**/notes", cut)
    await write_note(desk)
    await desk.page.get_by_role("button", name="Discard").click()
    await desk.page.unroute("**/notes")
    await expect(desk.page.locator(".toast-one")).to_have_count(0)
    await asyncio.sleep(3)
    assert await notes_of(store, ticket) == []
    await expect(desk.page.get_by_label("Note for this step")).to_have_value(NOTE)


async def test_a_part_that_cannot_be_shown_is_told(desk: Desk, store: Store) -> None:
    ticket = (await report(store)).ticket
    await desk.open(f"/tickets/{ticket.id}")
    await desk.page.route("**/edit", cut)
    await desk.page.locator("#ticket-state").get_by_role("button", name="Correct").click()
    await expect(desk.page.locator(".toast-refusal")).to_contain_text("could not be shown")


async def test_a_refusal_is_seen_far_down_on_a_phone_and_nothing_is_lost(
    browser: Browser, address: str, founded: Founded, store: Store
) -> None:
    expect.set_options(timeout=WAIT_MS)
    ticket = (await report(store)).ticket
    async with at_desk(browser, address, founded.tokens[Role.OPERATOR], size=PHONE) as one:
        await one.open(f"/tickets/{ticket.id}")
        await one.page.locator("#ticket-state").get_by_role("button", name="Correct").click()
        await one.page.get_by_label("Call-back number").fill("x" * 40)
        await one.page.evaluate(
            "document.querySelector('#correct-form').insertAdjacentHTML('beforeend',"
            "'<input type=hidden name=ticket_class value=none>')"
        )
        await one.page.locator("#f-ticket_class").evaluate("field => field.remove()")
        await one.page.evaluate("scrollTo(0, document.body.scrollHeight)")
        await one.page.locator("#correct-form").evaluate("form => form.requestSubmit()")
        refusal = one.page.locator(".toast-refusal")
        await expect(refusal).to_be_in_viewport()
        await expect(refusal).to_be_focused()
        await expect(one.page.get_by_label("Call-back number")).to_have_value("x" * 40)
        await refusal.get_by_label("Close this message").click()
        await expect(refusal).to_have_count(0)


async def test_a_drill_is_asked_once_and_no_means_no(
    browser: Browser, address: str, founded: Founded, store: Store
) -> None:
    expect.set_options(timeout=WAIT_MS)
    await night.company(store)
    questions: list[str] = []
    async with at_desk(browser, address, founded.tokens[Role.MANAGER]) as one:
        await one.open("/drills")
        answers = iter((False, True))

        async def answer(dialog: object) -> None:
            questions.append(dialog.message)  # type: ignore[attr-defined]
            yes = next(answers)
            await (dialog.accept() if yes else dialog.dismiss())  # type: ignore[attr-defined]

        one.page.on("dialog", answer)
        await one.page.get_by_role("button", name="Ring them now").click()
        await asyncio.sleep(0.5)
        assert await store.requests.take() == ()
        await one.page.get_by_role("button", name="Ring them now").click()
        await expect(one.page.locator(".toast-done")).to_contain_text("The drill was asked for")
        assert len(await store.requests.take()) == 1
        assert len(questions) == 2
        await one.page.reload()
        await expect(one.page.locator(".toast-one")).to_have_count(0)

"""The dashboard in a real browser against a real server: what people see without a reload."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.async_api import Browser, Page, Route, async_playwright, expect

from call_logs import Store
from call_logs.dispatches import AcknowledgedVia, AttemptStatus
from call_logs.recordings import TranscriptData
from call_logs.tickets import NewTicket, TicketClass, TicketKind, TicketStatus, edit
from call_logs.users import HOTLINE, Role
from dashboard.web.signin import SESSION_COOKIE
from tests.dashboard import night
from tests.dashboard.conftest import PASSWORD, Founded
from tests.dashboard.morning import (
    CALLER,
    TEXT,
    begin,
    call_back,
    calling_back,
    report,
    whole_morning,
    words,
)
from tests.people import person

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
)
PORTS = range(18001, 18100)
WAIT_MS = 15_000  # the most that anything may take before a test fails
NEW_PASSWORD = "river stone bird 7"
DESK = {"width": 1280, "height": 850}
PHONE = {"width": 375, "height": 740}
TWO_LINES_PX = 50  # of a heading


def _free_socket() -> socket.socket:
    """A listening socket on the first free port of ours."""
    for port in PORTS:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            listener.close()
            continue
        return listener
    raise OSError(f"no free port in {PORTS}")


class Server(uvicorn.Server):
    """Says when it answers."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2))
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@pytest.fixture
async def address(app: FastAPI) -> AsyncIterator[str]:
    """The application behind a real server."""
    listener = _free_socket()
    server = Server(app)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    async with asyncio.timeout(10):
        await server.ready.wait()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    async with asyncio.timeout(20):
        await task


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield opened
        await opened.close()


@dataclass
class Desk:
    """A person with a browser; `complaints` is what the browser objected to."""

    page: Page
    address: str
    complaints: list[str]

    async def open(self, path: str) -> None:
        """Go to a page and wait until its live connection stands."""
        await self.page.goto(self.address + path)
        await expect(self.page.locator("html")).to_have_attribute("data-live", "on")


@asynccontextmanager
async def at_desk(
    browser: Browser,
    address: str,
    token: str | None,
    *,
    size: dict[str, int] = DESK,
    locale: str = "en",
) -> AsyncIterator[Desk]:
    context = await browser.new_context(viewport=size, locale=locale)  # type: ignore[arg-type]
    context.set_default_timeout(WAIT_MS)
    if token:
        await context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": address}])
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    yield Desk(page, address, complaints)
    await context.close()


@pytest.fixture
async def desk(browser: Browser, address: str, founded: Founded) -> AsyncIterator[Desk]:
    """An operator at a computer, who must see no error at all."""
    expect.set_options(timeout=WAIT_MS)
    async with at_desk(browser, address, founded.tokens[Role.OPERATOR]) as one:
        yield one
        assert one.complaints == []


async def numbers(page: Page) -> Sequence[str]:
    return await page.locator("#ticket-list .row-link").all_inner_texts()


async def test_signing_in_with_the_keyboard_leads_to_the_tickets(
    browser: Browser, address: str
) -> None:
    async with at_desk(browser, address, None) as one:
        await one.page.goto(address)
        await one.page.keyboard.type("operator")
        await one.page.keyboard.press("Tab")
        await one.page.keyboard.type(PASSWORD)
        await one.page.keyboard.press("Enter")

        await expect(one.page.get_by_text("Nothing is open")).to_be_visible()
        await one.page.get_by_label("Account and settings").click()
        await one.page.get_by_role("button", name="Sign out").click()
        await expect(one.page.get_by_role("heading", name="Sign in")).to_be_visible()
        assert one.complaints == []


async def test_a_ticket_appears_during_the_call_without_a_reload(desk: Desk, store: Store) -> None:
    await desk.open("/tickets")
    await expect(desk.page.get_by_text("Nothing is open")).to_be_visible()
    await desk.page.evaluate("document.body.dataset.mark = 'same page'")

    call_id = await begin(store)
    ticket = await store.tickets.open(
        NewTicket(
            TicketKind.EMERGENCY,
            TicketClass.URGENT,
            call_id=call_id,
            category="lift_entrapment",
            text="电梯里困了3个人",
        )
    )

    row = desk.page.locator(f"#ticket-{ticket.id}")
    await expect(row).to_contain_text("电梯里困了3个人")
    await expect(row).to_contain_text("Urgent")
    await expect(desk.page.locator("#live-count")).to_have_text("1 calls now")
    await store.tickets.move(ticket.id, TicketStatus.REGISTERED, person("manager"))
    await expect(row).to_contain_text("Registered")
    assert await desk.page.evaluate("document.body.dataset.mark") == "same page"


async def test_filters_narrow_the_list_and_stay_in_the_address(desk: Desk, store: Store) -> None:
    await whole_morning(store)
    told = await report(store, text="北门的灯不亮", caller="13700009999")
    await desk.open("/tickets")
    urgent = (await store.tickets.counts()).by_class[TicketClass.URGENT]

    await desk.page.get_by_label("Class").select_option("urgent")
    await expect(desk.page.locator("#ticket-list .row-link")).to_have_count(urgent)
    await expect(desk.page).to_have_url(
        f"{desk.address}/tickets?q=&ticket_class=urgent&status=open&category=&whose=&order=newest"
    )
    await desk.page.get_by_label("Class").select_option("")
    await desk.page.get_by_label("Search").fill("北门 灯")
    await expect(desk.page.locator("#ticket-list .row-link")).to_have_text([told.ticket.number])
    await desk.page.get_by_label("Search").fill("13700009999")
    await expect(desk.page.locator("#ticket-list .row-link")).to_have_text([told.ticket.number])

    await desk.page.reload()
    assert await numbers(desk.page) == [told.ticket.number]
    await desk.page.get_by_role("link", name="clear filters").click()
    await expect(desk.page.locator("#ticket-list .row-link")).to_have_count(40)


async def test_the_recording_plays_and_its_words_light_up(desk: Desk, store: Store) -> None:
    told = await report(store)
    await desk.open(f"/tickets/{told.ticket.id}")
    await expect(desk.page.locator(".wave[data-drawn=yes]")).to_be_visible()

    await desk.page.get_by_role("button", name="Play", exact=True).click()

    await desk.page.wait_for_function("() => document.querySelector('audio').currentTime > 0.6")
    lit = desk.page.locator(".word.now")
    await expect(lit).to_have_count(1)
    first = await lit.inner_text()
    await expect(lit).not_to_have_text(first)
    await desk.page.get_by_role("button", name="Pause").click()
    log = await store.access.list(subject="recording")
    assert [row.key for row in log.items] == [told.recording_id]


async def test_a_click_on_a_word_jumps_to_it(desk: Desk, store: Store) -> None:
    told = await report(store)
    await desk.open(f"/tickets/{told.ticket.id}")
    await expect(desk.page.locator(".wave[data-drawn=yes]")).to_be_visible()

    word = desk.page.locator(".word", has_text="坏")
    start_s = float(await word.get_attribute("data-start") or 0)
    await word.click()

    await desk.page.wait_for_function(
        "start => document.querySelector('audio').currentTime > start", arg=start_s
    )
    await desk.page.get_by_role("button", name="Pause").click()
    assert await desk.page.evaluate("document.querySelector('audio').currentTime") < start_s + 3


async def test_the_arrow_keys_move_in_the_recording(desk: Desk, store: Store) -> None:
    told = await report(store, seconds=12.0)
    await desk.open(f"/tickets/{told.ticket.id}")
    wave = desk.page.locator(".wave[data-drawn=yes]")

    await wave.focus()
    await desk.page.keyboard.press("ArrowRight")

    await expect(wave).to_have_attribute("aria-valuenow", "5")


async def test_a_transcript_is_corrected_in_place_and_still_plays(desk: Desk, store: Store) -> None:
    told = await report(store)
    await desk.open(f"/tickets/{told.ticket.id}")
    await desk.page.locator(".transcript").get_by_role("button", name="Correct").click()
    await desk.page.get_by_label("Correct the transcript").fill("3号楼2单元走廊的灯全坏了")
    await desk.page.get_by_role("button", name="Save").click()

    await expect(desk.page.locator(".words")).to_have_text("3号楼2单元走廊的灯全坏了")
    await expect(desk.page.get_by_text("Corrected by operator")).to_be_visible()
    transcript = await store.transcripts.get(told.recording_id)
    assert transcript.text == "3号楼2单元走廊的灯全坏了"
    await desk.page.locator(".word", has_text="坏").click()
    await desk.page.wait_for_function("() => document.querySelector('audio').currentTime > 3.0")


async def test_what_is_typed_survives_a_change_by_somebody_else(desk: Desk, store: Store) -> None:
    told = await report(store)
    await desk.open(f"/tickets/{told.ticket.id}")
    await desk.page.locator("#ticket-state").get_by_role("button", name="Correct").click()
    await desk.page.get_by_label("Room").fill("1502")
    await desk.page.get_by_label("Note for this step").fill("half a sentence")

    await store.tickets.update(told.ticket.id, person("manager"), edit(room="1501", name="Wang"))

    await expect(desk.page.locator(".did").first).to_contain_text("manager")
    await expect(desk.page.get_by_label("Room")).to_have_value("1502")
    await expect(desk.page.get_by_label("Note for this step")).to_have_value("half a sentence")
    await desk.page.get_by_role("button", name="Save", exact=True).click()
    await expect(desk.page.get_by_text("Now saved: 1501")).to_be_visible()
    await desk.page.get_by_role("button", name="Save", exact=True).click()
    await expect(desk.page.get_by_text("Saved.", exact=True)).to_be_visible()
    assert (await store.tickets.get(told.ticket.id)).room == "1502"
    # The browser itself writes every 409 to its console; that is no complaint of the page.
    desk.complaints[:] = [text for text in desk.complaints if "409" not in text]


async def test_a_step_is_taken_with_a_note(desk: Desk, store: Store) -> None:
    told = await report(store)
    await desk.open(f"/tickets/{told.ticket.id}")

    await desk.page.get_by_label("Note for this step").fill("electrician called")
    await desk.page.get_by_role("button", name="Register", exact=True).click()

    await expect(desk.page.locator(".head .state")).to_have_text("Registered")
    await expect(desk.page.locator(".did").first).to_contain_text("electrician called")
    await expect(desk.page.get_by_label("Note for this step")).to_have_value("")
    assert (await store.tickets.get(told.ticket.id)).status is TicketStatus.REGISTERED


async def test_the_live_page_follows_a_call_from_ring_to_end(desk: Desk, store: Store) -> None:
    await desk.open("/live")
    await expect(desk.page.get_by_text("Nobody is on the line")).to_be_visible()

    call_id = await begin(store, "13655554444")
    card = desk.page.locator(f"#live-{call_id}")
    await expect(card).to_contain_text("13655554444")
    store.live.update(call_id, menu="repair", heard="厨房的水管")
    await expect(card).to_contain_text("厨房的水管")
    await expect(card).to_contain_text("Reporting a repair")
    store.live.update(call_id, heard="厨房的水管在漏水")
    await expect(card).to_contain_text("在漏水")
    await desk.page.wait_for_function(
        "() => document.querySelector('[data-since]').textContent !== '0:00'"
    )

    desk.page.once("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
    async with desk.page.expect_response("**/hangup") as response:
        await card.get_by_role("button", name="End call").click()
    assert (await response.value).status == 204
    (request,) = await store.requests.take()
    assert request.call_id == call_id

    store.calls.end(call_id, "operator")
    await expect(desk.page.get_by_text("Nobody is on the line")).to_be_visible()


async def test_a_broken_connection_is_shown_and_what_was_missed_comes_after(
    desk: Desk, store: Store
) -> None:
    await desk.open("/tickets")

    async def refuse(route: Route) -> None:
        await route.abort()

    # The stream is cut, and its renewal refused, until the ticket is there.
    await desk.page.route("**/changes?*", refuse)
    await desk.page.evaluate("document.getElementById('changes')._htmx.sse.reader.cancel()")
    await expect(desk.page.locator("#offline")).to_be_visible()
    ticket = (await report(store)).ticket
    await desk.page.unroute("**/changes?*")

    await expect(desk.page.locator(f"#ticket-{ticket.id}")).to_be_visible()
    await expect(desk.page.locator("#offline")).to_be_hidden()
    refused = ("ERR_FAILED", "Failed to fetch")
    desk.complaints[:] = [
        text for text in desk.complaints if not any(word in text for word in refused)
    ]


async def test_a_new_urgent_ticket_is_loud_on_any_page_until_somebody_has_it(
    desk: Desk, store: Store
) -> None:
    await desk.open("/account")
    banner = desk.page.locator("#urgent")
    await expect(banner).to_be_hidden()
    title = await desk.page.title()

    await desk.page.get_by_label("Account and settings").click()
    await desk.page.get_by_role("button", name="Sound for urgent tickets is off").click()
    await expect(desk.page.locator("#sound")).to_have_text("Sound for urgent tickets is on")
    dispatch = await night.searching(store)

    await expect(banner).to_contain_text("Trapped in a lift")
    await expect(banner).to_contain_text("people are being rung")
    await expect(desk.page).to_have_title(re.compile(r"^\(!\) 1 urgent ticket waits"))
    await store.dispatches.acknowledge(dispatch.id, person("wang"), AcknowledgedVia.LINK)
    await expect(banner).to_be_hidden()
    await expect(desk.page).to_have_title(title)


async def test_a_search_is_followed_on_its_ticket_and_taken_with_one_press(
    desk: Desk, store: Store
) -> None:
    dispatch = await night.searching(store)
    await desk.open(f"/tickets/{dispatch.ticket_id}")
    steps = desk.page.locator(".timeline .did")
    await expect(steps).to_have_count(5)

    (attempt,) = await store.dispatches.attempts(dispatch.id)
    await store.dispatches.outcome(attempt.id, AttemptStatus.NO_ANSWER)
    await expect(steps).to_have_count(6)
    await expect(steps.first).to_contain_text("王工: did not answer")

    await desk.page.get_by_role("button", name="I have it").click()
    await expect(desk.page.locator(".holder")).to_contain_text("operator has it")
    await desk.page.get_by_role("button", name="Undo").click()
    await expect(desk.page.locator(".toast-one")).to_contain_text("people are rung on")
    await desk.page.get_by_role("button", name="I have it").click()
    await expect(desk.page.locator(".holder")).to_contain_text("operator has it")
    await desk.page.get_by_role("button", name="Arrived on site").click()
    await expect(steps.first).to_contain_text("operator has arrived")
    assert (await store.tickets.get(dispatch.its_ticket_id)).on_site_at is not None


async def test_a_link_is_taken_on_a_phone(browser: Browser, address: str, store: Store) -> None:
    dispatch = await night.unanswered(store)
    token = store.dispatches.link_token(dispatch.id, "wang")
    async with at_desk(browser, address, None, size=PHONE, locale="zh-CN") as one:
        await one.page.goto(f"{address}/acknowledge/{token}")
        wide = await one.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0

        await one.page.get_by_role("button", name="我来处理").click()

        await expect(one.page.get_by_text("已由您接手")).to_be_visible()
        assert one.complaints == []
    assert (await store.dispatches.get(dispatch.id)).acknowledged_by == "wang"


async def test_leave_is_entered_on_a_phone_and_shown_at_once(
    browser: Browser, address: str, founded: Founded, store: Store
) -> None:
    await night.company(store)
    async with at_desk(browser, address, founded.tokens[Role.MANAGER], size=PHONE) as one:
        await one.open("/oncall")
        form = one.page.locator("#leave-form")
        await form.get_by_label("Who").select_option("li")
        await form.get_by_label("Begins").fill("2031-05-01")
        await form.get_by_label("Last day").fill("2031-05-03")
        await form.get_by_role("button", name="Enter leave").click()

        await expect(one.page.get_by_text("It counts from the next call on")).to_be_visible()
        assert one.complaints == []
    (leave,) = (await store.roster.current()).leaves
    assert leave.person == "li"


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
async def test_no_page_is_wider_than_a_phone(
    browser: Browser, address: str, founded: Founded, store: Store, locale: str
) -> None:
    await whole_morning(store)
    told = await report(store)
    await begin(store)
    searched = await night.unanswered(store)
    drill = await night.drilled(store)
    await store.live.flush()
    token = founded.tokens[Role.ADMIN]
    async with at_desk(browser, address, token, size=PHONE, locale=locale) as one:
        for path in (
            "/tickets",
            f"/tickets/{told.ticket.id}",
            "/live",
            "/calls",
            f"/calls/{told.call_id}",
            "/system",
            "/access",
            "/users",
            "/account",
            f"/tickets/{searched.ticket_id}",
            "/oncall",
            "/drills",
            f"/drills/{drill.id}",
            "/roster",
            "/roster/entry/person/wang",
            "/roster/entry/policy/flooding",
            "/roster/files",
            "/roster/history",
        ):
            await one.open(path)
            wide = await one.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, path
            headings = one.page.locator(".card-top > h1")
            heights = await headings.evaluate_all("all => all.map(each => each.offsetHeight)")
            assert all(height < TWO_LINES_PX for height in heights), path
        assert one.complaints == []


async def test_a_call_back_comes_to_the_open_ticket_by_itself(desk: Desk, store: Store) -> None:
    ticket = (await report(store)).ticket
    await desk.open(f"/tickets/{ticket.id}")
    await expect(desk.page.locator(".speech")).to_have_count(1)

    call_id = await call_back(store, ticket)

    await expect(desk.page.locator(".facts")).to_contain_text("Call back")
    await expect(desk.page.locator(".speech")).to_have_count(2)
    second = desk.page.locator(".speech").nth(1)
    await expect(second).to_contain_text("Call back at")
    (recording,) = await store.recordings.for_call(call_id)
    heard = TranscriptData(TEXT, words(), "zh-CN", "vosk-zh-test", 5.0)
    await store.transcripts.save(recording.id, heard)
    await expect(second.locator(".words")).to_contain_text("走廊的灯坏了")

    await desk.open("/live")
    await calling_back(store, ticket)
    await expect(desk.page.locator("#live-board")).to_contain_text(f"Call back to {CALLER}")
    await expect(desk.page.locator("#live-board")).to_contain_text(ticket.number)


async def test_a_first_password_can_be_replaced_in_peace(
    browser: Browser, address: str, store: Store
) -> None:
    await store.users.add("first", PASSWORD, Role.ADMIN, HOTLINE, must_change_password=True)
    expect.set_options(timeout=WAIT_MS)
    async with at_desk(browser, address, None) as one:
        page = one.page
        await page.goto(address)
        await page.keyboard.type("first")
        await page.keyboard.press("Tab")
        await page.keyboard.type(PASSWORD)
        await page.keyboard.press("Enter")
        await expect(page.locator("#old")).to_be_visible()
        await page.evaluate("document.body.dataset.mark = 'same page'")
        await page.wait_for_timeout(1500)  # the page must not be read again under their fingers
        assert await page.evaluate("document.body.dataset.mark") == "same page"
        await page.fill("#old", PASSWORD)
        await page.fill("#new", NEW_PASSWORD)
        await page.fill("#repeated", NEW_PASSWORD)
        await page.keyboard.press("Enter")
        await expect(page.locator("html")).to_have_attribute("data-live", "on")
        await page.goto(address)
        await expect(page.locator("#ticket-list")).to_be_attached()
        assert one.complaints == []

"""What an owner is told stands on the ticket's page; a call back is agreed on there and by the
API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from call_logs import Store
from call_logs.tickets import NewsBy, NewTicket, edit
from tests.dashboard.browserless import Program, Visitor
from tests.people import person


async def test_a_call_back_is_agreed_on_by_the_site_s_clock(
    store: Store, operator: Visitor
) -> None:
    ticket = await store.tickets.open(NewTicket(callback="13800138000"))
    page = f"/tickets/{ticket.id}"
    local = datetime.now(ZoneInfo("Asia/Shanghai")).replace(microsecond=0, tzinfo=None)
    at = local + timedelta(days=2)
    done = await operator.send(f"{page}/call-back", at=at.isoformat(), note="about the lamp")
    assert "The owner will be called back at that time." in done.text
    assert "Owner asks for a call back" in done.text
    assert "Call back at" in done.text  # in the history
    (news,) = await store.owner_news.of_ticket(ticket.id)
    assert news.agreed_at == at.replace(tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)
    for wrong in ("", "soon", "0001-01-01T00:00"):
        assert (await operator.send(f"{page}/call-back", at=wrong)).status_code == 422
    past = await operator.send(f"{page}/call-back", at="2020-01-01T00:00")
    assert past.status_code == 409
    assert "from now on" in past.text
    assert await store.owner_news.of_ticket(ticket.id) == (news,)


async def test_the_page_shows_what_the_owner_is_told_and_how(
    store: Store, operator: Visitor
) -> None:
    ticket = await store.tickets.open(NewTicket(callback="13800138000", news_by=NewsBy.MESSAGE))
    await store.tickets.update(ticket.id, person("operator"), edit(news="the <b>lamp</b> comes"))
    shown = (await operator.get(f"/tickets/{ticket.id}")).text
    assert "Told to the owner unasked" in shown
    assert "Text message" in shown
    assert "the &lt;b&gt;lamp&lt;/b&gt; comes" in shown


async def test_a_program_agrees_on_a_call_back(store: Store, program: Program) -> None:
    ticket = await store.tickets.open(NewTicket(callback="13800138000"))
    address = f"/tickets/{ticket.id}"
    at = datetime.now(UTC) + timedelta(hours=3)
    made = await program.call("POST", f"{address}/call-backs", at=at.isoformat())
    assert made.status_code == 201
    (news,) = await program.get(f"{address}/news")
    assert (news["topic"], news["state"], news["way"]) == ("call_back", "waiting", "call")
    later = (at + timedelta(days=90)).isoformat()
    late = await program.call("POST", f"{address}/call-backs", at=later)
    assert late.status_code == 409

"""Reminders as they leave the house: texts, addresses, and the order to ring."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from call_logs import Notice, Store
from call_logs.calls import RequestAction
from call_logs.casework import RiskKind, RiskLevel
from call_logs.registers import RegisterKind, read_entry
from call_logs.reminders import ENTRY_LEVELS, Digest, DigestLine, Level, Outcome, Reminder
from call_logs.roster import EntryKind
from call_logs.tickets import Deadline, NewTicket, TicketClass
from call_logs.users import HOTLINE
from ivr.after.orders import Orders
from ivr.after.reminder_text import ReminderText
from ivr.after.reminding import Reminding
from ivr.dispatch.notice_text import LONGEST_SHORT
from tests.call_logs.test_notices import Service, serving
from tests.ivr.conftest import opened_store
from tests.ivr.exchange import Site, site, until
from tests.people import person
from tests.staff_world import company
from tests.turned_clock import TurnedClock

MONDAY = datetime(2026, 11, 30, 3, tzinfo=UTC)  # eleven in the morning in Shanghai
OLGA = person("olga")


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(MONDAY)


@pytest.fixture
async def timed(tmp_path: Path, migrated: Path, clock: TurnedClock) -> AsyncIterator[Store]:
    shutil.copy(migrated, tmp_path / "hotline.db")
    async with opened_store(tmp_path, clock=clock) as opened:
        yield opened


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with serving() as made:
        yield made


def reminding(at: Site, *urls: str) -> Reminding:
    return Reminding(
        at.services,
        notice_urls=urls,
        public_url="https://hotline.example/",
        zone=ZoneInfo("Asia/Shanghai"),
    )


async def test_what_is_told_names_the_ticket_and_not_the_owner(
    timed: Store, clock: TurnedClock, service: Service
) -> None:
    await company(timed, service.port)
    async with site(timed) as at:
        telling = reminding(at)
        ticket = await timed.tickets.open(
            NewTicket(
                ticket_class=TicketClass.IMPORTANT,
                category="lighting",
                building="3",
                name="张三",
                callback="13912345678",
                text="灯坏了",
                assignee="li",
                actor=OLGA,
            )
        )
        await clock.turn(timedelta(minutes=31))
        await telling.look()
        await telling.look()
        theirs, late, to_head = (each["title"] for each in service.taken)
        assert theirs == f"交给您的工单{ticket.number}：照明"
        assert late == f"已超时：工单{ticket.number}，照明"
        assert to_head == late
        body = service.taken[2]["message"]
        assert body.splitlines() == [
            "受理期限：11月30日 11:30",
            "地点：3号楼",
            "负责：李工",
            f"查看：https://hotline.example/tickets/{ticket.id}",
        ]
        everything = str(service.taken)
        for private in ("张三", "13912345678", "灯坏了"):
            assert private not in everything
        await telling.close()


async def test_an_entry_of_a_register_is_told_of_before_its_day_without_whom_it_names(
    timed: Store, service: Service
) -> None:
    await company(timed, service.port)
    fields = {"who": "wang", "what": "高压电工证", "valid_until": "2026-12-20"}
    new = read_entry(RegisterKind.SKILL, fields, whole=True)
    entry = await timed.registers.add(new, person("boss"))
    async with site(timed) as at:
        telling = reminding(at)
        for _ in range(2):
            await telling.look()
        (told,) = service.taken
        assert told["title"] == "技能证书即将到期：高压电工证"
        assert told["message"].splitlines() == [
            "期限：2026-12-20",
            f"查看：https://hotline.example/registers/skill/{entry.id}",
        ]
        await telling.close()
    text_of = ReminderText(ZoneInfo("Asia/Shanghai"), lambda category, language: "w")
    link = "https://hotline.example/registers/skill/1"
    long = replace(entry, values={**entry.values, "what": "x" * 500})
    for language, level, kind in product(("zh-CN", "en", "ko"), ENTRY_LEVELS, RegisterKind):
        about = Reminder(1, level, (), MONDAY, "person:wang", None, 1, entry.id)
        notice = text_of.entry(about, replace(long, kind=kind), language=language, link=link)
        assert "x" * 100 in notice.title
        assert notice.short.endswith(link)
        assert len(notice.short) <= LONGEST_SHORT


async def test_a_risk_is_told_with_its_level_and_cause_and_without_the_words(
    timed: Store, service: Service
) -> None:
    await company(timed, service.port)
    async with site(timed) as at:
        telling = reminding(at)
        ticket = await timed.tickets.open(
            NewTicket(category="lighting", text="再不修我就找律师", name="张三", actor=OLGA)
        )
        await timed.risks.look()
        await telling.look()
        to_head, to_boss = service.taken
        assert to_head["title"] == f"风险提示（高）：工单{ticket.number}，照明"
        assert to_boss["title"] == to_head["title"]
        assert to_boss["message"].splitlines()[0] == "原因：主管部门、法院或律师"
        for private in ("找律师", "张三"):
            assert private not in str(service.taken)
        await telling.close()
    text_of = ReminderText(ZoneInfo("Asia/Shanghai"), lambda category, language: "w")
    for language, kind, level in product(("zh-CN", "en", "ko"), RiskKind, RiskLevel):
        about = Reminder(1, Level.RISK, (), MONDAY, "person:wang", ticket, 1, risk=(kind, level))
        notice = text_of.write(about, ticket, "", language=language, link="https://a.example/1")
        assert len(notice.body.splitlines()) == 4
        assert len(notice.short) <= LONGEST_SHORT


async def test_a_manager_is_rung_by_the_order_that_a_page_gives_and_once(
    timed: Store, clock: TurnedClock, service: Service
) -> None:
    await company(timed, service.port)
    async with site(timed) as at:
        telling = reminding(at)
        ticket = await timed.tickets.open(NewTicket(ticket_class=TicketClass.URGENT))
        await clock.turn(timedelta(minutes=11))
        for _ in range(3):
            await telling.look()
        orders = await timed.requests.for_ticket(ticket.id, MONDAY)
        assert [(each.action, each.data) for each in orders] == [
            (RequestAction.RING, {"person": "boss"})
        ]
        # The program was killed before it had marked that: it orders nothing twice.
        async with timed.database.session() as session:
            await session.execute(text("UPDATE reminders SET try_at = made_at, outcome = ''"))
        await telling.look()
        assert len(await timed.requests.for_ticket(ticket.id, MONDAY)) == 1
        await telling.close()


async def test_who_has_no_address_is_told_to_health_and_the_sites_own_are_asked(
    timed: Store, clock: TurnedClock, service: Service
) -> None:
    async with site(timed) as at:
        telling = reminding(at)
        ticket = await timed.tickets.open(NewTicket(ticket_class=TicketClass.IMPORTANT))
        await clock.turn(timedelta(minutes=31))
        await telling.look()
        (told,) = await timed.reminders.for_ticket(ticket.id)
        assert told.outcome is Outcome.NOBODY
        check = await telling.check()
        assert not check.ok
        assert "notices" in check.detail
        await telling.close()
        own = reminding(at, f"json://127.0.0.1:{service.port}/site")
        await clock.turn(timedelta(minutes=15))
        await own.look()
        assert len(service.taken) == 1
        await own.close()


async def test_a_digest_names_what_is_late_and_due(
    timed: Store, clock: TurnedClock, service: Service
) -> None:
    await company(timed, service.port)
    async with site(timed) as at:
        telling = reminding(at)
        ticket = await timed.tickets.open(
            NewTicket(category="lighting", assignee="head", actor=OLGA)
        )
        await clock.turn(timedelta(hours=21))
        await timed.reminders.make_digests()
        digest = (await timed.reminders.waiting())[-1]
        await telling._tell(digest)
        sent = service.taken[-1]
        assert sent["title"] == "今日工单：未结1，超时1，今日到期0"
        assert f"{ticket.number} 照明（11月30日 15:00）" in sent["message"]
        await telling.close()


async def test_the_telephone_rings_by_itself_when_nobody_holds_an_urgent_ticket(
    timed: Store, clock: TurnedClock
) -> None:
    """From the deadline to the telephone: reminder, order, search, ring."""
    people = {"boss": ["manager"], "li": ["engineer"]}
    for name, roles in people.items():
        document = {"id": name, "roles": roles, "contacts": [f"sip:{name}@test"]}
        await timed.roster.save(EntryKind.PERSON, document, HOTLINE)
    async with site(timed) as at:
        at.services.ready.set()
        telling = reminding(at)
        ticket = await timed.tickets.open(NewTicket(ticket_class=TicketClass.URGENT))
        await clock.turn(timedelta(minutes=11))
        await telling.look()
        started: list[str] = []

        async def start(dispatch_id: str) -> None:
            started.append(dispatch_id)

        async def ring_now(dispatch_id: str, person_id: str) -> None:
            started.append(person_id)

        orders = Orders(at.services, start=start, ring_now=ring_now)
        (request,) = await timed.requests.take()
        await orders.carry_out(request)
        await until(lambda: bool(started))
        (search,) = await timed.dispatches.for_ticket(ticket.id)
        assert search.order.person == "boss"
        await telling.close()


async def test_a_slow_server_of_notices_holds_up_no_telephone(
    timed: Store, clock: TurnedClock, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    await company(timed, service.port)
    sent: list[Notice] = []

    async def slowly(urls: Sequence[str], notice: Notice) -> tuple[int, int]:
        await asyncio.sleep(0.05)
        sent.append(notice)
        return 1, 0

    monkeypatch.setattr("ivr.after.reminding.send_notice", slowly)
    monkeypatch.setattr("ivr.after.reminding.SENDING_S", 0.02)
    async with site(timed) as at:
        telling = reminding(at)
        for _ in range(4):
            await timed.tickets.open(NewTicket(category="lighting", assignee="li", actor=OLGA))
        await telling.look()
        assert len(sent) == 1
        ticket = await timed.tickets.open(NewTicket(ticket_class=TicketClass.URGENT))
        await clock.turn(timedelta(minutes=11))
        await telling.look()
        assert len(await timed.requests.for_ticket(ticket.id, MONDAY)) == 1
        assert len(sent) < 4
        for _ in range(12):
            await telling.look()
        assert await timed.reminders.waiting() == ()
        await telling.close()


@pytest.mark.parametrize("language", ["zh-CN", "en", "ko"])
@pytest.mark.parametrize("level", sorted(set(Level) - {Level.RING, Level.DIGEST} - ENTRY_LEVELS))
async def test_every_level_can_be_told_in_every_language_and_fits_an_sms(
    timed: Store, language: str, level: Level
) -> None:
    ticket = await timed.tickets.open(NewTicket(building="3", area="x" * 90))
    text_of = ReminderText(ZoneInfo("Asia/Shanghai"), lambda category, language: "w" * 120)
    reminder = Reminder(1, level, tuple(Deadline), MONDAY, "person:li", ticket, 1)
    link = "https://hotline.example/tickets/1"
    notice = text_of.write(reminder, ticket, "", language=language, link=link)
    assert ticket.number in notice.title
    assert link in notice.body
    assert notice.short.endswith(link)
    assert len(notice.short) <= LONGEST_SHORT
    line = DigestLine(1, "100016", "lighting", TicketClass.GENERAL, MONDAY)
    many = Digest(99, 12, 1, (line,) * 10, (line,))
    digest = text_of.digest(many, language=language, link=link)
    assert "99" in digest.title
    assert digest.body.count("100016") == 11
    assert len(digest.short) <= LONGEST_SHORT

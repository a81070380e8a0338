"""A message becomes one ticket, or is added to the one it belongs to, whatever comes between."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from call_logs import Store
from call_logs.inbound import IncomingMessage, OtherContent, TakenAs
from call_logs.privacy.emptying import empty_ticket
from call_logs.storage import InvalidValue, Keys, LinkInvalid, NotFound
from call_logs.tickets import NewTicket, TicketClass, TicketSource, TicketStatus
from call_logs.tickets.rows import locked_row
from call_logs.users import HOTLINE, Actor
from call_logs.webhooks import BadSignature, signature_of

WECOM = Actor("message:wecom")


def message(id: str, words: str = "灯坏了", **given: Any) -> IncomingMessage:
    urgent = given.pop("urgent", "")
    matter = NewTicket(
        text=words,
        actor=WECOM,
        source=TicketSource.MESSAGE,
        ticket_class=TicketClass.URGENT if urgent else TicketClass.GENERAL,
        category=urgent,
    )
    return IncomingMessage(channel=WECOM.name, id=id, matter=matter, **given)


async def count(store: Store) -> int:
    return (await store.tickets.list()).total


async def notes(store: Store, ticket_id: int) -> list[str]:
    return [each.note for each in await store.tickets.history(ticket_id) if each.action == "note"]


async def test_the_same_message_is_the_same_ticket(store: Store) -> None:
    first = await store.inbound.take(message("m1", content=b"1"))
    assert first.outcome is TakenAs.OPENED
    assert (first.ticket.text, first.ticket.source) == ("灯坏了", TicketSource.MESSAGE)
    again = await store.inbound.take(message("m1", content=b"1"))
    assert again.outcome is TakenAs.KNOWN
    assert again.ticket.id == first.ticket.id
    with pytest.raises(OtherContent):
        await store.inbound.take(message("m1", "着火了", content=b"2"))
    assert await count(store) == 1
    assert await notes(store, first.ticket.id) == []


async def test_the_same_message_many_times_at_once_is_one_ticket(store: Store) -> None:
    taken = await asyncio.gather(*(store.inbound.take(message("m1")) for _ in range(8)))
    assert len({each.ticket.id for each in taken}) == 1
    assert [each.outcome for each in taken].count(TakenAs.OPENED) == 1


async def test_a_new_conversation_is_one_ticket_however_many_write_at_once(store: Store) -> None:
    await asyncio.gather(
        *(store.inbound.take(message(f"m{n}", f"第{n}句", conversation="o1")) for n in range(6))
    )
    assert await count(store) == 1
    (ticket,) = (await store.tickets.list()).items
    said = [ticket.text, *await notes(store, ticket.id)]
    assert sorted(said) == sorted(f"第{n}句" for n in range(6))


async def test_who_is_not_of_the_conversation_has_a_ticket_of_their_own(store: Store) -> None:
    one = await store.inbound.take(message("m1", conversation="o1"))
    for other in (
        message("m2", conversation="o2"),
        message("m3"),
        replace(message("m4", conversation="o1"), channel="message:crm"),
        message("m5", number="0000000"),
        message("m6", answers=("m9",)),
    ):
        taken = await store.inbound.take(other)
        assert taken.outcome is TakenAs.OPENED, other.id
        assert taken.ticket.id != one.ticket.id


async def test_a_ticket_is_found_by_its_number_and_by_what_is_answered(store: Store) -> None:
    called = await store.tickets.open(NewTicket(text="没水"))
    taken = await store.inbound.take(message("m1", "还是没水", number=called.number))
    assert (taken.outcome, taken.ticket.id) == (TakenAs.ADDED, called.id)
    answer = await store.inbound.take(message("m2", "来了", answers=("m0", "m1")))
    assert (answer.outcome, answer.ticket.id) == (TakenAs.ADDED, called.id)
    assert await notes(store, called.id) == ["还是没水", "来了"]


async def test_a_number_counts_only_from_who_has_written_of_the_ticket(store: Store) -> None:
    mine = await store.inbound.take(message("m1", sender="Li@example.com"))
    number = mine.ticket.number
    stranger = await store.inbound.take(message("m2", number=number, sender="eve@example.com"))
    assert stranger.outcome is TakenAs.OPENED
    back = await store.inbound.take(message("m3", number=number, sender="li@example.com"))
    assert (back.outcome, back.ticket.id) == (TakenAs.ADDED, mine.ticket.id)


async def test_a_cry_for_help_is_a_case_of_its_own_once(store: Store) -> None:
    lamp = await store.inbound.take(message("m1", conversation="o1"))
    fire = await store.inbound.take(message("m2", "着火了", conversation="o1", urgent="fire"))
    assert fire.outcome is TakenAs.OPENED
    assert fire.ticket.ticket_class is TicketClass.URGENT
    links = await store.links.of(fire.ticket.id)
    assert [each.id for each in links.related] == [lamp.ticket.id]
    unsought = await store.tickets.unsought(store.clock.now() - timedelta(days=1))
    assert [each.id for each in unsought] == [fire.ticket.id]
    more = await store.inbound.take(message("m3", "火很大", conversation="o1", urgent="fire"))
    assert (more.outcome, more.ticket.id) == (TakenAs.ADDED, fire.ticket.id)
    lift = await store.inbound.take(message("m4", "电梯困人", conversation="o1", urgent="lift"))
    assert lift.outcome is TakenAs.OPENED


async def test_what_is_closed_or_emptied_takes_nothing_more(store: Store, keys: Keys) -> None:
    first = await store.inbound.take(message("m1", conversation="o1"))
    async with store.session() as session:
        row = await locked_row(session, first.ticket.id, None)
        row.status, row.closed_at = TicketStatus.CLOSED.value, store.clock.now()
    second = await store.inbound.take(message("m2", conversation="o1"))
    assert second.outcome is TakenAs.OPENED
    assert [e.id for e in (await store.links.of(second.ticket.id)).related] == [first.ticket.id]
    async with store.session() as session:
        emptied = await locked_row(session, second.ticket.id, None)
        await empty_ticket(session, emptied, keys)
    async with store.reading() as session:
        left = await session.execute(text("SELECT ticket_id FROM inbound_messages"))
        assert [each for (each,) in left] == [first.ticket.id]


async def test_a_merged_ticket_takes_it_where_it_is_worked_on(store: Store) -> None:
    first = await store.inbound.take(message("m1", conversation="o1"))
    other = await store.tickets.open(NewTicket(text="停电"))
    await store.links.merge(first.ticket.id, other.id, HOTLINE)
    taken = await store.inbound.take(message("m2", "还有", conversation="o1"))
    assert (taken.outcome, taken.ticket.id) == (TakenAs.ADDED, other.id)


async def test_a_transaction_that_fails_leaves_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(session: object) -> None:
        raise RuntimeError("the disk, say")

    with monkeypatch.context() as patched:
        patched.setattr("call_logs.inbound.taking.now_of", broken)
        with pytest.raises(RuntimeError):
            await store.inbound.take(message("m1"))
    assert await count(store) == 0
    assert (await store.inbound.take(message("m1"))).outcome is TakenAs.OPENED


async def test_ids_and_conversations_stand_nowhere_in_the_clear(store: Store) -> None:
    await store.inbound.take(
        message("id-of-li", conversation="openid-of-li", sender="li@a.example")
    )
    async with store.reading() as session:
        rows = (await session.execute(text("SELECT * FROM inbound_messages"))).all()
        sources = (await session.execute(text("SELECT text FROM tickets"))).all()
    assert "of-li" not in repr(rows)
    assert "example" not in repr(rows)
    assert "灯坏了".encode() not in sources[0][0]


async def test_a_source_signs_with_its_secret_until_it_is_revoked(store: Store) -> None:
    sources = store.inbound_sources
    source, secret = await sources.add("wecom", HOTLINE)
    seconds = int(store.clock.now().timestamp())

    async def verify(with_secret: str, name: str = "wecom", body: bytes = b"{}") -> None:
        signature = signature_of(with_secret, "m1", seconds, b"{}")
        await sources.verify(name, "m1", str(seconds), body, signature)

    await verify(secret)
    for wrong in (
        verify(secret, name="other"),
        verify(secret, body=b"{ }"),
        verify("whsec_AAAA"),
    ):
        with pytest.raises(BadSignature):
            await wrong
    renewed = await sources.rotate(source.id, HOTLINE)
    await verify(renewed)
    await verify(secret)  # for a day
    token = sources.upload_token(source, 7)
    assert (await sources.by_upload_token(token))[1] == 7
    await sources.revoke(source.id, HOTLINE)
    for each in (secret, renewed):
        with pytest.raises(BadSignature):
            await verify(each)
    with pytest.raises(LinkInvalid):
        await sources.by_upload_token(token)
    with pytest.raises(NotFound):
        await sources.rotate(source.id, HOTLINE)
    with pytest.raises(InvalidValue):
        await sources.add("wecom", HOTLINE)  # its name is never another's
    async with store.reading() as session:
        kept = (await session.execute(text("SELECT secret, old_secret FROM inbound_sources"))).all()
    assert kept == [(None, None)]


async def test_a_changed_upload_token_opens_nothing(store: Store) -> None:
    sources = store.inbound_sources
    source, _ = await sources.add("wecom", HOTLINE)
    token = sources.upload_token(source, 7)
    for wrong in (token.replace("7-", "8-", 1), token[:-1], f"{token}=", "", "a-b-c-d", "1-2"):
        with pytest.raises(LinkInvalid):
            await sources.by_upload_token(wrong)

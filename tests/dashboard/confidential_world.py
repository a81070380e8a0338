"""Tickets that are kept from most of the company, with a canary in everything said in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from call_logs import Store
from call_logs.calls import CallEventKind
from call_logs.casework import NewEquipment, RecordKind, TeamPart, read_record
from call_logs.circles import Confidence
from call_logs.dispatches import DispatchStatus
from call_logs.owners import NewFault
from call_logs.registers import RegisterKind, read_entry
from call_logs.roster import Address
from call_logs.tickets import NewTicket, TicketClass, TicketStatus, edit
from call_logs.users import HOTLINE, Role
from tests.dashboard.morning import Reported, report
from tests.people import person
from tests.pictures import PDF, in_pieces
from tests.staff_world import company

WORD = "canary"
LINKED = {"engineer": "li", "manager": "boss"}  # users who are people of the roster
HANDLER = "handler"


@dataclass(frozen=True)
class Caged:
    """One ticket, and what of it must not get out."""

    told: Reported
    canaries: tuple[str, ...]
    places: Mapping[str, str]


@dataclass(frozen=True)
class World:
    plain: Caged
    sensitive: Caged
    anonymous: Caged
    about_manager: Caged

    @property
    def confidential(self) -> tuple[Caged, ...]:
        return (self.sensitive, self.anonymous, self.about_manager)


async def confidential_world(store: Store, password: str) -> World:
    """`handler` (王工) is the circle of the sensitive one; nobody is that of the anonymous one; one
    complains about the manager (赵经理)."""
    await company(store)
    await store.users.add(HANDLER, password, Role.ENGINEER, HOTLINE, language="en")
    for user, who in (*LINKED.items(), (HANDLER, "wang")):
        await store.users.update(user, HOTLINE, person=who)
    plain = await _caged(store, "plain", "13700000001")
    sensitive = await _caged(store, "sensitive", "13700000002", ticket_class=TicketClass.URGENT)
    anonymous = await _caged(store, "anonymous", "13700000003")
    about = await _caged(store, "about", "13700000004")
    await store.tickets.update(anonymous.told.ticket.id, HOTLINE, edit(anonymous=True))
    await store.risks.look()
    confide = store.confidential.put
    await confide(
        sensitive.told.ticket.id, Confidence(True, handler="wang"), person("boss"), "a canary"
    )
    await confide(about.told.ticket.id, Confidence(False, about="boss"), person("olga"), "canary")
    return World(plain, sensitive, anonymous, about)


async def _caged(
    store: Store, what: str, number: str, ticket_class: TicketClass = TicketClass.GENERAL
) -> Caged:
    """A ticket with all that a ticket can have."""
    word, name, voice = (f"{WORD}{part}{what}" for part in ("word", "name", "voice"))
    told = await report(
        store, caller=number, text=f"{word} 记者来了", phrases=(word,), ticket_class=ticket_class
    )
    ticket = told.ticket
    await store.transcripts.correct(told.recording_id, person("olga"), text=voice)
    store.calls.event(told.call_id, CallEventKind.HEARD, {"text": voice})
    await store.calls.flush()
    texts: dict[str, Any] = {
        field: f"{word} {field}"
        for field in ("cause", "whys", "plan", "result", "news", "lessons", "remark", "happened")
    }
    await store.tickets.update(ticket.id, person("olga"), edit(name=name, **texts))
    await store.tickets.note(ticket.id, person("olga"), f"{word} note")
    if ticket_class is TicketClass.GENERAL:
        await store.tickets.move(ticket.id, TicketStatus.REGISTERED, person("olga"), word)
    await store.team.put(ticket.id, "wang", TeamPart.POST, person("olga"), duty=f"{word} duty")
    evidence = await store.evidence.add(
        ticket.id, person("olga"), in_pieces(PDF), name=f"{word}.pdf"
    )
    task = read_record(RecordKind.TASK, {"what": word, "who": "王工"}, whole=True)
    record = await store.records.add(ticket.id, task, person("olga"))
    said = read_record(
        RecordKind.STATEMENT,
        {"side": "owner", "name": name, "said": word, "at": store.clock.now().isoformat()},
        whole=True,
    )
    await store.records.add(ticket.id, said, person("olga"))
    other = await store.tickets.open(NewTicket(text="another matter"))
    await store.links.relate(ticket.id, other.id, person("olga"), word)
    policy = (await store.roster.current()).policy("fire")
    better = read_entry(
        RegisterKind.IMPROVEMENT,
        {"what": word, "reason": word, "ticket": ticket.number, "who": "王工", "due": "2027-01-31"},
        whole=True,
    )
    improvement = await store.registers.add(better, person("boss"))
    dispatch = await store.dispatches.open(ticket.id, policy, actor=HOTLINE)
    await store.dispatches.move(dispatch.id, DispatchStatus.CLOSED, actor=HOTLINE)
    fault = await store.faults.announce(NewFault("lighting"), person("olga"))
    await store.faults.add(fault.id, ticket.id)
    await store.risks.look()
    (risk, *_) = await store.risks.for_ticket(ticket.id)
    return Caged(
        told,
        (word, name, voice, number, ticket.number),
        {
            "ticket_id": str(ticket.id),
            "call_id": told.call_id,
            "recording_id": told.recording_id,
            "evidence_id": evidence.id,
            "record_id": str(record.id),
            "task_id": str(record.id),
            "dispatch_id": dispatch.id,
            "risk_id": str(risk.id),
            "register": "improvement",
            "item_id": str(improvement.id),
            "fault_id": str(fault.id),
            "other_id": str(other.id),
        },
    )


async def common_places(store: Store) -> dict[str, str]:
    """What addresses name that is nobody's secret."""
    await store.equipment.save_all([NewEquipment("Lift", ("lighting",), Address("3"))], HOTLINE)
    (piece,) = await store.equipment.all(HOTLINE)
    link = await store.form_links.save("Gate", Address(area="G"), "", HOTLINE)
    return {
        "equipment_id": str(piece.id),
        "link_id": str(link.id),
        "article_id": "1",
        "source": "1",
        "source_id": "1",
        "review_id": "1",
        "group_id": "1",
        "request_id": "1",
        "token_id": "1",
        "webhook_id": "1",
        "delivery_id": "1",
        "user_id": "1",
        "record_kind": "visit",
        "side": "owner",
        "deadline": "feedback",
        "name": "people.csv",
        "kind": "person",
        "entry_id": "wang",
        "token": "none",
    }

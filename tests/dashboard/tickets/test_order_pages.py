"""Orders on a ticket's page: what is offered, what is asked, and what is told of it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from call_logs import Store
from call_logs.calls import RequestAction, RequestOutcome
from call_logs.dispatches import AcknowledgedVia, DispatchStatus, Order
from call_logs.tickets import TicketClass, TicketStatus
from call_logs.users import HOTLINE
from dashboard.dispatches.labels import ORDER_OUTCOMES
from tests.dashboard import morning, night
from tests.dashboard.browserless import Visitor
from tests.people import WRITTEN, person

DOWN = "The telephone program does not run"


@pytest.fixture
def down(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not taken at once counts as unheard."""
    monkeypatch.setattr("dashboard.dispatches.orders.UNHEARD_S", -1.0)


async def test_every_ticket_can_be_rung_by_a_policy_or_a_person(
    store: Store, operator: Visitor
) -> None:
    await night.company(store)
    lamp = (await morning.report(store)).ticket
    page = (await operator.get(f"/tickets/{lamp.id}")).text
    for offered in ('value="policy:lighting"', 'value="policy:flooding"', 'value="person:wang"'):
        assert offered in page
    assert "Ring now" in page

    answer = await operator.send(f"/tickets/{lamp.id}/orders/ring", whom="person:wang")

    assert answer.status_code == 200
    assert "operator: ring 王工" in " ".join(answer.text.split())
    (request,) = await store.requests.take()
    assert (request.action, request.data, request.actor, request.ticket_id) == (
        RequestAction.RING,
        {"person": "wang"},
        "operator",
        lamp.id,
    )


async def test_a_ticket_that_is_closed_rings_nobody(store: Store, operator: Visitor) -> None:
    await night.company(store)
    ticket = (await morning.report(store)).ticket
    for status in ("registered", "resolved", "feedback_given", "closed"):
        await store.tickets.move(
            ticket.id, TicketStatus(status), person("operator"), changes=WRITTEN
        )
    assert "Ring now" not in (await operator.get(f"/tickets/{ticket.id}")).text
    answer = await operator.send(f"/tickets/{ticket.id}/orders/ring", whom="person:wang")
    assert answer.status_code == 422
    assert await store.requests.take() == ()


@pytest.mark.parametrize(
    "whom", ["", "wang", "person:", "person:nobody", "all:x", "policy:nonsense"]
)
async def test_whom_nobody_knows_is_refused(store: Store, operator: Visitor, whom: str) -> None:
    await night.company(store)
    ticket = await night.urgent_ticket(store)
    answer = await operator.send(f"/tickets/{ticket.id}/orders/ring", whom=whom)
    assert answer.status_code == 422
    assert await store.requests.take() == ()


async def test_sent_again_with_its_key_an_order_a_note_and_a_step_are_done_once(
    store: Store, operator: Visitor, manager: Visitor
) -> None:
    await night.company(store)
    ticket = (await morning.report(store)).ticket
    csrf = await operator.csrf()
    other = await manager.csrf()
    forms = {
        "move": {"status": "registered", "version": str(ticket.version)},
        "orders/ring": {"whom": "person:wang"},
        "notes": {"note": "the electrician comes"},
    }
    for path, form in forms.items():
        for _ in range(3):
            answer = await operator.http.post(
                f"/tickets/{ticket.id}/{path}",
                data={"csrf_token": csrf, **form},
                headers={"Idempotency-Key": path},
            )
            assert answer.status_code == 200, path
    assert len(await store.requests.take()) == 1
    history = [change.action for change in await store.tickets.history(ticket.id)]
    assert history.count("note") == 1
    assert history.count("moved") == 1
    # The key is the user's own: another one's same key is another thing.
    await manager.http.post(
        f"/tickets/{ticket.id}/notes",
        data={"csrf_token": other, "note": "I know"},
        headers={"Idempotency-Key": "notes"},
    )
    history = [change.action for change in await store.tickets.history(ticket.id)]
    assert history.count("note") == 2


async def test_two_who_send_one_key_at_once_write_once(store: Store) -> None:
    ticket = (await morning.report(store)).ticket
    await asyncio.gather(
        *(store.tickets.note(ticket.id, person("operator"), "same", key="k") for _ in range(5))
    )
    history = [change.action for change in await store.tickets.history(ticket.id)]
    assert history.count("note") == 1


async def test_a_step_that_was_refused_may_be_sent_again(store: Store, operator: Visitor) -> None:
    ticket = (await morning.report(store)).ticket
    csrf = await operator.csrf()
    for version, status_code in ((ticket.version + 7, 409), (ticket.version, 200)):
        answer = await operator.http.post(
            f"/tickets/{ticket.id}/move",
            data={"csrf_token": csrf, "status": "registered", "version": str(version)},
            headers={"Idempotency-Key": "one"},
        )
        assert answer.status_code == status_code


async def test_the_page_says_that_nobody_carries_an_order_out(
    store: Store, operator: Visitor, down: None
) -> None:
    await night.company(store)
    ticket = await night.urgent_ticket(store)
    answer = await operator.send(f"/tickets/{ticket.id}/orders/ring", whom="policy:fire")
    assert DOWN in answer.text
    assert "nobody carries it out" in answer.text
    (request,) = await store.requests.for_ticket(ticket.id, ticket.opened_at)

    again = await operator.send(f"/tickets/{ticket.id}/orders/{request.id}/withdraw")

    assert DOWN not in again.text
    assert await store.requests.take() == ()


async def test_an_order_of_another_ticket_is_not_withdrawn(
    store: Store, operator: Visitor, down: None
) -> None:
    await night.company(store)
    ticket, other = await night.urgent_ticket(store), await night.urgent_ticket(store)
    await operator.send(f"/tickets/{ticket.id}/orders/ring", whom="policy:fire")
    (request,) = await store.requests.for_ticket(ticket.id, ticket.opened_at)
    await operator.send(f"/tickets/{other.id}/orders/{request.id}/withdraw")
    assert len(await store.requests.take()) == 1


async def test_whoever_takes_a_case_is_told_when_nobody_hears_of_it(
    store: Store, operator: Visitor, down: None
) -> None:
    dispatch = await night.searching(store)
    path = f"/tickets/{dispatch.ticket_id}/dispatches/{dispatch.id}/acknowledge"
    answer = await operator.send(path)
    assert DOWN in answer.text
    (request,) = await store.requests.take()
    assert (request.action, request.data) == (RequestAction.END_SEARCH, {"dispatch": dispatch.id})
    assert DOWN not in (await operator.send(path)).text
    assert await store.requests.take() == (), "pressed twice, it is asked once"


@pytest.mark.parametrize("outcome", list(RequestOutcome))
async def test_every_outcome_is_told(
    store: Store, operator: Visitor, outcome: RequestOutcome
) -> None:
    await night.company(store)
    ticket = await night.urgent_ticket(store)
    await operator.send(f"/tickets/{ticket.id}/orders/ring", whom="policy:fire")
    (request,) = await store.requests.take()
    await store.requests.answer(request.id, outcome)
    page = (await operator.get(f"/tickets/{ticket.id}")).text
    assert ORDER_OUTCOMES[outcome] in page


async def test_a_mistaken_press_is_undone_within_ten_seconds(
    store: Store, operator: Visitor, manager: Visitor
) -> None:
    dispatch = await night.searching(store)
    path = f"/tickets/{dispatch.ticket_id}/dispatches/{dispatch.id}"
    taken = await operator.send(f"{path}/acknowledge")
    assert "Undo" in taken.text
    assert "the owner is told that help comes" in taken.text
    assert "Undo" not in (await manager.get(f"/tickets/{dispatch.ticket_id}")).text
    refused = await manager.send(f"{path}/undo")
    assert refused.status_code == 409
    assert "Somebody else has it" in refused.text

    for _ in range(2):
        undone = await operator.send(f"{path}/undo")
        assert undone.status_code == 200

    assert "I have it" in undone.text
    assert (await store.dispatches.get(dispatch.id)).acknowledged_at is None
    assert (await store.tickets.get(dispatch.its_ticket_id)).acknowledged_at is None


@pytest.mark.parametrize("closed", [False, True])
async def test_undo_comes_too_late_once_the_owner_is_told(
    store: Store, operator: Visitor, closed: bool
) -> None:
    dispatch = await night.searching(store)
    long_ago = datetime.now(UTC) - timedelta(seconds=0 if closed else 30)
    await store.dispatches.acknowledge(
        dispatch.id, person("operator"), AcknowledgedVia.DASHBOARD, at=long_ago
    )
    if closed:
        await store.dispatches.move(dispatch.id, DispatchStatus.CLOSED, actor=HOTLINE)
    page = (await operator.get(f"/tickets/{dispatch.ticket_id}")).text
    assert "Undo" not in page
    assert "Ring again" in page
    answer = await operator.send(f"/tickets/{dispatch.ticket_id}/dispatches/{dispatch.id}/undo")
    assert answer.status_code == 409
    assert "Too late" in answer.text
    assert (await store.dispatches.get(dispatch.id)).acknowledged_by == "operator"


async def test_what_somebody_has_can_be_handed_over_or_rung_again(
    store: Store, operator: Visitor
) -> None:
    dispatch = await night.unanswered(store)
    path = f"/tickets/{dispatch.ticket_id}"
    await operator.send(f"{path}/dispatches/{dispatch.id}/acknowledge")
    page = (await operator.get(path)).text
    assert "Hand over" in page
    assert "Ring now" not in page
    await store.requests.take()

    await operator.send(f"{path}/orders/hand-over", person="li")
    await operator.send(f"{path}/orders/ring", whom="policy:lift_entrapment", again="true")

    hand_over, again = await store.requests.take()
    assert (hand_over.action, hand_over.data) == (RequestAction.HAND_OVER, {"person": "li"})
    assert again.data == {"policy": "lift_entrapment", "again": True}


async def test_a_hand_over_that_was_not_taken_says_so(store: Store, operator: Visitor) -> None:
    await night.company(store)
    ticket = await night.urgent_ticket(store)
    policy = (await store.roster.current()).policy("fire")
    dispatch = await store.dispatches.open(
        ticket.id, policy, order=Order("operator", "li", True), actor=HOTLINE
    )
    assert "李工 alone is rung, once" in (await operator.get(f"/tickets/{ticket.id}")).text
    await store.dispatches.move(dispatch.id, DispatchStatus.CLOSED, actor=HOTLINE)
    page = (await operator.get(f"/tickets/{ticket.id}")).text
    assert "李工 was rung and did not take it" in page
    assert "nobody has it</b>" not in page


async def test_whose_telephone_rings_now_stands_on_top(store: Store, operator: Visitor) -> None:
    dispatch = await night.searching(store)
    page = (await operator.get(f"/tickets/{dispatch.ticket_id}")).text
    now = page[page.index("Now ringing:") :][:400]
    assert "王工" in now
    assert "level 1" in now
    assert "Ring the next level too" in page
    answer = await operator.send(f"/tickets/{dispatch.ticket_id}/orders/next-level", after="0")
    assert answer.status_code == 200
    (request,) = await store.requests.take()
    assert request.data == {"after": 0}
    await store.dispatches.move(dispatch.id, DispatchStatus.CLOSED, actor=HOTLINE)
    page = (await operator.get(f"/tickets/{dispatch.ticket_id}")).text
    assert "Now ringing:" not in page, "what a crash has left rings no more"


async def test_who_talks_with_the_owner_is_left_alone(store: Store, operator: Visitor) -> None:
    dispatch = await night.accepted(store)
    page = (await operator.get(f"/tickets/{dispatch.ticket_id}")).text
    assert "王工 talks with the owner" in page
    for order in ("Ring now", "Ring again", "Hand over"):
        assert f"{order}</button>" not in page


async def test_without_a_roster_the_page_says_that_nobody_can_be_rung(
    store: Store, operator: Visitor
) -> None:
    ticket = await night.urgent_ticket(store)
    page = (await operator.get(f"/tickets/{ticket.id}")).text
    assert "Nobody on the roster can be rung now." in page


async def test_an_empty_note_is_told(store: Store, operator: Visitor) -> None:
    ticket = (await morning.report(store, ticket_class=TicketClass.GENERAL)).ticket
    answer = await operator.send(f"/tickets/{ticket.id}/notes", note="  ")
    assert "There was no note to save" in answer.text

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_logs.storage import IllegalMove
from call_logs.tickets import (
    TRANSITIONS,
    TicketClass,
    TicketStatus,
    allowed_moves,
    luhn_digit,
    ticket_number,
    valid_number,
)
from call_logs.tickets.life import check_move


@pytest.mark.parametrize(
    ("payload", "digit"), [("7992739871", "3"), ("0", "0"), ("18", "2"), ("49927398716"[:-1], "6")]
)
def test_the_check_digit_is_that_of_the_standard(payload: str, digit: str) -> None:
    assert luhn_digit(payload) == digit


@given(st.integers(min_value=1, max_value=10**9))
def test_every_number_has_six_digits_or_more_and_is_valid(ticket_id: int) -> None:
    number = ticket_number(ticket_id)
    assert len(number) >= 6
    assert valid_number(number)


@given(st.integers(min_value=1, max_value=10**7), st.data())
def test_one_wrong_digit_is_always_noticed(ticket_id: int, data: st.DataObject) -> None:
    number = ticket_number(ticket_id)
    place = data.draw(st.integers(0, len(number) - 1))
    wrong = data.draw(st.sampled_from([d for d in "0123456789" if d != number[place]]))
    assert not valid_number(number[:place] + wrong + number[place + 1 :])


@pytest.mark.parametrize("text", ["", "12", "10001a", "１０００１６", "-100016"])
def test_what_is_no_number_is_not_valid(text: str) -> None:
    assert not valid_number(text)


def reachable(table: Mapping[TicketStatus, frozenset[TicketStatus]]) -> set[TicketStatus]:
    found, ahead = {TicketStatus.RECEIVED}, [TicketStatus.RECEIVED]
    while ahead:
        fresh = table[ahead.pop()] - found
        found |= fresh
        ahead += fresh
    return found


@pytest.mark.parametrize("ticket_class", TicketClass)
def test_every_status_is_reached_and_none_is_a_dead_end(ticket_class: TicketClass) -> None:
    table = TRANSITIONS[ticket_class]
    assert reachable(table) == set(TicketStatus)
    assert all(table[status] for status in TicketStatus)


@pytest.mark.parametrize("ticket_class", TicketClass)
def test_no_ticket_closes_before_the_owner_was_told(ticket_class: TicketClass) -> None:
    table = TRANSITIONS[ticket_class]
    closing = {status for status in TicketStatus if TicketStatus.CLOSED in table[status]}
    assert closing == {TicketStatus.FEEDBACK_GIVEN, TicketStatus.SURVEYED}


def test_an_important_ticket_needs_a_plan_and_its_approval() -> None:
    path = [TicketStatus.REGISTERED, TicketStatus.INVESTIGATING]
    for status in path:
        assert TicketStatus.IN_PROGRESS not in TRANSITIONS[TicketClass.IMPORTANT][status]
        assert TicketStatus.IN_PROGRESS in TRANSITIONS[TicketClass.GENERAL][status]


def test_an_urgent_ticket_is_helped_first_and_planned_after() -> None:
    table = TRANSITIONS[TicketClass.URGENT]
    assert TicketStatus.IN_PROGRESS in table[TicketStatus.RECEIVED]
    assert TicketStatus.PLANNED in table[TicketStatus.RESOLVED]
    assert TicketStatus.FEEDBACK_GIVEN in table[TicketStatus.APPROVED]


@pytest.mark.parametrize("ticket_class", TicketClass)
@pytest.mark.parametrize("status", TicketStatus)
def test_a_move_that_is_not_in_the_table_raises(
    ticket_class: TicketClass, status: TicketStatus
) -> None:
    allowed = allowed_moves(ticket_class, status)
    for target in TicketStatus:
        if target in allowed:
            check_move(ticket_class, status, target)
        else:
            with pytest.raises(IllegalMove, match=allowed[0].value):
                check_move(ticket_class, status, target)

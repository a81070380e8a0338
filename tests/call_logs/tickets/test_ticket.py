from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_logs.tickets import luhn_digit, ticket_number, valid_number


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

"""The number that people speak and key: it carries a check digit."""

from __future__ import annotations

NUMBER_BASE = 10_000  # so that the first ticket already has five digits and a check digit


def luhn_digit(payload: str) -> str:
    """The check digit of ISO/IEC 7812-1 annex B for a string of decimal digits."""
    total = 0
    for position, character in enumerate(reversed(payload)):
        digit = int(character)
        if position % 2 == 0:
            digit = digit * 2 - 9 if digit > 4 else digit * 2
        total += digit
    return str(-total % 10)


def ticket_number(ticket_id: int) -> str:
    """What people speak and key: six or more digits, the last a Luhn check digit."""
    payload = str(NUMBER_BASE + ticket_id)
    return payload + luhn_digit(payload)


def valid_number(number: str) -> bool:
    """Whether the check digit is right: a mistyped number is told from an unknown one."""
    return (
        len(number) >= 6
        and number.isascii()
        and number.isdigit()
        and luhn_digit(number[:-1]) == number[-1]
    )

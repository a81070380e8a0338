"""Telephone numbers: one spelling for all, so that equal numbers are found."""

from __future__ import annotations

import phonenumbers

from call_logs.storage.keys import Keys

REGION = "CN"  # numbers without a country code are read as this country's


def normal_number(number: str, region: str = REGION) -> str:
    """E.164 ("+8613800138000") when the number can be read so; else its digits and letters.

    Extensions, short service numbers and SIP user names stay as they are, in lower case.
    """
    text = number.strip()
    full = full_number(text, region)
    return full or "".join(character for character in text.lower() if character.isalnum())


def full_number(number: str, region: str = REGION) -> str:
    """E.164 when the number is a possible one with its area code, else ""."""
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(parsed):
        return ""
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def phone_hash(keys: Keys, number: str, region: str = REGION) -> bytes | None:
    """Keyed hash of the normal spelling; None for a withheld number."""
    normal = normal_number(number, region)
    return keys.search_hash(normal, "phone") if normal else None

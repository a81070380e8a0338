"""Signed links: only what we made, only in its time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_logs.storage.signed_links import AcknowledgeLinks, LinkExpired, LinkInvalid

NOW = datetime(2026, 6, 3, 19, tzinfo=UTC)
LINKS = AcknowledgeLinks(b"k" * 32)
TOKEN = LINKS.make("d" * 32, "wang", expires_at=NOW + timedelta(hours=1))


def test_a_token_says_what_it_was_made_for() -> None:
    claim = LINKS.verify(TOKEN, NOW)
    assert (claim.dispatch_id, claim.person) == ("d" * 32, "wang")
    assert claim.expires_at == NOW + timedelta(hours=1)


def test_a_token_can_stand_in_a_url_as_it_is() -> None:
    assert all(character.isalnum() or character in "-_." for character in TOKEN)


def test_a_token_dies_at_its_expiry() -> None:
    LINKS.verify(TOKEN, NOW + timedelta(minutes=59, seconds=59))
    with pytest.raises(LinkExpired):
        LINKS.verify(TOKEN, NOW + timedelta(hours=1))


def test_a_token_of_another_key_is_not_valid() -> None:
    with pytest.raises(LinkInvalid):
        AcknowledgeLinks(b"x" * 32).verify(TOKEN, NOW)


def test_every_single_changed_character_makes_a_token_invalid() -> None:
    for position, character in enumerate(TOKEN):
        other = "A" if character != "A" else "B"
        changed = TOKEN[:position] + other + TOKEN[position + 1 :]
        with pytest.raises(LinkInvalid):
            LINKS.verify(changed, NOW)


@given(st.text(max_size=600))
def test_no_other_text_is_a_token(text: str) -> None:
    if text != TOKEN:
        with pytest.raises(LinkInvalid):
            LINKS.verify(text, NOW)


@pytest.mark.parametrize("extra", ["=", ".", "A", " ", "\n"])
def test_nothing_can_be_added_to_a_token(extra: str) -> None:
    for text in (TOKEN + extra, extra + TOKEN, TOKEN.replace(".", f"{extra}.")):
        with pytest.raises(LinkInvalid):
            LINKS.verify(text, NOW)

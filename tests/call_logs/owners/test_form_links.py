"""Links that hang on walls: short, not to be guessed, good for ever, in nobody's hand but ours."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_logs import Store
from call_logs.roster import Address
from call_logs.storage import Keys, LinkInvalid, NotAllowed, NotFound, VersionConflict
from call_logs.storage.signed_links import PlaceLinks
from call_logs.users import Role
from tests.people import person

MANAGER = person("manager")


def signed(keys: Keys) -> PlaceLinks:
    return PlaceLinks(lambda text: keys.search_hash(text, "form link"))


LINKS = signed(Keys.generate())


@given(st.integers(0, 2**63 - 1))
def test_a_token_leads_back_and_is_short(number: int) -> None:
    token = LINKS.make(number)
    assert LINKS.verify(token) == number
    assert len(LINKS.make(number % 10_000)) <= 16


@given(st.text(max_size=60))
def test_no_other_text_is_a_token(text: str) -> None:
    with pytest.raises(LinkInvalid):
        LINKS.verify(text)


@given(st.integers(0, 10**6), st.integers(0, 30), st.characters())
def test_no_changed_token_is_one(number: int, at: int, letter: str) -> None:
    token = LINKS.make(number)
    changed = token[:at] + letter + token[at + 1 :]
    if changed != token:
        with pytest.raises(LinkInvalid):
            LINKS.verify(changed)


def test_a_poster_stays_right_after_the_key_was_renewed(tmp_path: Path) -> None:
    path = tmp_path / "key"
    before = signed(Keys.load(path)).make(7)
    assert signed(Keys.rotate(path)).verify(before) == 7


async def test_links_keep_their_address_and_ask_for_the_right(store: Store) -> None:
    links = store.form_links
    made = await links.save("Lift 1", Address(building="3", lift="1"), "lift_fault", MANAGER)
    again = await links.save("Lift 1", Address(building="4"), "", MANAGER)
    assert (again.id, again.token, again.place, again.version) == (
        made.id,
        made.token,
        Address(building="4"),
        2,
    )
    assert await links.by_token(made.token) == again
    with pytest.raises(VersionConflict):
        await links.switch(made.id, MANAGER, active=False, version=1)
    off = await links.switch(made.id, MANAGER, active=False, version=2)
    with pytest.raises(LinkInvalid, match="off"):
        await links.by_token(made.token)
    assert await links.list(MANAGER) == (off,)
    with pytest.raises(NotFound):
        await links.switch(99, MANAGER, active=True, version=1)
    operator = person("operator", Role.OPERATOR)
    for try_it in (
        links.save("x", Address(area="y"), "", operator),
        links.switch(made.id, operator, active=True, version=3),
        links.list(operator),
        links.get(made.id, operator),
    ):
        with pytest.raises(NotAllowed):
            await try_it


async def test_two_who_save_one_name_at_once_make_one_link(store: Store) -> None:
    place = Address(area="Gate")
    saved = await asyncio.gather(
        *(store.form_links.save("Gate", place, "", MANAGER) for _ in range(5))
    )
    assert len({link.token for link in saved}) == 1
    assert max(link.version for link in saved) == 5

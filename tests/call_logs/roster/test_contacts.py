"""Which contacts can be saved, and what a wrong one is answered with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_logs.roster.contacts import ContactKind, InvalidContact, parse_contact


@pytest.mark.parametrize(
    ("written", "target"),
    [
        ("13812345678", "+8613812345678"),
        ("138 1234 5678", "+8613812345678"),
        ("１３８１２３４５６７８", "+8613812345678"),  # full-width digits of a Chinese keyboard
        ("tel:+86-138-1234-5678", "+8613812345678"),
        ("(010) 6552 9988", "+861065529988"),
        ("+49 30 901820", "+4930901820"),
        ("ext:8001", "8001"),
        ("ext: 8001", "8001"),
        ("sip:wang@10.0.0.5", "sip:wang@10.0.0.5"),
        (
            "SIP:wang@PBX.Example.com:5062;transport=tls",
            "sip:wang@pbx.example.com:5062;transport=tls",
        ),
        ("sips:wang@[2001:db8::1]:5061", "sips:wang@[2001:db8::1]:5061"),
        ("sip:1001@127.0.0.1:5070", "sip:1001@127.0.0.1:5070"),
    ],
)
def test_a_contact_is_saved_in_the_form_that_is_dialled(written: str, target: str) -> None:
    assert parse_contact(written).target == target


@pytest.mark.parametrize("written", ["13812345678 via mobile", "ext:8001 via office"])
def test_a_contact_can_name_its_trunk_and_reads_back_the_same(written: str) -> None:
    contact = parse_contact(written)
    assert contact.trunk == written.rsplit(maxsplit=1)[-1]
    assert parse_contact(contact.text) == contact


def test_a_number_without_country_code_belongs_to_the_default_region() -> None:
    assert parse_contact("030 901820", "DE").target == "+4930901820"
    assert parse_contact("02-3456-7890", "KR").target == "+82234567890"


@pytest.mark.parametrize(
    ("written", "advice"),
    [
        ("", "write a number"),
        ("8001", "ext:"),  # an extension, or half a number
        ("1381234567", "check its digits"),
        ("call wang", "with + and the country"),
        ("010-65529988 ext. 12", "direct number"),
        ("119", "emergency"),
        ("+86 119", "emergency"),
        ("120", "emergency"),
        ("ext:110", "emergency"),
        ("ext:", "as in `ext:8001`"),
        ("ext:80 01", "as in `ext:8001`"),
        ("sip:", "sip:user@host"),
        ("sip:wang", ""),  # a bare host is an address; see below
        ("sip:wang:secret@pbx", "without a password"),
        ("sip:wang@pbx?Replaces=x", "without a password or headers"),
        ("sip:wang@999.1.1.1", "no host name"),
        ("sip:wang@-bad-", "no host name"),
        ("sip:wang@pbx:99999", "1 to 65535"),
        ("sip:wang@pbx\r\nX: y", "sip:user@host"),
        ("http://example.com", "telephone number"),
        ("13812345678 via a/b", "[trunk NAME]"),
    ],
)
def test_a_contact_that_could_never_be_rung_is_refused_with_advice(
    written: str, advice: str
) -> None:
    if written == "sip:wang":
        assert parse_contact(written).target == "sip:wang"
        return
    with pytest.raises(InvalidContact) as refused:
        parse_contact(written)
    assert advice in str(refused.value)


@given(st.text(max_size=40))
def test_any_text_is_either_a_contact_or_refused(written: str) -> None:
    try:
        contact = parse_contact(written)
    except InvalidContact:
        return
    assert parse_contact(contact.text) == contact
    assert not any(character in contact.target for character in "\r\n \t<>")


@pytest.mark.parametrize(
    "written", ["13812345678", "sip:wang.wei@10.0.0.5", "ext:8001", "sip:pbx.example.com"]
)
def test_neither_repr_nor_mask_shows_enough_to_ring_it(written: str) -> None:
    contact = parse_contact(written)
    for shown in (repr(contact), contact.masked):
        assert contact.address not in shown
        assert "1234" not in shown
        assert "wei" not in shown


def test_the_kind_is_kept() -> None:
    kinds = [parse_contact(text).kind for text in ("13812345678", "ext:1", "sip:a@b")]
    assert kinds == [ContactKind.NUMBER, ContactKind.EXTENSION, ContactKind.SIP]

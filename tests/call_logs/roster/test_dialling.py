"""What may be dialled: by its own examples, and by whatever spelling somebody thinks of."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_logs.roster import Dialling, Refusal

CN = Dialling("CN")
PBX = Dialling("CN", extensions=(r"[0-9*#]{1,8}",), call_back_extensions=True)  # far too wide
SERVICES = ("110", "119", "120", "122", "112", "911", "999")


@pytest.mark.parametrize(
    ("written", "target"),
    [
        ("13812345678", "+8613812345678"),
        ("１３８ 1234 5678", "+8613812345678"),
        ("+86 138-1234-5678", "+8613812345678"),
        ("0086 13812345678", "+8613812345678"),
        ("tel:+86-138-1234-5678", "+8613812345678"),
        ("021-55512345", "+862155512345"),
        ("010 65529988", "+861065529988"),
        ("021 55512110", "+862155512110"),  # an end alone means nothing
        ("sip:wang@10.0.0.5:5062", "sip:wang@10.0.0.5:5062"),
        ("SIPS:Wang@PBX.example.com;transport=tls", "sips:Wang@pbx.example.com;transport=tls"),
        ("sip:13812345678@pbx", "sip:+8613812345678@pbx"),
        ("sip:[2001:db8::1]:5060", "sip:[2001:db8::1]:5060"),
        ("lobby", "lobby"),
    ],
)
def test_own_fixed_and_mobile_numbers_and_named_telephones_may_be_dialled(
    written: str, target: str
) -> None:
    verdict = CN.may_dial(written)
    assert (verdict.target, verdict.refusal) == (target, None)
    assert CN.may_dial(target) == verdict  # what is dialled is judged again, and the same


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("+1 900 555 1234", Refusal.PREMIUM),
        ("001 900 555 1234", Refusal.PREMIUM),
        ("+870 773 111 632", Refusal.SATELLITE),
        ("+8816 1234 5678", Refusal.SATELLITE),
        ("17401234567", Refusal.SATELLITE),  # Tiantong: by its digits a mobile
        ("13491234567", Refusal.SATELLITE),  # Globalstar China
        ("+49 30 901820", Refusal.ABROAD),
        ("+852 6123 4567", Refusal.ABROAD),
        ("400 123 4567", Refusal.KIND),
        ("95588", Refusal.SHORT),
        ("12345", Refusal.SHORT),
        ("021 95588", Refusal.SHORT),  # a valid number of Shanghai, if one counts digits
        ("010 12345", Refusal.SHORT),
        ("55512345", Refusal.NOT_A_NUMBER),  # without its area code
        ("138123456", Refusal.NOT_A_NUMBER),
        ("1-800-FLOWERS", Refusal.NOT_A_NUMBER),
        ("8001", Refusal.EXTENSION),
        ("ext:8001", Refusal.EXTENSION),
        ("sip:8001@pbx", Refusal.EXTENSION),
        ("*72", Refusal.EXTENSION),
        ("sip:*72@pbx", Refusal.EXTENSION),
        ("sip:95588@pbx", Refusal.SHORT),
        ("sip:wang@pbx;maddr=192.0.2.9", Refusal.NOT_A_NUMBER),
        ("sip:wang@pbx?Replaces=x", Refusal.NOT_A_NUMBER),
        ("sip:wang;x=1@pbx", Refusal.NOT_A_NUMBER),
        ("sip:%31%31%30@pbx", Refusal.NOT_A_NUMBER),
        ("sip:wang@110", Refusal.NOT_A_NUMBER),
        ("sip:110", Refusal.NOT_A_NUMBER),
        ("", Refusal.NOT_A_NUMBER),
    ],
)
def test_everything_else_is_refused_with_its_reason(written: str, why: Refusal) -> None:
    verdict = CN.may_dial(written)
    assert (verdict.refusal, verdict.target) == (why, "")
    assert len(verdict.reason) > 20


@pytest.mark.parametrize("why", list(Refusal))
def test_every_refusal_tells_what_it_means(why: Refusal) -> None:
    from call_logs.roster.dialling import Verdict

    assert Verdict(refusal=why).reason


def _full_width(digits: str) -> str:
    return digits.translate({ord(str(n)): 0xFF10 + n for n in range(10)})


FORMS = (
    "{}", "+{}", "00{}", "0{}", "9{}", "9,{}", "0 {}", "+86{}", "+86 {}", "0086{}", "010{}",
    "021-{}", "+8610{}", "0755 {}", "ext:{}", "ext:0{}", "ext:9{}", "ext:00{}", "ext:*{}",
    "ext:{}#", "tel:{}", "tel:+{}", "tel:+86-{}", "sip:{}@pbx", "SIP:{}@pbx", "sips:{}@pbx",
    "sip:0{}@pbx", "sip:+86{}@pbx", "sip:010{}@pbx", "sip:{};phone-context=+86@pbx",
    "sip:{}@pbx;user=phone", "sip:{}:x@pbx", "{} ", "({})", "{}x",
)  # fmt: skip


@pytest.mark.parametrize("dialling", [CN, PBX], ids=["strict", "any extension"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("service", SERVICES)
def test_no_emergency_service_is_dialled_in_any_form(
    service: str, form: str, dialling: Dialling
) -> None:
    spellings = (service, _full_width(service), "-".join(service), " ".join(service))
    for spelt in spellings:
        written = form.format(spelt)
        assert not dialling.may_dial(written).ok, written
        assert not dialling.may_call_back(written, is_line=True).ok, written


@given(
    service=st.sampled_from(("110", "119", "120", "112", "911", "95588", "12345", "10086")),
    before=st.text("0+9 -.()*#,;٠０", max_size=4),
    between=st.text(" -.()*#", max_size=2),
    after=st.text(" #-", max_size=2),
    scheme=st.sampled_from(("", "ext:", "tel:", "sip:", "SIP:")),
)
def test_no_spelling_of_a_service_is_dialled(
    service: str, before: str, between: str, after: str, scheme: str
) -> None:
    user = before + between.join(service) + after
    written = f"{scheme}{user}@pbx" if scheme.lower() == "sip:" else scheme + user
    for dialling in (CN, PBX):
        verdict = dialling.may_dial(written)
        # A 9 before a bank's number makes it an extension of the far too wide form.
        digits = "".join(filter(str.isdecimal, verdict.target.partition("@")[0]))
        assert verdict.ok is False or digits not in {service, service.zfill(len(service) + 1)}


@given(st.text(max_size=30) | st.from_regex(r"(sip:|ext:|tel:|\+|00)?[0-9a-z*#@.;:% ]{1,25}"))
def test_what_is_dialled_is_a_number_of_the_region_a_named_extension_or_a_name(
    written: str,
) -> None:
    dialling = Dialling("CN", extensions=(r"8\d{3}",))
    verdict = dialling.may_dial(written)
    assert bool(verdict.target) is verdict.ok
    if not verdict.ok:
        return
    target = verdict.target
    assert target.isascii()
    assert not any(character in target for character in ' \r\n\t<>"%?,')
    user = target.partition(":")[2].rpartition("@")[0] if ":" in target else target
    if user.startswith("+"):
        number = phonenumbers.parse(user)
        assert phonenumbers.is_valid_number_for_region(number, "CN")
    elif user[:1].isdigit():
        assert len(user) == 4
        assert user[0] == "8"
    assert dialling.may_dial(target) == verdict


def test_the_configuration_opens_and_closes_beginnings_of_numbers() -> None:
    dialling = Dialling("CN", prefixes=("+852", "+86400"), refuse=("+86170", "+8526"))
    assert dialling.may_dial("400 123 4567").ok
    assert dialling.may_dial("+852 2123 4567").ok
    assert dialling.may_dial("+852 6123 4567").refusal is Refusal.LISTED
    assert dialling.may_dial("170 1234 5678").refusal is Refusal.LISTED
    wide = Dialling("CN", prefixes=("+1", "+86", "+8"))
    assert wide.may_dial("+1 900 555 1234").refusal is Refusal.PREMIUM
    assert wide.may_dial("+870 773 111 632").refusal is Refusal.SATELLITE
    assert wide.may_dial("021 95588").refusal is Refusal.SHORT


def test_an_extension_is_dialled_when_its_form_is_named() -> None:
    dialling = Dialling("CN", extensions=(r"8\d{3}", r"\*55"))
    assert [dialling.may_dial(each).target for each in ("8001", "ext:8001", "ext: 8001")] == [
        "8001"
    ] * 3
    assert dialling.may_dial("sip:8001@pbx").target == "sip:8001@pbx"
    assert dialling.may_dial("*55").target == "*55"
    for written in ("80011", "801", "7001", "*5", "ext:08001"):
        assert not dialling.may_dial(written).ok, written


def test_a_caller_is_called_back_inside_the_pbx_only_where_a_setting_allows_it() -> None:
    strict = Dialling("CN", extensions=(r"8\d{3}",))
    assert strict.may_call_back("8001").refusal is Refusal.NOT_A_NUMBER
    assert strict.may_call_back("lobby").refusal is Refusal.NOT_A_NUMBER
    assert strict.may_call_back("8001", is_line=True).target == "8001"  # a lift on the roster
    assert strict.may_call_back("9001", is_line=True).refusal is Refusal.EXTENSION
    inside = Dialling("CN", extensions=(r"8\d{3}",), call_back_extensions=True)
    assert inside.may_call_back("8001").target == "8001"
    assert inside.may_call_back("lobby").target == "lobby"
    assert inside.may_call_back("sip:boss@elsewhere").refusal is not None
    assert inside.may_call_back("13812345678").target == "+8613812345678"


@pytest.mark.parametrize(
    ("region", "ordinary", "refused"),
    [
        ("KR", ("010-4901-2345", "02-3456-7890", "070-1234-5678"), ("060-300-1234", "114")),
        ("DE", ("030 901820", "0151 23456789"), ("0900 1234567", "116116", "115")),
        ("US", ("202-555-0143", "650-253-0000"), ("900-555-1234", "911", "+1 876 555 1234")),
        ("GB", ("020 7946 0018", "07400 123456"), ("0909 8790000", "101", "999")),
        ("HK", ("6123 4567", "2123 4567"), ("999", "1083")),
    ],
)
def test_each_region_has_its_own_numbers(
    region: str, ordinary: tuple[str, ...], refused: tuple[str, ...]
) -> None:
    dialling = Dialling(region, extensions=(r"\d{1,8}",))
    assert [number for number in ordinary if not dialling.may_dial(number).ok] == []
    assert [number for number in refused if dialling.may_dial(number).ok] == []


@pytest.mark.parametrize("region", ["CN", "KR", "DE", "US", "GB"])
def test_an_extension_is_free_when_it_only_ends_like_a_service(region: str) -> None:
    dialling = Dialling(region, extensions=(r"8\d{3}",))
    refused = [number for number in range(8000, 9000) if not dialling.may_dial(f"{number}").ok]
    assert refused == []


def test_a_verdict_shows_no_number() -> None:
    assert "1381" not in repr(CN.may_dial("13812345678"))

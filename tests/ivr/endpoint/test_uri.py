"""Users, hosts and servers out of SIP addresses."""

from __future__ import annotations

import pytest

from call_logs.roster import Dialling
from ivr.endpoint.uri import caller_of, dial_uri, host_of, split_server, user_of


@pytest.mark.parametrize(
    ("address", "user"),
    [
        ("sip:13800001234@192.0.2.1:5060;transport=tcp", "13800001234"),
        ('"Wang" <sips:wang%20li@example.com>;tag=1', "wang li"),
        ("<sip:+8613800001234;phone-context=cn@192.0.2.1>", "+8613800001234"),
        ("sip:192.0.2.1", ""),
        ("sip:user:secret@host", "user"),
        ("<tel:+86-21-5551-2399>;tag=1", "+862155512399"),
        ("tel:+862155512399", "+862155512399"),
        ('"Lift 3" <tel:5551.2399;phone-context=+86-21>', "+862155512399"),
        ("<tel:863-1234;phone-context=example.com>", "8631234"),
        ("<tel:+862155512399;cpc=ordinary>, <sip:+862155512399@ims.example.com>", "+862155512399"),
        ("<sip:tel@192.0.2.1>", "tel"),
        ("<tel:>", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_the_user_part_is_found(address: str | None, user: str) -> None:
    assert user_of(address) == user


@pytest.mark.parametrize("name", ["anonymous", "Anonymous", "unavailable", "restricted"])
def test_a_withheld_number_is_empty(name: str) -> None:
    assert caller_of(f"sip:{name}@anonymous.invalid") == ""


def test_the_host_part_is_found() -> None:
    assert host_of("sip:a@[2001:db8::1]:5060") == "2001:db8::1"
    assert host_of("sip:a@example.com;transport=tls") == "example.com"


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        ("example.com", ("example.com", 5060)),
        ("example.com:5080", ("example.com", 5080)),
        ("[2001:db8::1]:5080", ("2001:db8::1", 5080)),
        ("2001:db8::1", ("2001:db8::1", 5060)),
    ],
)
def test_a_server_is_host_and_port(server: str, expected: tuple[str, int]) -> None:
    assert split_server(server) == expected


@pytest.mark.parametrize("server", ["example.com:0", "example.com:99999", "example.com:sip"])
def test_a_server_with_a_wrong_port_is_refused(server: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        split_server(server)


def test_a_number_is_dialled_at_the_trunks_server() -> None:
    rule = Dialling("CN", extensions=(r"8\d{3}",))
    assert dial_uri("13812345678", "pbx:5080", "udp", rule) == "sip:+8613812345678@pbx:5080"
    assert dial_uri("8001", "pbx", "tls", rule) == "sip:8001@pbx;transport=tls"
    assert dial_uri("sip:a@b;transport=tcp", "pbx", "tls", rule) == "sip:a@b;transport=tcp"


@pytest.mark.parametrize(
    "target",
    ["", "1 2", "1\r\nX: y", "<sip:a@b>", 'a"b', "119", "sip:119@pbx", "+19005551234", "8001"],
)
def test_what_may_not_be_dialled_gets_no_request_line(target: str) -> None:
    with pytest.raises(ValueError, match="what was to be dialled"):
        dial_uri(target, "pbx", "udp", Dialling("CN"))

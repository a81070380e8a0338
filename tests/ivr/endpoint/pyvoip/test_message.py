"""SIP messages as real peers write them, and as attackers do."""

from __future__ import annotations

import hashlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.endpoint.digest import authorization
from ivr.endpoint.pyvoip.message import Message, SIPParseError
from ivr.endpoint.pyvoip.sdp import agreed

SOURCE = ("192.0.2.7", 5070)
SDP = (
    "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n"
    "m=audio 4000 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
    "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n"
)


def invite(sdp: str = SDP, extra: str = "") -> bytes:
    return (
        "INVITE sip:4001@192.0.2.1 SIP/2.0\r\n"
        "v: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKone;rport\r\n"
        "Via: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKtwo\r\n"
        'f: "Wang" <sip:138@10.0.0.1>;tag=abc\r\n'
        "t:<sip:4001@192.0.2.1>\r\n"
        "call-id:one@10.0.0.1\r\n"
        "CSEQ: 7 INVITE\r\n"
        "m: <sip:138@10.0.0.1:5060>\r\n"
        "Subject: a line\r\n that goes on\r\n"
        f"{extra}c: application/sdp\r\nl: {len(sdp)}\r\n\r\n{sdp}"
    ).encode()


def test_compact_and_folded_headers_are_read() -> None:
    message = Message(invite(extra="X-Place: 3: 2\r\n"), SOURCE)
    assert (message.method, message.call_id, message.cseq) == ("INVITE", "one@10.0.0.1", 7)
    assert message.branch == "z9hG4bKone"
    assert list(message.values("Via"))[1].endswith("z9hG4bKtwo")
    assert message.value("subject") == "a line that goes on"
    assert message.value("x-place") == "3: 2"
    assert message.source == SOURCE


@pytest.mark.parametrize(
    ("codecs", "first"), [(("pcma", "pcmu"), 8), (("pcmu", "pcma"), 0), (("pcmu",), 0)]
)
def test_our_order_of_codecs_decides(codecs: tuple[str, ...], first: int) -> None:
    media = agreed(Message(invite(), SOURCE), codecs)
    assert media is not None
    assert (media.address, media.port) == ("192.0.2.7", 4000)
    assert list(media.payloads) == [first, 101]


@pytest.mark.parametrize(
    "sdp",
    [
        "",
        SDP.replace("0 8 101", "18"),
        SDP.replace("RTP/AVP", "RTP/SAVP"),
        SDP.replace("RTP/AVP", "RTP/SAVPF"),
        SDP.replace("c=IN IP4 192.0.2.7\r\n", ""),
        SDP.replace("4000", "x"),
        "nonsense",
    ],
)
def test_an_offer_that_we_cannot_take_is_none(sdp: str) -> None:
    assert agreed(Message(invite(sdp), SOURCE), ("pcma", "pcmu")) is None


def test_any_mutation_is_a_message_or_a_parse_error() -> None:
    chance = random.Random(20)
    for _ in range(2000):
        data = bytearray(invite())
        for _ in range(chance.randint(1, 12)):
            place = chance.randrange(len(data))
            match chance.randrange(3):
                case 0:
                    data[place] = chance.randrange(256)
                case 1:
                    del data[place : place + chance.randint(1, 40)]
                case _:
                    data[place:place] = chance.randbytes(chance.randint(1, 8))
        try:
            message = Message(bytes(data), SOURCE)
            agreed(message, ("pcma",))
        except SIPParseError:
            continue


@given(st.binary(max_size=300))
def test_random_bytes_are_no_message(data: bytes) -> None:
    with pytest.raises(SIPParseError):
        Message(data, SOURCE)


def test_a_digest_answer_is_the_one_of_rfc_2617() -> None:
    value = authorization(
        'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", '
        'opaque="5ccc069c403ebaf9f0171e9517f40e41"',
        method="GET",
        uri="/dir/index.html",
        username="Mufasa",
        password="Circle Of Life",
    )
    # RFC 2069's example, corrected by its errata; no qop.
    first = hashlib.md5(b"Mufasa:testrealm@host.com:Circle Of Life").hexdigest()
    second = hashlib.md5(b"GET:/dir/index.html").hexdigest()
    expected = hashlib.md5(
        f"{first}:dcd98b7102dd2f0e8b11d0f600bfb0c093:{second}".encode()
    ).hexdigest()
    assert expected == "670fd8c2df070c60b045671b8b24ff02"
    assert f'response="{expected}"' in value
    assert 'opaque="5ccc069c403ebaf9f0171e9517f40e41"' in value

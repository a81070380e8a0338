"""SIP messages as text, and the SDP in a body of many parts."""

from __future__ import annotations

import pytest

from ivr.endpoint.sip_text import read_head, session_part
from tests.ivr.endpoint.desk import Desk
from tests.wire.bare_phone import BarePhone

HEAD = (
    b"INFO sip:us@192.0.2.1 SIP/2.0\r\nv: SIP/2.0/UDP 192.0.2.2\r\nf: <sip:a@b>;tag=theirs\r\n"
    b"To: <sip:us@192.0.2.1> ; tag = ours\r\ni: 77@b\r\nCSeq: 3 INFO\r\n"
    b"c: application/\r\n dtmf-relay\r\n\r\n"
)
BOUNDARY = 'multipart/mixed; boundary="edge 7"'


def body(*parts: str, mark: str = "--edge 7") -> bytes:
    return "".join(f"{mark}\r\n{part}\r\n" for part in parts).encode() + f"{mark}--\r\n".encode()


def test_a_request_is_read() -> None:
    head = read_head(HEAD)
    assert (head.method, head["call-id"], head["cseq"]) == ("INFO", "77@b", "3 INFO")
    assert (head.tag("from"), head.tag("to")) == ("theirs", "ours")
    assert head["content-type"] == "application/ dtmf-relay"


def test_what_a_stream_has_before_it_is_passed_over() -> None:
    head = read_head(b"v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\n" + HEAD)
    assert head.method == "INFO"


def test_a_response_is_read() -> None:
    head = read_head(b"SIP/2.0 481 Gone\r\nCSeq: 3 OPTIONS\r\n\r\n")
    assert (head.method, head.status, head.answers) == ("", 481, "OPTIONS")


@pytest.mark.parametrize("text", [b"", b"\r\n\r\n", b"hello", b"\xff\xfe\x00", b"SIP/2.0\r\n\r\n"])
def test_what_is_no_sip_is_empty(text: bytes) -> None:
    head = read_head(text)
    assert (head.method, head.status, head["call-id"]) == ("", 0, "")


def test_the_session_is_found_among_other_parts() -> None:
    isup = "Content-Type: application/isup\r\n\r\n\x01\x02"
    session = "content-type:application/sdp\r\n\r\nv=0\r\ns=-\r\n"
    for parts in ((isup, session), (session, isup), (session,)):
        whole = body(*parts)
        part = session_part(BOUNDARY, whole)
        assert part is not None
        assert whole[part.start : part.end] == b"v=0\r\ns=-\r\n"


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("application/sdp", b"v=0\r\n"),
        ("multipart/mixed", b"--edge\r\n\r\n"),
        (BOUNDARY, body("Content-Type: text/plain\r\n\r\nhello")),
        (BOUNDARY, b"v=0\r\n"),
        (BOUNDARY, b""),
    ],
)
def test_a_body_without_a_session_among_parts_is_left_alone(kind: str, content: bytes) -> None:
    assert session_part(kind, content) is None


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.timeout(60)
class TestOnTheWire:
    @pytest.mark.parametrize("first", [True, False], ids=["sdp first", "sdp last"])
    async def test_an_invite_of_many_parts_is_answered(self, desk: Desk, first: bool) -> None:
        async with BarePhone(desk.sip.listen_port) as phone:
            session = f"Content-Type: application/sdp\r\n\r\n{phone.sdp()}"
            isup = "Content-Type: application/isup;version=itu-t92+\r\n\r\n\x01\x02"
            parts = (session, isup) if first else (isup, session)
            text = body(*parts, mark="--edge7").decode()
            kind = "multipart/mixed;boundary=edge7"
            assert await phone.call(body=text, kind=kind) == 200
            call = await desk.next_call()
            await desk.established(call)
            await desk.hear(call, 0.5)
            assert phone.heard > 5
            assert await phone.hold(phone.sdp()) == 200
            assert await phone.hang_up() == 200

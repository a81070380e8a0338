"""SIPp's log, read for times."""

from __future__ import annotations

from benchmarks.peers import answer_times_s, messages

LINE = "-" * 47
LOG = "".join(
    f"{LINE} 2026-11-21 19:22:{second}\nUDP message {way} bytes:\n\n{first}\r\n"
    f"Call-ID: {call_id}@127.0.0.1\r\nCSeq: 1 INVITE\r\n\r\nv=0\n\n"
    for second, way, first, call_id in (
        ("33.100000", "sent (532 bytes)", "INVITE sip:hotline@127.0.0.1 SIP/2.0", "1"),
        ("33.150000", "sent (532 bytes)", "INVITE sip:hotline@127.0.0.1 SIP/2.0", "2"),
        ("33.160000", "received [380]", "SIP/2.0 180 Ringing", "1"),
        ("33.170000", "received [722]", "SIP/2.0 200 Answering", "1"),
        ("33.650000", "sent (532 bytes)", "INVITE sip:hotline@127.0.0.1 SIP/2.0", "2"),
        ("33.700000", "received [722]", "SIP/2.0 200 Answering", "2"),
        ("35.000000", "received [261]", "SIP/2.0 200 OK", "1"),
    )
)


def test_every_message_is_read_with_its_time_way_and_call() -> None:
    found = messages(LOG)
    assert len(found) == 7
    assert found[0].sent
    assert found[0].call_id == "1@127.0.0.1"
    assert not found[3].sent
    assert round(found[3].time_s - found[0].time_s, 6) == 0.07


def test_a_retransmitted_invite_does_not_shorten_the_wait_and_other_answers_do_not_count() -> None:
    assert [round(each, 6) for each in answer_times_s(LOG)] == [0.07, 0.55]

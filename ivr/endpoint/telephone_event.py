"""Which packets of RFC 4733 belong to one press of a key."""

from __future__ import annotations

from dataclasses import dataclass

#: In the order of their event codes (RFC 4733 section 3.2).
EVENT_KEYS = "0123456789*#ABCD"
#: Three end packets leave at once or 20 ms apart; no thumb is as quick as this.
REPEAT_S = 0.08
#: Between two packets of a key that is held down: some send no more than one in a while.
HELD_S = 0.3
#: Between two packets of one press at most, whatever the sender does.
LONGEST_S = 5.0


@dataclass(frozen=True)
class EventPacket:
    """One telephone-event packet."""

    code: int
    end: bool
    duration: int  # in samples, since the event began
    timestamp: int  # of the RTP header: the same in all packets of an event
    at: float  # when it came, in seconds


class KeyPackets:
    """Finds the presses in one stream of packets.

    Any packet of a press will do, the last ones too: on a bad line it is the beginning that
    is lost. The timestamp tells presses apart, but some senders move it with every packet;
    what then holds a press together is that its duration grows.
    """

    def __init__(self) -> None:
        self._last: EventPacket | None = None

    def press(self, packet: EventPacket) -> str:
        """The key that this packet is the first of; "" for all others."""
        last, self._last = self._last, packet
        if packet.code >= len(EVENT_KEYS):
            return ""  # a flash, a fax tone
        if last is not None and _same_press(last, packet):
            if last.end:  # a late packet of the beginning must not open the press again
                self._last = EventPacket(
                    last.code, True, last.duration, packet.timestamp, packet.at
                )
            return ""
        return EVENT_KEYS[packet.code]


def _same_press(last: EventPacket, packet: EventPacket) -> bool:
    if packet.code != last.code:
        return False
    gap_s = packet.at - last.at
    if packet.timestamp == last.timestamp:
        # Some senders never move it, and then only the pause tells.
        return gap_s < (HELD_S if last.end else LONGEST_S)
    if last.end:
        return packet.end and packet.duration == last.duration and gap_s < REPEAT_S
    return packet.duration >= last.duration and gap_s < HELD_S

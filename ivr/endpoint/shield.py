"""A filter in the kernel for our SIP sockets: addresses of no trunk do not come through.

It is for what the gate cannot see or not bear: connections of strangers, of which each would
take a descriptor before it says a word, and floods so thick that looking at every packet in
Python would cost the calls time. Linux takes classic BPF programs of anybody for their own
sockets (SO_ATTACH_FILTER, socket(7)); elsewhere nothing happens.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import socket
import struct
from collections.abc import Collection, Iterable
from ipaddress import IPv4Network

from ivr.endpoint.own_sockets import own_sockets
from ivr.endpoint.sip_settings import Network

logger = logging.getLogger(__name__)

_SO_ATTACH_FILTER = 26
_SO_DETACH_FILTER = 27
_SO_MEMINFO = 55
_MEMINFO = struct.Struct("9I")
_DROPS = 8  # SK_MEMINFO_DROPS
MOST_INSTRUCTIONS = 4096  # BPF_MAXINSNS

# linux/bpf_common.h: what the instructions are made of
_LOAD_WORD, _LOAD_BYTE, _SHIFT_RIGHT, _AND = 0x20, 0x30, 0x74, 0x54
_JUMP, _IF_EQUAL, _IF_EQUAL_X, _RETURN, _TO_X = 0x05, 0x15, 0x1D, 0x06, 0x07
_NETWORK_HEADER = 0xFFF00000  # SKF_NET_OFF
_ALL, _NOTHING = 0xFFFFFFFF, 0
_SOURCE4, _TARGET4, _SOURCE6, _TARGET6 = 12, 16, 8, 24

Instruction = tuple[int, int, int, int]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))


def only_from(networks: Iterable[Network]) -> list[Instruction]:
    """The program that lets packets of `networks` and of this machine itself through.

    Raises:
        ValueError: that would be longer than the kernel takes.
    """
    four: list[Instruction] = [*_same(_SOURCE4, _TARGET4, 1)]
    six: list[Instruction] = [*_same(_SOURCE6, _TARGET6, 4)]
    for network in networks:
        if isinstance(network, IPv4Network):
            four += _inside(_SOURCE4, [(int(network.network_address), int(network.netmask))])
        else:
            address, mask = int(network.network_address), int(network.netmask)
            words = [(address >> 96 - 32 * n & _ALL, mask >> 96 - 32 * n & _ALL) for n in range(4)]
            six += _inside(_SOURCE6, [word for word in words if word[1]])
    four.append((_RETURN, 0, 0, _NOTHING))
    six.append((_RETURN, 0, 0, _NOTHING))
    program = [
        (_LOAD_BYTE, 0, 0, _NETWORK_HEADER),
        (_SHIFT_RIGHT, 0, 0, 4),
        (_IF_EQUAL, 0, 1, 6),
        (_JUMP, 0, 0, len(four)),
        *four,
        *six,
    ]
    if len(program) > MOST_INSTRUCTIONS:
        raise ValueError("too many networks for a filter in the kernel")
    return program


def _inside(offset: int, words: list[tuple[int, int]]) -> list[Instruction]:
    """Let the packet through when each word of its source, masked, is as given."""
    tests: list[Instruction] = []
    for number, (address, mask) in enumerate(words):
        left = 3 * (len(words) - number - 1)
        tests += [
            (_LOAD_WORD, 0, 0, _NETWORK_HEADER + offset + 4 * number),
            (_AND, 0, 0, mask),
            (_IF_EQUAL, 0, left + 1, address),
        ]
    return [*tests, (_RETURN, 0, 0, _ALL)]


def _same(source: int, target: int, words: int) -> list[Instruction]:
    """Let the packet through when it comes from the very address that it goes to."""
    tests: list[Instruction] = []
    for number in range(words):
        left = 4 * (words - number - 1)
        tests += [
            (_LOAD_WORD, 0, 0, _NETWORK_HEADER + source + 4 * number),
            (_TO_X, 0, 0, 0),
            (_LOAD_WORD, 0, 0, _NETWORK_HEADER + target + 4 * number),
            (_IF_EQUAL_X, 0, left + 1, 0),
        ]
    return [*tests, (_RETURN, 0, 0, _ALL)]


class Shield:
    """The filters of an endpoint's sockets."""

    def __init__(self, ports: Collection[int]) -> None:
        self._ports = ports
        self._drops: dict[int, int] = {}  # by inode-like key of a listener

    def guard(self, networks: Collection[Network], *, datagrams: bool) -> None:
        """Let connections of these networks in alone; with `datagrams` UDP packets too, else
        all of those are let in. May be called again whenever the networks change."""
        try:
            program = only_from(networks)
        except ValueError:
            logger.warning(
                "the trunks have too many networks to keep strangers out in the kernel: "
                "name fewer and larger ones in allow",
                extra={"networks": len(networks)},
            )
            return
        with own_sockets(self._ports) as found:
            for each in found:
                if each.type == socket.SOCK_STREAM or datagrams:
                    _attach(each, program)
                else:
                    with contextlib.suppress(OSError):
                        each.setsockopt(socket.SOL_SOCKET, _SO_DETACH_FILTER, 0)

    def dropped(self) -> int:
        """Packets of connections that were not let in, since this was last asked."""
        fresh = 0
        with own_sockets(self._ports) as found:
            for each in found:
                if each.type != socket.SOCK_STREAM:
                    continue
                with contextlib.suppress(OSError, struct.error):
                    info = each.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _MEMINFO.size)
                    drops = _MEMINFO.unpack(info)[_DROPS]
                    key = hash(each.getsockname())
                    fresh += max(0, drops - self._drops.get(key, 0))
                    self._drops[key] = drops
        return fresh


def _attach(guarded: socket.socket, program: list[Instruction]) -> None:
    code = b"".join(struct.pack("HBBI", *instruction) for instruction in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    head = _Program(len(program), ctypes.cast(buffer, ctypes.c_void_p))
    try:
        guarded.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, bytes(head))
    except OSError:
        logger.debug("this system filters no sockets", exc_info=True)

"""Where a loaded extension calls one of its own functions through a table (ELF, 64 bit).

An exported function is called through the procedure linkage table, and the slot that holds
its address can be written to: that is how one C function is put in place of another.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Iterator
from pathlib import Path

_SECTION = struct.Struct("<IIQQQQIIQQ")
_SYMBOL = struct.Struct("<IBBHQQ")
_RELOCATION = struct.Struct("<QQq")
_DYNAMIC_SYMBOLS, _RELOCATIONS = 11, 4
#: R_X86_64_JUMP_SLOT and R_AARCH64_JUMP_SLOT.
_JUMP_SLOTS = frozenset({7, 1026})


def call_slot(library: ctypes.CDLL, path: Path, name: str) -> ctypes.c_void_p | None:
    """The slot through which `library` (loaded from `path`) calls its function `name`;
    None: this build has no such slot, or it is not to be written to."""
    data = path.read_bytes()
    if data[:6] != b"\x7fELF\x02\x01":
        return None
    for offset, symbol_name, value in _jump_slots(data):
        if symbol_name == name:
            here = ctypes.cast(getattr(library, name), ctypes.c_void_p).value or 0
            address = here - value + offset
            return ctypes.c_void_p.from_address(address) if _writable(address) else None
    return None


def _jump_slots(data: bytes) -> Iterator[tuple[int, str, int]]:
    """Slot, name and value of every function that is called through the table; positions
    are relative to where the library is loaded."""
    (start,) = struct.unpack_from("<Q", data, 40)
    size, count = struct.unpack_from("<HH", data, 58)
    sections = [_SECTION.unpack_from(data, start + number * size) for number in range(count)]
    for _, kind, _, _, at, length, link, _, _, step in sections:
        if kind != _RELOCATIONS or sections[link][1] != _DYNAMIC_SYMBOLS:
            continue
        symbols, names = sections[link][4], sections[sections[link][6]][4]
        for position in range(at, at + length, step):
            offset, info, _ = _RELOCATION.unpack_from(data, position)
            if info & 0xFFFFFFFF in _JUMP_SLOTS:
                name, _, _, _, value, _ = _SYMBOL.unpack_from(
                    data, symbols + (info >> 32) * _SYMBOL.size
                )
                if value:
                    text = data[names + name : data.index(b"\0", names + name)]
                    yield offset, text.decode("ascii", "replace"), value


def _writable(address: int) -> bool:
    for line in Path("/proc/self/maps").read_text().splitlines():
        span, mode = line.split()[:2]
        low, high = (int(end, 16) for end in span.split("-"))
        if low <= address < high:
            return "w" in mode
    return False

"""libbaresip as the binding's extension carries it: its public C functions, by ctypes."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from typing import Any

import baresip._native

from ivr.endpoint.protocol import EndpointError

POINTER = ctypes.c_void_p
TEXT = ctypes.c_char_p
ADDRESS_TEXT = 64
"""Room for an address as text."""

Functions = Mapping[str, tuple[Any, tuple[Any, ...]]]
"""name -> result type, argument types."""


def load() -> ctypes.CDLL:
    """The extension, opened once more."""
    return ctypes.CDLL(baresip._native.__file__)


def declare(library: ctypes.CDLL, functions: Functions) -> None:
    """Tell ctypes what the functions give and take.

    Raises:
        EndpointError: this build of baresip-python does not export one of them.
    """
    for name, (result, arguments) in functions.items():
        try:
            function = getattr(library, name)
        except AttributeError:
            raise EndpointError(
                f"this baresip-python does not export {name}: install the pinned version"
            ) from None
        function.restype = result
        function.argtypes = arguments

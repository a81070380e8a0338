"""baresip's own log, without what the people on the phone must not find there."""

from __future__ import annotations

import logging
import re

logger = logging.getLogger(__name__)

_STACK = logging.getLogger("baresip")
_URI = re.compile(r"(sips?|tel):[^\s>\"']+", re.IGNORECASE)
_NUMBER = re.compile(r"\+?\d{5,}")


def scrub(text: str) -> str:
    """`text` without SIP addresses and long numbers."""
    return _NUMBER.sub("<number>", _URI.sub("<address>", text))


#: Warnings that tell of nothing: a socket was closed before the poller let it go.
_HARMLESS = ("fd_close err",)


class _Relay(logging.Handler):
    """Passes the library's records on under our name, scrubbed and without fields."""

    def emit(self, record: logging.LogRecord) -> None:
        text = scrub(record.getMessage()).strip()
        harmless = any(words in text for words in _HARMLESS)
        level = logging.DEBUG if harmless else record.levelno
        logger.log(level, "baresip: %s", text, extra={"origin": record.name})


_relay = _Relay(level=logging.WARNING)


def relay_stack_log() -> None:
    """Send the library's warnings through the scrubber, and nothing past it."""
    if _relay not in _STACK.handlers:
        _STACK.addHandler(_relay)
    _STACK.propagate = False

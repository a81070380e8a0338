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


class _Relay(logging.Handler):
    """Passes the library's records on under our name, scrubbed and without fields."""

    def emit(self, record: logging.LogRecord) -> None:
        logger.log(
            record.levelno,
            "baresip: %s",
            scrub(record.getMessage()).strip(),
            extra={"origin": record.name},
        )


_relay = _Relay(level=logging.WARNING)


def relay_stack_log() -> None:
    """Send the library's warnings through the scrubber, and nothing past it."""
    if _relay not in _STACK.handlers:
        _STACK.addHandler(_relay)
    _STACK.propagate = False

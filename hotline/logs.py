"""The program's log: structlog over the standard library, with a last line of defence.

Our own messages are static text with fields and never hold a caller's number, words,
keys or secrets. Other people's libraries promise nothing of the kind, so whatever
looks like a SIP address, a telephone number or a secret is struck out of every line.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, TextIO

import structlog

__all__ = ["REMOVED", "configure_logs", "redact"]

REMOVED = "[removed]"

# sip:user@host (RFC 3261 section 19.1), tel:+86... (RFC 3966), anybody@some.host
_URI = re.compile(r"\b(?:sips?|tel):[^\s<>\"',;]+", re.IGNORECASE)
_AT_HOST = re.compile(r"[\w.+*#-]+@[\w.-]+")
# Seven to fifteen digits (E.164), perhaps grouped; not part of a word, an ISO date, a
# range of ports, an id or an IP address.
_NUMBER = re.compile(
    r"(?<![\w.:/-])(?!\d{4}-\d\d-\d\d|\d{5}-\d{5}\b)\+?\(?\d(?:[ ()-]{0,2}\d){6,14}(?![\w:/-]|\.\d)"
)
_TOKEN = re.compile(r"\bhotline_[\w-]{20,}")  # of a program (`call_logs.users.tokens`)
_PASSWORD_IN_URL = re.compile(r"(?<=://)[^\s/@]+(?=@)")

_PRIVATE_FIELDS = frozenset(
    {
        "body",
        "callee",
        "caller",
        "callback",
        "digits",
        "heard",
        "key",
        "keys",
        "number",
        "password",
        "secret",
        "target",
        "text",
        "token",
        "uri",
        "words",
    }
)
"""Fields whose value is private whatever it looks like."""

_LEVELS: Mapping[str, int] = {
    "alembic": logging.WARNING,
    "aiosqlite": logging.WARNING,
    "apprise": logging.CRITICAL,  # its errors quote addresses with their tokens
    "asyncio": logging.WARNING,
    "baresip": logging.WARNING,
    "baresip.native.sip": logging.CRITICAL,  # whole SIP messages
    "dbos": logging.WARNING,
    "httpx": logging.WARNING,
    "multipart": logging.WARNING,
    "pydub": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "uvicorn.access": logging.WARNING,
    "uvicorn.error": logging.WARNING,  # its start and end are told by our own lines
}
"""How much of each library is worth an operator's reading."""


def redact(text: str) -> str:
    """`text` without SIP addresses, telephone numbers, tokens and passwords in addresses."""
    text = _TOKEN.sub(REMOVED, text)
    text = _URI.sub(REMOVED, text)
    text = _PASSWORD_IN_URL.sub(REMOVED, text)
    text = _AT_HOST.sub(REMOVED, text)
    return _NUMBER.sub(REMOVED, text)


def configure_logs(
    style: str = "console", level: str = "info", stream: TextIO | None = None
) -> None:
    """Send everything to `stream` (default: stderr), as lines to read or as JSON.

    May be called again; the last call holds.
    """
    renderer: Callable[..., Any]
    if style == "json":
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    else:
        renderer = structlog.dev.ConsoleRenderer(colors=(stream or sys.stderr).isatty())
    shared: list[Callable[..., Any]] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                # Traces become text first, so that what exceptions quote is struck out too.
                structlog.processors.format_exc_info,
                _redact_event,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    _tame_libraries(level)
    structlog.configure(
        processors=[
            *shared[:2],
            *shared[3:],
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _tame_libraries(level: str) -> None:
    for name, at_least in _LEVELS.items():
        quieter = at_least
        if name == "uvicorn.access" and level == "debug":
            quieter = logging.INFO
        logging.getLogger(name).setLevel(quieter)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "dbos"):
        logger = logging.getLogger(name)
        # Their own handlers would print past ours. DBOS adds one only where there is none.
        for handler in logger.handlers[:]:
            logger.removeHandler(handler)
        logger.propagate = True
    logging.getLogger("dbos").addHandler(logging.NullHandler())
    access = logging.getLogger("uvicorn.access")
    if not any(isinstance(item, _PathOnly) for item in access.filters):
        access.addFilter(_PathOnly())


_TOKEN_IN_PATH = re.compile(r"(/acknowledge/|/calendar/|/o/)[^/]+")  # who holds one may act


class _PathOnly(logging.Filter):
    """Cuts what was searched for (names, numbers) and tokens off the paths in uvicorn's
    access log.

    Its arguments are client address, method, path with query, HTTP version, status.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        match record.args:
            case (client, method, str(path), *rest):
                shown = _TOKEN_IN_PATH.sub(rf"\g<1>{REMOVED}", path.partition("?")[0])
                record.args = (client, method, shown, *rest)
        return True


def _redact_event(
    logger: object, method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    del logger, method
    for name, value in event.items():
        if name in ("timestamp", "level", "logger"):
            continue
        event[name] = REMOVED if name in _PRIVATE_FIELDS and value else _clean(value)
    return event


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, Mapping):
        return {
            name: REMOVED if name in _PRIVATE_FIELDS and item else _clean(item)
            for name, item in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(item) for item in value]
    return redact(str(value))

"""Notices to people by every way they have: WeCom, DingTalk, Feishu, SMS, e-mail ...

`apprise` knows the services; an address is a URL that may hold a token, so it is
never logged and never part of an error.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

import apprise

__all__ = ["Notice", "send_notice"]

logger = logging.getLogger(__name__)

# It writes down addresses with their tokens, and numbers; what failed is told below.
logging.getLogger("apprise").disabled = True

NOTICE_LIMIT_S = 30.0
LONGEST_SMS = 1200  # characters that a service takes at most; what takes more is no SMS


@dataclass(frozen=True)
class Notice:
    """One thing to tell, in two lengths. None of them may be empty: services refuse that."""

    title: str = field(repr=False)
    body: str = field(repr=False)  # for chats and mail, a fact a line
    short: str = field(repr=False)  # for SMS, the title in it


async def send_notice(urls: Iterable[str], notice: Notice) -> tuple[int, int]:
    """Send to every address, side by side; returns how many took it and how many did not.

    One address that fails does not keep the others waiting longer than `NOTICE_LIMIT_S`.
    """
    results = await asyncio.gather(*(_send(url, notice) for url in dict.fromkeys(urls)))
    sent = sum(results)
    if sent < len(results):
        logger.warning("some notices were not taken", extra={"failed": len(results) - sent})
    return sent, len(results) - sent


async def _send(url: str, notice: Notice) -> bool:
    try:
        service = apprise.Apprise.instantiate(url, suppress_exceptions=True)
        if service is None:
            return False
        short = service.body_maxlen <= LONGEST_SMS
        async with asyncio.timeout(NOTICE_LIMIT_S):
            return bool(
                await service.async_notify(
                    title="" if short else notice.title,
                    body=notice.short if short else notice.body,
                )
            )
    except TimeoutError:
        return False
    except Exception as error:
        # A plug-in's fault; its message may quote the address with its token.
        logger.warning("a notice failed", extra={"error": type(error).__name__})
        return False

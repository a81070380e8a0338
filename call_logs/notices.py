"""Notices to people by every way they have: WeCom, DingTalk, Feishu, SMS, e-mail ...

`apprise` knows the services; an address is a URL that may hold a token, so it is
never logged and never part of an error.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

import apprise

__all__ = ["send_notice"]

logger = logging.getLogger(__name__)

NOTICE_LIMIT_S = 30.0


async def send_notice(urls: Iterable[str], title: str, body: str) -> tuple[int, int]:
    """Send to every address, side by side; returns how many took it and how many did not.

    One address that fails does not keep the others waiting longer than `NOTICE_LIMIT_S`.
    """
    results = await asyncio.gather(*(_send(url, title, body) for url in dict.fromkeys(urls)))
    sent = sum(results)
    if sent < len(results):
        logger.warning("some notices were not taken", extra={"failed": len(results) - sent})
    return sent, len(results) - sent


async def _send(url: str, title: str, body: str) -> bool:
    notifier = apprise.Apprise()
    if not notifier.add(url):
        return False
    try:
        async with asyncio.timeout(NOTICE_LIMIT_S):
            return bool(await notifier.async_notify(title=title, body=body))
    except TimeoutError:
        return False
    except Exception as error:
        # A plug-in's fault; its message may quote the address with its token.
        logger.warning("a notice failed", extra={"error": type(error).__name__})
        return False

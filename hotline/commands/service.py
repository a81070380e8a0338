"""What a command asks of the running service."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from hotline.commands.problems import CommandError

if TYPE_CHECKING:
    from call_logs import Store

TAKEN_S = 10.0  # the service looks every half second
LOOK_S = 0.5


async def until_taken(store: Store, request: int, otherwise: str) -> None:
    """Return when a service has taken the request. One that nobody takes is withdrawn.

    Raises:
        CommandError: nobody did; `otherwise` says what that means.
    """
    from call_logs.users import COMMAND_LINE

    try:
        async with asyncio.timeout(TAKEN_S):
            while not await store.requests.was_taken(request):  # noqa: ASYNC110
                await asyncio.sleep(LOOK_S)
    except TimeoutError:
        await store.requests.withdraw(request, COMMAND_LINE)
        raise CommandError(otherwise) from None

"""Whether the mailbox opens, when mails become tickets."""

from __future__ import annotations

import asyncio

from hotline.checks.result import Result, State
from hotline.config.config import Config


async def mail_in(config: Config) -> list[Result]:
    """Server, certificate, user, password, folder; and what was left for a person."""
    from hotline.mail_in.mailbox import Mailbox, MailboxProblem

    if config.mail_in.server is None:
        return []

    def look() -> int:
        with Mailbox(config.mail_in) as box:
            return box.unreadable()

    try:
        left = await asyncio.to_thread(look)
    except MailboxProblem as error:
        return [Result("mail in", State.FAIL, str(error), "correct [mail_in]")]
    if left:
        mend = "see to the flagged mails and mark them as seen"
        return [Result("mail in", State.WARN, f"{left} mails could not be read", mend)]
    return [Result("mail in", State.OK, f"{config.mail_in.server} takes user and password")]

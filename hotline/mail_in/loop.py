"""Mails become tickets, one by one: taken first, its files after that, marked as seen at last.
Whatever a kill cuts off is done again and finds what is there by the mail's id."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass

from call_logs import Store
from call_logs.casework import EvidenceRefused
from call_logs.inbound import IncomingMessage, Taken
from call_logs.storage import Check, Loop, Severity, StoreBusy
from call_logs.tickets import NewTicket, TicketClass, TicketKind, TicketSource
from call_logs.users import Actor
from hotline.config.config import Config
from hotline.mail_in.mail import File, Mail, read_mail
from hotline.mail_in.mailbox import FLAGGED, SEEN, Mailbox, MailboxProblem
from hotline.written_words import WrittenWords

__all__ = ["MailIn", "mail_loop"]

logger = logging.getLogger(__name__)

MAIL = Actor("mail")
CHECK = "mail in"
AT_ONCE = 50  # mails of one look
LEAST_FILE_BYTES = 64  # a picture of one dot tells a sender who has read it


@dataclass
class Counts:
    """Since the start of the program."""

    taken: int = 0
    automatic: int = 0
    unreadable: int = 0  # that lie in the folder now


class MailIn:
    def __init__(self, store: Store, config: Config, told: WrittenWords) -> None:
        self._store = store
        self._section = config.mail_in
        self._language = config.hotline.language
        self._told = told
        self.counts = Counts()
        self._problem = ""

    async def look(self) -> None:
        """Take what waits.

        Raises:
            MailboxProblem, StoreBusy: it is tried again.
        """
        box = Mailbox(self._section)
        try:
            await asyncio.to_thread(box.__enter__)
            try:
                for uid in await asyncio.to_thread(box.waiting, AT_ONCE):
                    await self._take(box, uid)
                self.counts.unreadable = await asyncio.to_thread(box.unreadable)
            finally:
                await asyncio.shield(asyncio.to_thread(box.__exit__, None, None, None))
        except MailboxProblem as error:
            self._problem = str(error)
            raise
        self._problem = ""

    async def check(self) -> Check:
        """What health says: whether mail comes, and what is a person's."""
        counts = self.counts
        if self._problem:
            fact = f"{self._problem}: see [mail_in], and run `hotline doctor`"
            return Check(CHECK, False, fact, Severity.DEGRADED)
        if counts.unreadable:
            fact = (
                f"{counts.unreadable} mails could not be read: they are flagged in the folder "
                f"{self._section.folder}; see to them and mark them as seen"
            )
            return Check(CHECK, False, fact, Severity.DEGRADED)
        fact = f"{counts.taken} taken, {counts.automatic} automatic ones left alone"
        return Check(CHECK, True, fact)

    async def _take(self, box: Mailbox, uid: bytes) -> None:
        """One mail; what cannot be read is flagged, and keeps no other waiting."""
        try:
            mail = await asyncio.to_thread(lambda: read_mail(box.fetch(uid)))
            if mail.automatic:
                self.counts.automatic += 1
            else:
                await self._open(mail)
                self.counts.taken += 1
        except (StoreBusy, MailboxProblem, OSError):
            raise  # the mail is not the reason: it is tried again
        except Exception as error:
            # Without its message: a parser's may hold words of the mail.
            logger.error("a mail could not be read", extra={"reason": type(error).__name__})
            await asyncio.to_thread(box.mark, uid, FLAGGED)
            return
        await asyncio.to_thread(box.mark, uid, SEEN)

    async def _open(self, mail: Mail) -> None:
        told = await asyncio.to_thread(self._told, mail.text, self._language)
        urgent = told.ticket_class is TicketClass.URGENT
        taken = await self._store.inbound.take(
            IncomingMessage(
                channel=MAIL.name,
                id=mail.id,
                matter=NewTicket(
                    kind=TicketKind.EMERGENCY if urgent else TicketKind.OTHER,
                    ticket_class=told.ticket_class,
                    category=told.category,
                    phrases=told.phrases,
                    source=TicketSource.EMAIL,
                    language=self._language,
                    actor=MAIL,
                    name=mail.name,
                    text="\n\n".join(filter(None, (mail.text, mail.sender[:190]))),
                ),
                answers=mail.answers,
                number=mail.numbers[0] if mail.numbers else "",
                sender=mail.sender or "nobody",
            )
        )
        await self._keep(mail, taken)

    async def _keep(self, mail: Mail, taken: Taken) -> None:
        """Its files; those that are not taken are told on the ticket."""
        refused = 0
        for file in mail.files:
            if len(file.content) < LEAST_FILE_BYTES:
                continue
            try:
                await self._store.evidence.add(taken.ticket.id, MAIL, _pieces(file), name=file.name)
            except EvidenceRefused:
                refused += 1
        if refused:
            note = f"{refused} files of the mail were not taken: they are in the mailbox"
            await self._store.tickets.note(taken.ticket.id, MAIL, note, key=mail.id)


async def _pieces(file: File) -> AsyncIterator[bytes]:
    yield file.content


def mail_loop(store: Store, config: Config, told: WrittenWords) -> Loop | None:
    """None: `[mail_in]` names no server."""
    if config.mail_in.server is None:
        return None
    mail_in = MailIn(store, config, told)
    store.checks.register(CHECK, mail_in.check)
    return Loop(
        CHECK,
        mail_in.look,
        checks=store.checks,
        every_s=float(config.mail_in.every_s),
        again_s=(10.0, 300.0),
        severity=Severity.DEGRADED,
    )

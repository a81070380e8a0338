"""Mails become tickets, over the wire from a real IMAP server with TLS."""

from __future__ import annotations

import asyncio
import logging
import secrets
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from call_logs import Store
from call_logs.recordings import RecordingFiles
from call_logs.storage import Keys, StoreBusy
from call_logs.tickets import TicketClass, TicketSource
from call_logs.users import HOTLINE
from dashboard.web import Told
from hotline.checks.mail import mail_in as examine
from hotline.checks.result import State
from hotline.config.addresses import Address
from hotline.config.config import Config
from hotline.config.sections import MailInSection
from hotline.mail_in.loop import MailIn, mail_loop
from hotline.mail_in.mail import read_mail
from hotline.mail_in.mailbox import MailboxProblem
from tests.hotline.mail_in.dovecot import PASSWORD, PROGRAM, USER, Server, dovecot
from tests.hotline.mail_in.test_mail import mail
from tests.pictures import jpeg

pytestmark = [
    pytest.mark.wire,
    pytest.mark.skipif(not PROGRAM.exists(), reason="apt-get install dovecot-imapd"),
]


def told(text: str, language: str) -> Told:
    if "着火" in text:
        return Told("fire", TicketClass.URGENT, ("着火",))
    return Told("", TicketClass.GENERAL, ())


@pytest.fixture
def server() -> Iterator[Server]:
    folder = Path(f"/tmp/hotline-imap-{secrets.token_hex(4)}")
    folder.mkdir(mode=0o755)
    try:
        with dovecot(folder) as running:
            yield running
    finally:
        shutil.rmtree(folder)


@pytest.fixture
async def store(tmp_path: Path, migrated: Path) -> AsyncIterator[Store]:
    database = tmp_path / "hotline.db"
    shutil.copy(migrated, database)
    opened = await Store.open(
        f"sqlite:///{database}",
        keys=Keys.generate(),
        recordings=RecordingFiles(tmp_path / "recordings"),
        spool=tmp_path / "spool",
    )
    yield opened
    await opened.close()


@pytest.fixture
def config(tmp_path: Path, server: Server) -> Config:
    password = tmp_path / "password"
    password.write_text(f"{PASSWORD}\n")
    section = MailInSection(
        server=Address("localhost", server.tls),
        ca_file=server.ca,
        user=USER,
        password_file=password,
    )
    return Config(mail_in=section)


@pytest.fixture
def mail_in(store: Store, config: Config) -> MailIn:
    return MailIn(store, config, told)


async def put(server: Server, *mails: bytes) -> None:
    await asyncio.to_thread(server.put, *mails)


async def test_a_mail_is_a_ticket_with_its_photo_once(
    store: Store, server: Server, mail_in: MailIn, caplog: pytest.LogCaptureFixture
) -> None:
    sent = mail()
    sent.add_attachment(jpeg(), maintype="image", subtype="jpeg", filename="lamp.jpg")
    sent.add_attachment(b"MZ" * 100, maintype="application", subtype="exe", filename="a.exe")
    await put(server, bytes(sent))
    with caplog.at_level(logging.DEBUG):
        await mail_in.look()
        assert await asyncio.to_thread(server.count, "UNSEEN") == 0
        await asyncio.to_thread(server.unsee)  # a kill before the mark
        await mail_in.look()
    (ticket,) = (await store.tickets.list()).items
    assert ticket.source is TicketSource.EMAIL
    assert ticket.text == "报修\n走廊的灯坏了\n\nli@example.com"
    assert ticket.name == "李女士"
    (photo,) = await store.evidence.of_ticket(ticket.id, HOTLINE)
    assert photo.name == "lamp.jpg"
    notes = [each.note for each in await store.tickets.history(ticket.id) if each.note]
    assert notes == ["1 files of the mail were not taken: they are in the mailbox"]
    for private in ("li@example.com", "走廊", "李女士", PASSWORD):
        assert private not in caplog.text


async def test_an_answer_is_added_and_danger_is_a_case_of_its_own(
    store: Store, server: Server, mail_in: MailIn
) -> None:
    answer = mail("还没人来", Message_ID="<m2@example.com>", In_Reply_To="<m1@example.com>")
    fire = mail("厨房着火了", Message_ID="<m3@example.com>", References="<m1@example.com>")
    await put(server, bytes(mail()), bytes(answer), bytes(fire))
    await mail_in.look()
    newest, first = (await store.tickets.list()).items
    assert newest.ticket_class is TicketClass.URGENT
    notes = [each.note for each in await store.tickets.history(first.id) if each.action == "note"]
    assert len(notes) == 1
    assert "还没人来" in notes[0]
    by_number = mail("谢谢", Message_ID="<m4@example.com>", Subject=f"Re: [{first.number}]")
    stranger = mail("?", Message_ID="<m5@e>", Subject=first.number, From="eve@example.com")
    await put(server, bytes(by_number), bytes(stranger))
    await mail_in.look()
    assert (await store.tickets.list()).total == 3
    assert (await store.tickets.history(first.id))[-1].action == "note"


async def test_what_no_person_wrote_makes_no_ticket(
    store: Store, server: Server, mail_in: MailIn
) -> None:
    await put(
        server,
        bytes(mail(Auto_Submitted="auto-replied")),
        bytes(mail(Message_ID="<l@e>", List_Id="<news.example.com>")),
    )
    await mail_in.look()
    assert (await store.tickets.list()).total == 0
    assert await asyncio.to_thread(server.count, "UNSEEN") == 0
    check = await mail_in.check()
    assert check.ok
    assert "2 automatic" in check.detail


async def test_a_mail_that_cannot_be_read_is_flagged_told_and_stops_nothing(
    store: Store,
    server: Server,
    mail_in: MailIn,
    config: Config,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def breaks(raw: bytes) -> object:
        if b"bad@" in raw:
            raise ValueError("with the words of 李女士")
        return read_mail(raw)

    monkeypatch.setattr("hotline.mail_in.loop.read_mail", breaks)
    await put(server, bytes(mail(Message_ID="<bad@e>")), bytes(mail(Message_ID="<good@e>")))
    await mail_in.look()
    await mail_in.look()
    assert (await store.tickets.list()).total == 1
    assert await asyncio.to_thread(server.count, "UNSEEN", "FLAGGED") == 1
    check = await mail_in.check()
    assert not check.ok
    assert "1 mails could not be read" in check.detail
    assert caplog.text.count("a mail could not be read") == 1
    assert "李女士" not in caplog.text
    (result,) = await examine(config)
    assert result.state is State.WARN


async def test_while_the_database_is_away_the_mail_waits(
    store: Store, server: Server, mail_in: MailIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: object) -> None:
        raise StoreBusy("away")

    await put(server, bytes(mail()))
    with monkeypatch.context() as patched:
        patched.setattr(store.inbound, "take", away)
        with pytest.raises(StoreBusy):
            await mail_in.look()
    assert await asyncio.to_thread(server.count, "UNSEEN", "UNFLAGGED") == 1
    await mail_in.look()
    assert (await store.tickets.list()).total == 1


async def test_what_is_wrong_with_the_server_is_told(
    store: Store, server: Server, config: Config, tmp_path: Path
) -> None:
    (result,) = await examine(config)
    assert result.state is State.OK
    wrong = tmp_path / "wrong"
    wrong.write_text("another password")
    section = config.mail_in
    for changed, fact in (
        (replace(section, ca_file=None), "cannot be reached"),  # nobody knows its certificate
        (replace(section, server=Address("127.0.0.1", server.tls)), "cannot be reached"),
        (replace(section, password_file=wrong), "does not take"),
        (replace(section, password_file=tmp_path / "none"), "password_file"),
        (replace(section, folder="No Such"), "cannot be opened"),
    ):
        other = replace(config, mail_in=changed)
        broken = MailIn(store, other, told)
        with pytest.raises(MailboxProblem, match=fact):
            await broken.look()
        check = await broken.check()
        assert not check.ok
        assert fact in check.detail
        (result,) = await examine(other)
        assert result.state is State.FAIL
    starttls = replace(section, server=Address("localhost", server.plain), tls="starttls")
    (result,) = await examine(replace(config, mail_in=starttls))
    assert result.state is State.OK


async def test_without_a_server_nothing_is_read(store: Store) -> None:
    assert mail_loop(store, Config(), told) is None
    assert await examine(Config()) == []

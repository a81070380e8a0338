"""A folder of an IMAP server. Everything here blocks: call it on a thread."""

from __future__ import annotations

import imaplib
import ssl
from types import TracebackType

from hotline.config.sections import MailInSection

__all__ = ["Mailbox", "MailboxProblem"]

TIMEOUT_S = 30.0
LARGEST_BYTES = 60_000_000
# Seen: it is done with. Flagged: it could not be read, and is a person's.
SEEN, FLAGGED = r"\Seen", r"\Flagged"


class MailboxProblem(Exception):
    """The message is a fact without a word of any mail."""


class Mailbox:
    """Open while its `with` lasts."""

    def __init__(self, section: MailInSection) -> None:
        self._section = section
        self._imap: imaplib.IMAP4 | None = None

    def __enter__(self) -> Mailbox:
        """Raises:
        MailboxProblem: with what is wrong.
        """
        section = self._section
        server = section.server
        assert server is not None
        assert section.password_file is not None
        try:
            password = section.password_file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise MailboxProblem(f"password_file cannot be read ({_fact(error)})") from None
        try:
            context = ssl.create_default_context()
            if section.ca_file is not None:
                context.load_verify_locations(section.ca_file)
            if section.tls == "tls":
                self._imap = imaplib.IMAP4_SSL(
                    server.host, server.port, ssl_context=context, timeout=TIMEOUT_S
                )
            else:
                self._imap = imaplib.IMAP4(server.host, server.port, timeout=TIMEOUT_S)
                if section.tls == "starttls":
                    self._imap.starttls(context)
        except (OSError, imaplib.IMAP4.error) as error:
            self._leave()
            raise MailboxProblem(f"{server} cannot be reached ({_fact(error)})") from None
        try:
            self._imap.login(section.user, password)
        except (OSError, imaplib.IMAP4.error):
            self._leave()
            raise MailboxProblem(f"{server} does not take user and password") from None
        try:
            answer, _ = self._imap.select(f'"{section.folder}"')
        except (OSError, imaplib.IMAP4.error):
            answer = "NO"
        if answer != "OK":
            self._leave()
            raise MailboxProblem(f"the folder {section.folder} cannot be opened")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave()

    def waiting(self, most: int) -> list[bytes]:
        """Ids of mails that nobody has seen to, oldest first."""
        return self._search("UNSEEN", "UNFLAGGED")[:most]

    def unreadable(self) -> int:
        """How many were left for a person."""
        return len(self._search("UNSEEN", "FLAGGED"))

    def fetch(self, uid: bytes) -> bytes:
        """A mail, whole; it stays unseen.

        Raises:
            MailboxProblem: the server is away.
            ValueError: it is too large, or the server does not give it.
        """
        size = self._ask("FETCH", uid.decode(), "(RFC822.SIZE)")
        digits = size[0] if size and isinstance(size[0], bytes) else b""
        found = digits.rpartition(b"RFC822.SIZE ")[2].rstrip(b")").split(b" ")[0]
        if not found.isdigit() or int(found) > LARGEST_BYTES:
            raise ValueError("larger than a mail may be")
        parts = self._ask("FETCH", uid.decode(), "(BODY.PEEK[])")
        for part in parts:
            if isinstance(part, tuple):
                return bytes(part[1])
        raise ValueError("the server gives no content")

    def mark(self, uid: bytes, flag: str) -> None:
        self._ask("STORE", uid.decode(), "+FLAGS", f"({flag})")

    def _search(self, *criteria: str) -> list[bytes]:
        found = self._ask("SEARCH", *criteria)
        return found[0].split() if found and isinstance(found[0], bytes) else []

    def _ask(self, command: str, *given: str) -> list[bytes | tuple[bytes, bytes]]:
        assert self._imap is not None
        try:
            answer, data = self._imap.uid(command, *given)
        except (OSError, imaplib.IMAP4.error) as error:
            raise MailboxProblem(f"the server is away ({type(error).__name__})") from None
        if answer != "OK":
            raise MailboxProblem(f"the server refuses {command}")
        return data

    def _leave(self) -> None:
        imap, self._imap = self._imap, None
        if imap is None:
            return
        try:
            imap.logout()
        except (OSError, imaplib.IMAP4.error):
            imap.shutdown()


def _fact(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__

"""What is in a mail: the words, the files, and whether a person wrote it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.headerregistry import AddressHeader
from email.message import EmailMessage
from html.parser import HTMLParser

from call_logs.tickets import valid_number

__all__ = ["File", "Mail", "read_mail"]

TEXT_LIMIT = 3800  # of a ticket's 4000 characters; the sender's address stands below them
NAME_LIMIT = 100
MOST_PARTS = 200  # a mail may nest without an end
_NUMBER = re.compile(r"(?<![0-9])[0-9]{6,12}(?![0-9])")
_ID = re.compile(r"<[^<>\s]{1,500}>")
_BLANK = re.compile(r"[^\S\n]+")
# Before what an answering program quotes.
_QUOTED = re.compile(
    r"^\s*(>|-{2,}\s*(original message|原始邮件|원본 메일)|_{10,}|on .{5,200} wrote:\s*$|"
    r".{2,200}写道[:：]\s*$)",
    re.I | re.M,
)


@dataclass(frozen=True)
class File:
    name: str = field(repr=False)
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Mail:
    """`automatic`: no person wrote it (RFC 3834, bounces, lists). `numbers`: of tickets, in its
    subject."""

    id: str = field(repr=False)
    sender: str = field(repr=False)
    name: str = field(repr=False)
    text: str = field(repr=False)
    automatic: bool
    answers: tuple[str, ...] = field(repr=False)
    numbers: tuple[str, ...] = field(repr=False)
    files: tuple[File, ...] = field(repr=False)


def read_mail(raw: bytes) -> Mail:
    """Raises whatever the parser does with what is no mail."""
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    own = _ID.search(_header(message, "message-id"))
    subject = _clean(_header(message, "subject"))
    sender, name = _sender(message)
    words, files = _content(message)
    return Mail(
        # One without an id is known by all of it: nobody sends the same twice.
        id=own[0] if own else hashlib.sha256(raw).hexdigest(),
        sender=sender,
        name=name[:NAME_LIMIT],
        text="\n".join(filter(None, (subject, words)))[:TEXT_LIMIT],
        automatic=_automatic(message, sender),
        answers=tuple(
            _ID.findall(f"{_header(message, 'in-reply-to')} {_header(message, 'references')}")
        ),
        numbers=tuple(each for each in _NUMBER.findall(subject) if valid_number(each)),
        files=files,
    )


def _header(message: EmailMessage, name: str) -> str:
    """A header that the parser cannot read is none."""
    try:
        return str(message.get(name, ""))
    except (ValueError, IndexError, AttributeError, TypeError):
        return ""


def _sender(message: EmailMessage) -> tuple[str, str]:
    """Address and name of who wrote it."""
    try:
        header = message["from"]
        if isinstance(header, AddressHeader) and header.addresses:
            first = header.addresses[0]
            return _clean(first.addr_spec), _clean(first.display_name)
    except (ValueError, IndexError, AttributeError, TypeError):
        pass
    return "", ""


def _automatic(message: EmailMessage, sender: str) -> bool:
    """RFC 3834 section 2: nothing that a program sent is answered, nor kept for a person's word;
    a bounce (RFC 3464) has no sender, what a list sends says so (RFC 2919, RFC 2369)."""
    said = _header(message, "auto-submitted").partition(";")[0].strip().lower()
    if said and said != "no":
        return True
    if _header(message, "return-path").strip() == "<>":
        return True
    if _header(message, "precedence").strip().lower() in {"bulk", "list", "junk"}:
        return True
    if any(_header(message, each) for each in ("list-id", "list-post", "list-unsubscribe")):
        return True
    if message.get_content_type() == "multipart/report":
        return True
    local = sender.partition("@")[0].lower()
    return local in {"mailer-daemon", "postmaster", "noreply", "no-reply"}


def _content(message: EmailMessage) -> tuple[str, tuple[File, ...]]:
    """The first text, without what it quotes, else the first HTML as text; and what else there
    is, as files."""
    plain, html, files = "", "", []
    for part in _leaves(message):
        kind = part.get_content_type()
        name = _clean(part.get_filename() or "")
        attached = part.get_content_disposition() == "attachment" or name
        if not attached and kind == "text/plain" and not plain:
            plain = _text(part)
        elif not attached and kind == "text/html" and not html:
            html = _text(part)
        elif attached or part.get_content_maintype() not in {"text", "multipart", "message"}:
            content = part.get_payload(decode=True)
            if isinstance(content, bytes) and content:
                files.append(File(name, content))
    words = _clean(plain) or _clean(_text_of_html(html))
    quoted = _QUOTED.search(words)
    own = words[: quoted.start()].strip() if quoted else words
    return own or words, tuple(files)


def _leaves(message: EmailMessage) -> Iterator[EmailMessage]:
    for number, part in enumerate(message.walk()):
        if number >= MOST_PARTS:
            return
        if not part.is_multipart() and isinstance(part, EmailMessage):
            yield part


def _text(part: EmailMessage) -> str:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    try:
        return content.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:  # a charset that nobody knows
        return content.decode("utf-8", "replace")


class _Words(HTMLParser):
    """What a reader would see of a page. Nothing of it is ever shown as HTML."""

    _HIDDEN = frozenset({"script", "style", "head", "title", "template"})
    _BREAKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "blockquote"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._HIDDEN:
            self._hidden += 1
        elif tag in self._BREAKS:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag in self._BREAKS:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data.replace("\n", " "))


def _text_of_html(html: str) -> str:
    reader = _Words()
    reader.feed(html)
    reader.close()
    return "".join(reader.words)


def _clean(written: str) -> str:
    """Without what no database keeps, or nobody sees."""
    text = written.replace("\0", "").replace("\r\n", "\n").encode("utf-8", "replace").decode()
    lines = (_BLANK.sub(" ", line).strip() for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()

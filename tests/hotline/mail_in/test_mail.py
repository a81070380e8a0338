"""What is read of a mail, and what is left alone."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

import pytest

from call_logs.tickets import ticket_number
from hotline.mail_in.mail import read_mail
from tests.pictures import jpeg


def mail(text: str = "走廊的灯坏了", **headers: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "李女士 <li@example.com>"
    message["Subject"] = "报修"
    message["Message-ID"] = "<m1@example.com>"
    for name, value in headers.items():
        header = name.replace("_", "-")
        del message[header]
        message[header] = value
    message.set_content(text)
    return message


def test_words_sender_and_files_are_read() -> None:
    sent = mail(In_Reply_To="<m0@example.com>", References="<a@b> <m0@example.com>")
    sent.add_attachment(jpeg(), maintype="image", subtype="jpeg", filename="灯.jpg")
    found = read_mail(bytes(sent))
    assert (found.id, found.sender, found.name) == ("<m1@example.com>", "li@example.com", "李女士")
    assert found.text == "报修\n走廊的灯坏了"
    assert set(found.answers) == {"<a@b>", "<m0@example.com>"}
    assert [(each.name, each.content) for each in found.files] == [("灯.jpg", jpeg())]
    assert not found.automatic


def test_what_is_quoted_is_nobodys_news() -> None:
    for quoted in (
        "> 着火了",
        "On Monday Li wrote:\n> 着火了",
        "李 写道：\n着火了",
        "-----原始邮件-----\n着火了",
    ):
        assert read_mail(bytes(mail(f"谢谢\n\n{quoted}"))).text == "报修\n谢谢"
    assert "着火了" in read_mail(bytes(mail("> 着火了"))).text  # better than nothing at all


def test_html_is_read_as_its_reader_sees_it() -> None:
    page = (
        "<head><title>T</title></head><style>p{}</style><script>alert(1)</script>"
        "<p>灯&amp;水<br>坏了<img src=x onerror=y>"
    )
    message = mail()
    message.set_content(page, subtype="html")
    assert read_mail(bytes(message)).text == "报修\n灯&水\n坏了"
    both = mail("plain words")
    both.add_alternative("<p>html words</p>", subtype="html")
    assert read_mail(bytes(both)).text == "报修\nplain words"


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated; x=y"},
        {"Return_Path": "<>"},
        {"Precedence": "bulk"},
        {"List_Id": "<news.example.com>"},
        {"List_Unsubscribe": "<https://example.com/>"},
        {"From": "MAILER-DAEMON@example.com"},
        {"From": "No-Reply@example.com"},
    ],
)
def test_what_no_person_wrote_is_known(headers: dict[str, str]) -> None:
    assert read_mail(bytes(mail(**headers))).automatic
    assert not read_mail(bytes(mail(Auto_Submitted="no"))).automatic


def test_a_tickets_number_is_found_in_the_subject_alone() -> None:
    number = ticket_number(123_456)
    found = read_mail(bytes(mail(f"call {ticket_number(99)}", Subject=f"Re: [{number}] 1234567")))
    assert found.numbers == (number,)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0\xff\xfe",
        b"From: \xff\xfe\nSubject: =?utf-8?b?////?=\n\n\xff\0words",
        b"From: a@b, c@d\nContent-Type: text/plain; charset=nonsense\n\nwords",
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\n--x\n--x--",
        b"Content-Type: multipart/mixed; boundary=x\n\n"
        + b"--x\nContent-Type: multipart/mixed; boundary=x\n\n" * 300,
        b"From: <\nMessage-ID: <\nReferences: <<<\n\n<<<",
    ],
)
def test_whatever_comes_is_read_or_refused_and_holds_nothing_that_no_database_keeps(
    raw: bytes,
) -> None:
    found: Any = read_mail(raw)
    assert "\0" not in found.text
    found.text.encode("utf-8")
    assert found.id

"""A real IMAP server (dovecot) with TLS in a folder of its own."""

from __future__ import annotations

import imaplib
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

__all__ = ["PASSWORD", "USER", "Server", "dovecot"]

PROGRAM = Path("/usr/sbin/dovecot")
USER, PASSWORD = "hotline", "lamp-water-lift-42"
READY_S = 20.0
CONFIG = """
base_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = yes
mail_location = maildir:{folder}/mail/%u
mail_uid = {owner}
mail_gid = {owner}
first_valid_uid = 1
default_login_user = {login}
default_internal_user = {internal}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={owner} gid={owner} home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {tls}
    ssl = yes
  }}
}}
"""


@dataclass(frozen=True)
class Server:
    tls: int
    plain: int
    ca: Path

    def open(self) -> imaplib.IMAP4:
        context = ssl.create_default_context(cafile=self.ca)
        imap = imaplib.IMAP4_SSL("localhost", self.tls, ssl_context=context, timeout=READY_S)
        imap.login(USER, PASSWORD)
        imap.select("INBOX")
        return imap

    def put(self, *mails: bytes) -> None:
        imap = self.open()
        for mail in mails:
            answer, _ = imap.append(
                "INBOX", "", "", mail.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
            )
            assert answer == "OK"
        imap.logout()

    def count(self, *criteria: str) -> int:
        imap = self.open()
        _, found = imap.search(None, *criteria)
        imap.logout()
        return len(found[0].split())

    def unsee(self) -> None:
        """As a kill leaves it before the mark."""
        imap = self.open()
        imap.store("1:*", "-FLAGS", "(\\Seen)")
        imap.logout()


@contextmanager
def dovecot(folder: Path) -> Iterator[Server]:
    """`folder`: a short one that others may enter."""
    certificate, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
            "-keyout",
            key,
            "-out",
            certificate,
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    (folder / "mail").mkdir()
    shutil.chown(folder / "mail", "nobody", "nogroup")
    tls, plain = _free_port(), _free_port()
    config = folder / "dovecot.conf"
    config.write_text(
        CONFIG.format(
            folder=folder,
            certificate=certificate,
            key=key,
            tls=tls,
            plain=plain,
            password=PASSWORD,
            owner=pwd.getpwnam("nobody").pw_uid,
            login="dovenull",
            internal="dovecot",
        )
    )
    process = subprocess.Popen(
        [PROGRAM, "-F", "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        _await_port(process, tls)
        yield Server(tls, plain, certificate)
    finally:
        process.terminate()
        process.communicate(timeout=READY_S)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _await_port(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + READY_S
    while time.monotonic() < end:
        assert process.poll() is None, process.stderr and process.stderr.read()
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            os.sched_yield()
        else:
            return
    raise AssertionError("dovecot does not listen")

"""A page on paper: Chromium makes a PDF of it, where there is one.

It gets a file that holds all that it shows, whose policy forbids scripts; no network, and a profile
of its own that is gone afterwards. One at a time in a home: each takes some hundred megabytes.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from call_logs.storage import Scratch
from dashboard.web.texts import N_

__all__ = ["NotPrinted", "can_print", "print_pdf"]

log = logging.getLogger(__name__)

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PRINT_S = 60.0
WAIT_S = 90.0  # for whoever prints before
LOOK_S = 0.2
NO_BROWSER = N_(
    "There is no Chromium on this machine (apt-get install chromium): print the page in your "
    "browser instead."
)
NO_FONT = N_("There is no Chinese font on this machine: apt-get install fonts-noto-cjk.")
FAILED = N_("Chromium has made no PDF: print the page in your browser instead.")
BUSY = N_("Another report is being printed: try again in a minute.")


class NotPrinted(Exception):
    """There is no PDF; the message, which is in the catalogue, says why and what to do."""


def can_print() -> bool:
    return _browser() is not None


def _browser() -> str | None:
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


async def print_pdf(html: str, scratch: Scratch, *, language: str = "en") -> bytes:
    """The PDF of a document that needs nothing from elsewhere.

    Raises:
        NotPrinted.
        StoreError: too little space.
    """
    browser = _browser()
    if browser is None:
        raise NotPrinted(NO_BROWSER)
    if language.startswith("zh") and not await _has_chinese_font():
        raise NotPrinted(NO_FONT)
    async with scratch.folder() as folder, _alone(folder.parent / "printing.lock"):
        page, pdf = folder / "page.html", folder / "page.pdf"
        await asyncio.to_thread(page.write_text, html, encoding="utf-8")
        await _run(_command(browser, page, pdf, folder / "profile"), folder)
        if not pdf.exists():
            raise NotPrinted(FAILED)
        return await asyncio.to_thread(pdf.read_bytes)


def _command(browser: str, page: Path, pdf: Path, profile: Path) -> list[str]:
    return [
        browser,
        "--headless",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-extensions",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        # Whatever it looks for, it finds nobody: not by name, and not by address.
        "--host-resolver-rules=MAP * ~NOTFOUND",
        "--proxy-server=http://127.0.0.1:9",
        "--proxy-bypass-list=<-loopback>",
        f"--user-data-dir={profile}",
        "--no-pdf-header-footer",
        f"--print-to-pdf={pdf}",
        # Its sandbox refuses to run as root; then this file without a script is all it sees.
        *(["--no-sandbox"] if os.geteuid() == 0 else []),
        page.as_uri(),
    ]


async def _run(command: list[str], folder: Path) -> None:
    """Its sockets, whose whole paths have room for a hundred characters, stand in a folder of
    their own."""
    with tempfile.TemporaryDirectory(prefix="hotline-") as sockets:
        await _run_to_its_end(command, folder, sockets)


async def _run_to_its_end(command: list[str], folder: Path, sockets: str) -> None:
    """Until it has ended, with all that it has begun."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            env={"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "TMPDIR": sockets},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        log.error("Chromium does not start", extra={"errno": error.errno})
        raise NotPrinted(FAILED) from None
    try:
        async with asyncio.timeout(PRINT_S):
            code = await process.wait()
    except TimeoutError:
        log.error("Chromium was not ready in time", extra={"s": PRINT_S})
        raise NotPrinted(FAILED) from None
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
    if code:
        log.error("Chromium has failed", extra={"code": code})
        raise NotPrinted(FAILED)


@asynccontextmanager
async def _alone(path: Path) -> AsyncIterator[None]:
    """No two at once, in whichever process."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        await _lock(lock)
        yield
    finally:
        os.close(lock)


async def _lock(lock: int) -> None:
    try:
        async with asyncio.timeout(WAIT_S):
            while not _locked(lock):  # noqa: ASYNC110  (another process tells nobody that it ends)
                await asyncio.sleep(LOOK_S)
    except TimeoutError:
        raise NotPrinted(BUSY) from None


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _has_chinese_font() -> bool:
    """Where nothing can be asked, as if there were one."""
    program = shutil.which("fc-list")
    if program is None:
        return True
    process = await asyncio.create_subprocess_exec(
        program, ":lang=zh-cn", "family", stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    return bool(out.strip())

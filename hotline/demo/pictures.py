"""Pictures of the dashboard's pages, made by a Chromium of this machine.

Chromium takes no cookie from its command line, so it looks through a door of our own on loopback
that signs in for it: each request is passed on with the session's cookie.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from hotline.demo.line import HOST

__all__ = ["Camera", "find_chromium", "opened_camera"]

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
COOKIE = "hotline_session"
WIDTH = 1280
LOADING_MS = 4000  # parts of a page come after it
PICTURE_LIMIT_S = 60.0
PIECE = 65_536
NO_NEWS = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"


def find_chromium() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Camera:
    """Writes numbered PNGs into a folder, in the order of the story."""

    def __init__(self, program: str, folder: Path, door: str, profile: Path) -> None:
        """`door`: the address that signs in."""
        self._program, self._folder = program, folder
        self._door, self._profile = door, profile
        self._taken = 0

    async def take(self, name: str, path: str, *, height: int = 1400) -> Path:
        """The page at `path` as a picture `NN-name.png` of `height` pixels.

        Raises:
            RuntimeError: Chromium made none; the message has its last words.
        """
        self._taken += 1
        target = self._folder / f"{self._taken:02}-{name}.png"
        process = await asyncio.create_subprocess_exec(
            self._program,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            f"--virtual-time-budget={LOADING_MS}",
            f"--user-data-dir={self._profile}",
            f"--window-size={WIDTH},{height}",
            f"--screenshot={target}",
            f"{self._door}{path}",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(PICTURE_LIMIT_S):
                _, errors = await process.communicate()
        except TimeoutError:
            errors = b"it took too long"
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if not target.exists():
            last = (errors.decode(errors="replace").strip().splitlines() or ["nothing"])[-1]
            raise RuntimeError(f"no picture of {path}: {last}")
        return target


@asynccontextmanager
async def opened_camera(
    program: str, folder: Path, url: str, *, token: str, language: str
) -> AsyncIterator[Camera]:
    """`url`: the dashboard's address; `token`: of a session there."""
    netloc = urlsplit(url).netloc
    ours = {"Host": netloc, "Cookie": f"{COOKIE}={token}", "Accept-Language": language}
    door = await asyncio.start_server(
        lambda reader, writer: _pass_on(reader, writer, netloc, ours), HOST, 0
    )
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="hotline-camera-") as profile:
        try:
            port = door.sockets[0].getsockname()[1]
            yield Camera(program, folder, f"http://{HOST}:{port}", Path(profile))
        finally:
            door.close()


async def _pass_on(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    netloc: str,
    ours: Mapping[str, str],
) -> None:
    """One request with headers of `ours`, and its answer to the end."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        if "text/event-stream" in head.decode("latin-1"):
            writer.write(NO_NEWS)  # a picture waits for what loads, and a stream has no end
            return
        left_out = {"connection", *(name.lower() for name in ours)}
        kept = [line for line in lines if line and line.partition(":")[0].lower() not in left_out]
        kept += [*(f"{name}: {value}" for name, value in ours.items()), "Connection: close"]
        host, _, port = netloc.rpartition(":")
        answer, request = await asyncio.open_connection(host, int(port))
        try:
            request.write("\r\n".join([first, *kept, "", ""]).encode("latin-1"))
            await request.drain()
            while piece := await answer.read(PIECE):
                writer.write(piece)
                await writer.drain()
        finally:
            request.close()
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        pass  # Chromium has gone, or asks for what is no request
    finally:
        writer.close()

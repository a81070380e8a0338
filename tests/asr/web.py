"""A web server on loopback that serves files with Range and can break off."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class Site:
    """Files by path, and how the server treats those who ask for them."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.break_after: list[int] = []  # bytes sent by each of the next answers
        self.refuse: list[int] = []  # status codes of the next answers
        self.ranges: list[str | None] = []  # what was asked for
        self.url = ""

    def etag(self, path: str) -> str:
        return f'"{hashlib.sha256(self.files[path]).hexdigest()[:16]}"'


@contextmanager
def serving(site: Site) -> Iterator[Site]:
    """Serve until the block ends; `site.url` ends with a slash."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.lstrip("/")
            if path.endswith(".zip"):
                site.ranges.append(self.headers.get("Range"))
                if site.refuse:
                    self.send_error(site.refuse.pop(0))
                    return
            if path not in site.files:
                self.send_error(404)
                return
            self._answer(path, site.files[path])

        def _answer(self, path: str, body: bytes) -> None:
            start = 0
            wanted = self.headers.get("Range")
            if wanted and self.headers.get("If-Range") == site.etag(path):
                start = int(wanted.removeprefix("bytes=").removesuffix("-"))
                if start >= len(body):
                    self.send_error(416)
                    return
            self.send_response(206 if start else 200)
            self.send_header("ETag", site.etag(path))
            self.send_header("Content-Length", str(len(body) - start))
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
            self.end_headers()
            rest = body[start:]
            if path.endswith(".zip") and site.break_after:
                rest = rest[: site.break_after.pop(0)]
            self.wfile.write(rest)

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_address[1]}/"
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

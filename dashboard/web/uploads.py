"""Forms with files, read piece by piece: nothing of a file is held in memory or written down in
the clear on its way to whoever takes it.

The form's other fields must stand before its files, as the page has them: what they say decides
whether a file is taken at all.
"""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass

from fastapi import Request
from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from dashboard.web.errors import BadInput
from dashboard.web.texts import N_

__all__ = ["SentFile", "SentForm"]

FIELD_BYTES = 64 * 1024  # of one field that is no file
MOST_PARTS = 100
LONGEST_BOUNDARY = 70  # RFC 2046 5.1.1
NO_FORM = N_("This form could not be read. Reload the page and send it again.")


@dataclass
class SentFile:
    """A file of the form. `content` is read once, before the next file is asked for."""

    field: str
    name: str = dataclasses.field(repr=False)
    content: AsyncIterator[bytes] = dataclasses.field(repr=False)


@dataclass
class _Part:
    """Begins a part (`name`, and `file_name` of a file), or is a piece of it."""

    name: str = ""
    file_name: str | None = None
    piece: bytes | None = None


class SentForm:
    """`files` gives the files in their order; `fields` has what was sent before the file that is
    read now, and all of it in the end."""

    def __init__(self, request: Request) -> None:
        """Raises:
        BadInput: it is no form with files.
        """
        kind, options = parse_options_header(request.headers.get("content-type", ""))
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary or len(boundary) > LONGEST_BOUNDARY:
            raise BadInput(NO_FORM)
        self.fields: dict[str, str] = {}
        self._stream = request.stream()
        self._events: deque[_Part] = deque()
        self._headers: dict[str, bytes] = {}
        self._header_name = b""
        self._header_value = b""
        self._parts = 0
        self._ended = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._headers.clear,
                "on_header_field": self._on_header_field,
                "on_header_value": self._on_header_value,
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._on_headers_finished,
                "on_part_data": self._on_part_data,
                "on_end": self._on_end,
            },
        )

    async def files(self) -> AsyncIterator[SentFile]:
        """Raises:
        BadInput: it is broken, or a field is too long.
        """
        while (begun := await self._next()) is not None:
            if begun.piece is not None:
                continue  # of a file that nobody has read to its end
            if begun.file_name is None:
                self.fields[begun.name] = await self._text()
            elif begun.file_name:  # a browser sends a part without a name for no file
                yield SentFile(begun.name, begun.file_name, self._content())

    async def _text(self) -> str:
        value = b""
        async for piece in self._content():
            value += piece
            if len(value) > FIELD_BYTES:
                raise BadInput(N_("A text is too long. Shorten it and save again."))
        return value.decode("utf-8", "replace")

    async def _content(self) -> AsyncIterator[bytes]:
        while (event := await self._next()) is not None:
            if event.piece is None:
                self._events.appendleft(event)
                return
            yield event.piece

    async def _next(self) -> _Part | None:
        while not self._events:
            try:
                received = await anext(self._stream)
            except StopAsyncIteration:
                if not self._ended:  # what was read of a file is not the whole file
                    raise BadInput(NO_FORM) from None
                return None
            try:
                self._parser.write(received)
            except FormParserError:
                raise BadInput(NO_FORM) from None
        return self._events.popleft()

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _on_header_end(self) -> None:
        self._headers[self._header_name.lower().decode("latin-1")] = self._header_value
        self._header_name = self._header_value = b""

    def _on_headers_finished(self) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise BadInput(NO_FORM)
        _, options = parse_options_header(self._headers.get("content-disposition", b""))
        file_name = options.get(b"filename")
        self._events.append(
            _Part(
                options.get(b"name", b"").decode("utf-8", "replace"),
                None if file_name is None else file_name.decode("utf-8", "replace"),
            )
        )

    def _on_end(self) -> None:
        self._ended = True

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if end > start:
            self._events.append(_Part(piece=data[start:end]))

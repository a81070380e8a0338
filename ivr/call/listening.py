"""Live recognition of one call."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from asr.engine import LiveModel
from asr.live import Listeners
from ivr.call.session import Session
from ivr.media.call_media import CallMedia

__all__ = ["CallListener"]


class CallListener:
    """Live recognition of one call, renewed when the language changes."""

    def __init__(
        self,
        listeners: Listeners,
        models: Callable[[str], LiveModel | None],
        media: CallMedia,
    ) -> None:
        self._listeners = listeners
        self._models = models
        self._media = media
        self._stop: Callable[[], Awaitable[None]] | None = None
        self._closing: set[asyncio.Task[None]] = set()

    def listen(self, session: Session) -> None:
        """Listen in the session's language; without a model there is nothing to hear."""
        if self._stop is not None:
            closing = asyncio.ensure_future(self._stop())
            self._closing.add(closing)
            self._stop = None
        model = self._models(session.language.id)
        if model is None:
            return
        listener = self._listeners.open(
            model,
            session.language.lexicon,
            self._media.rate_hz,
            on_heard=session.on_heard,
            on_hits=session.on_hits,
            words=session.language.pack.menu.spoken_words,
        )
        session.listening_since_s = self._media.position_s
        untap = self._media.tap(listener.feed)

        async def stop() -> None:
            untap()
            await listener.close()

        self._stop = stop

    async def close(self) -> None:
        if self._stop is not None:
            await self._stop()
        await asyncio.gather(*self._closing)

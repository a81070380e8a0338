"""An answered call gets its session: the conversation, the ear, the draft of its ticket."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from asr.engine import LiveModel
from asr.live import Listeners
from call_logs import Store
from call_logs.roster import Dialling
from ivr.call.conversation import Conversation
from ivr.call.draft import Draft
from ivr.call.language import Language
from ivr.call.listening import CallListener
from ivr.call.session import Reach, Session, Urgency
from ivr.endpoint import Call
from ivr.media.call_media import CallMedia
from ivr.media.recent_speech import RecentSpeech

__all__ = ["CallSettings", "OpenSession", "SessionMaker"]

RECORDED_NOTICE = frozenset({"recorded_notice"})
LANGUAGE_PROMPTS = (("language_zh", "zh-CN"), ("language_en", "en"), ("language_ko", "ko"))


@dataclass(frozen=True)
class CallSettings:
    """What the flow is told by the configuration."""

    language: str
    zone: ZoneInfo
    urgency: Urgency
    announce: bool = True  # tell the caller that the call is recorded
    dialling: Dialling = field(default_factory=Dialling)


@dataclass(frozen=True)
class OpenSession:
    session: Session
    ear: CallListener  # hears nothing until it is told to listen


class SessionMaker:
    """What all sessions of this program have in common. Calls that come in and calls that
    the hotline makes are heard, and may become an emergency, in the same way."""

    def __init__(
        self,
        settings: CallSettings,
        *,
        store: Store,
        languages: Mapping[str, Language],
        models: Callable[[str], LiveModel | None],
        listeners: Listeners,
        reach: Reach,
    ) -> None:
        """`models` gives a language's speech model, None while there is none."""
        self.settings = settings
        self._store = store
        self._languages = languages
        self._models = models
        self._listeners = listeners
        self._reach = reach

    def open(
        self,
        call: Call,
        media: CallMedia,
        stack: AsyncExitStack,
        language_id: str,
        conversation: Conversation | None = None,
    ) -> OpenSession:
        """A session that ends with `stack`; in a `conversation` that there is already."""
        language = self._languages[language_id]
        if conversation is None:
            conversation = Conversation(call, media, language.phrasebook)
            stack.callback(conversation.close)
        ear = CallListener(self._listeners, self._models, media)
        stack.push_async_callback(ear.close)

        def change_language(chosen: str) -> None:
            session.language = self._languages[chosen]
            session.draft.language = chosen
            conversation.phrasebook = session.language.phrasebook
            self._store.calls.language(call.id, chosen)
            ear.listen(session)

        session = Session(
            conversation=conversation,
            store=self._store,
            draft=Draft(self._store, call.id, call.caller, language.id),
            language=language,
            reach=self._reach,
            recent_speech=RecentSpeech(media),
            urgency=self.settings.urgency,
            change_language=change_language,
            languages=frozenset(self._languages),
            unsaid=self._unsaid(),
            dialling=self.settings.dialling,
        )
        conversation.on_key = session.on_key
        return OpenSession(session, ear)

    def _unsaid(self) -> frozenset[str]:
        """Prompts that are not true here."""
        absent = frozenset(
            name for name, language in LANGUAGE_PROMPTS if language not in self._languages
        )
        return absent if self.settings.announce else absent | RECORDED_NOTICE

"""What the parts of the phone side need of the running program."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Iterable, Mapping
from typing import Any, Protocol

from call_logs import Store
from call_logs.roster import Contact, ContactKind, Dialling, RingTarget
from call_logs.tickets import Ticket
from ivr.call.engaged import Engaged
from ivr.call.language import Language
from ivr.call.session import Session
from ivr.endpoint import CallState, Endpoint
from ivr.media.call_media import MediaClock
from ivr.tasks import Tasks

logger = logging.getLogger(__name__)

CALL_BACKS_A_DAY = 20  # to one number, whoever left it; a night of lost lines stays below


class RunningSearch(Protocol):
    """A search for people that goes on, as an order from a page finds it."""

    level: int

    @property
    def dispatch_id(self) -> str: ...
    def also(self, target: RingTarget, ring_s: int) -> bool: ...
    def next_level(self) -> bool: ...
    def end(self) -> None: ...


class Services:
    """The endpoint, the clock, the store and the languages; and the tasks that nobody
    waits for, held so that they end with the program."""

    def __init__(
        self,
        *,
        endpoint: Endpoint,
        clock: MediaClock,
        store: Store,
        languages: Mapping[str, Language],
        default_language: str,
        servers: Mapping[str, str] | None = None,
        dialling: Dialling | None = None,
        call_backs_a_day: int = CALL_BACKS_A_DAY,
    ) -> None:
        """`servers` are the trunks' servers by the trunks' names, in the order of the
        configuration; `dialling` is the rule that the endpoint has too."""
        self.endpoint = endpoint
        self.clock = clock
        self.store = store
        self.languages = languages
        self.default_language = default_language
        self.dialling = dialling or Dialling()
        self.call_backs_a_day = call_backs_a_day
        self._servers = dict(servers or {})
        self.ready = asyncio.Event()  # the endpoint can dial
        self.engaged = Engaged()
        self.sessions: dict[str, Session] = {}  # of callers who are on the line, by call
        self.in_hand: set[str] = set()  # ids of calls whose own search is not over
        self.searches: set[RunningSearch] = set()  # that go on
        self._tasks = Tasks()

    def language_for(self, wanted: Iterable[str]) -> Language:
        """The first of a person's languages that there is a pack for."""
        return next(
            (self.languages[each] for each in wanted if each in self.languages),
            self.languages[self.default_language],
        )

    def uri_of(self, contact: Contact, trunk: str) -> str:
        """A contact as a SIP URI for a peer that is to call it, by the contact's own trunk
        or else by `trunk`.

        Raises:
            ValueError: it may not be dialled, or it is a number and there is no trunk to
                reach it by.
        """
        if not self.dialling.may_dial(contact.target).ok:
            raise ValueError("the contact may not be dialled: see [dial] in the configuration")
        if contact.kind is ContactKind.SIP:
            return contact.target
        server = self._servers.get(contact.trunk or trunk)
        if not server:
            raise ValueError("a number needs a trunk to be reached by")
        return f"sip:{contact.target}@{server}"

    def search_for(self, dispatch_id: str) -> RunningSearch | None:
        """The search that goes on for a dispatch, if there is one in this moment."""
        return next((each for each in self.searches if each.dispatch_id == dispatch_id), None)

    def on_the_line(self, ticket: Ticket) -> Session | None:
        """Who has called about the ticket and is still there; the last of several."""
        return next(
            (
                session
                for session in reversed(tuple(self.sessions.values()))
                if session.conversation.call.state is CallState.ESTABLISHED
                and (
                    session.call_id == ticket.call_id
                    or (session.draft.ticket is not None and session.draft.ticket.id == ticket.id)
                )
            ),
            None,
        )

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Do something beside; a fault in it is logged, never lost."""
        self._tasks.start(work)

    async def close(self) -> None:
        """End what still runs. May be called twice."""
        await self._tasks.close()

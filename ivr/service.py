"""The telephone line: every incoming call becomes one task that sees it to its end.

Order matters more than speed here. The call is answered first; its row, its event
log and its recording exist from that moment; whatever happens later (hang-up, a
fault, a shutdown) the same `finally` seals what there is and queues the transcript.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from urllib.parse import unquote

from asr.engine import LiveModel
from asr.live import Listeners
from asr.spoken import find_place
from call_logs import Store
from call_logs.calls import CallEventKind, NewCall, Request
from call_logs.storage import Loop, StoreError, one_by_one
from ivr.call.answering import take
from ivr.call.conversation import Interruption
from ivr.call.jumps import HungUp
from ivr.call.language import Language
from ivr.call.metrics import ANSWERED, CALLS, watch
from ivr.call.opening import CallSettings, SessionMaker
from ivr.call.session import Reach, Session
from ivr.endpoint import (
    Call,
    CallEvent,
    CallNotActive,
    CloseReason,
    Endpoint,
    EndpointError,
    KeyPressed,
)
from ivr.flow.emergency import PATIENCE_S
from ivr.flow.walk import walk
from ivr.media.call_media import CallMedia, MediaClock
from ivr.media.line_tones import LineTones
from ivr.media.recording import OnFinished, record
from ivr.packs.phrasebook import Prompt
from ivr.packs.places import place_of
from ivr.tasks import Tasks
from ivr.training import Next, Outcome, Trainings, TrainingSettings

logger = logging.getLogger(__name__)

FAREWELL_S = 5.0  # what a shutdown leaves a call for its last writes
REQUEST_POLL_S = 0.5
REQUEST_AGAIN_S = (0.5, 5.0)  # while they cannot be read
#: A caller waits. Longer than the store waits before it gives the roster that it last knew.
ROSTER_WAIT_S = 1.5
PLACE_HEADER = "x-place"
TEST_CALL = "test_call"  # the end of a call that only showed that its line works
TEST_KEY_WAIT_S = 4.0
ANSWER_KEYS_AFTER_S = 0.5  # its own switch to speech takes a moment
PAUSE_KEY, PAUSE_S = ",", 1.0


class CallService:
    """Answers the endpoint's calls."""

    def __init__(
        self,
        settings: CallSettings,
        *,
        endpoint: Endpoint,
        store: Store,
        clock: MediaClock,
        languages: Mapping[str, Language],
        models: Callable[[str], LiveModel | None],
        listeners: Listeners,
        reach: Reach,
        on_finished: OnFinished,
        on_request: Callable[[Request], None] = lambda request: None,
        sessions: dict[str, Session] | None = None,
        training: TrainingSettings | None = None,
    ) -> None:
        """Args: `models` gives a language's speech model, None while there is none;
        `on_request` is given what is asked of the program and not of a call; `sessions` is
        kept up to date with the calls that are answered, by their ids."""
        self._settings = settings
        self._endpoint = endpoint
        self._store = store
        self._clock = clock
        self.sessions = SessionMaker(
            settings,
            store=store,
            languages=languages,
            models=models,
            listeners=listeners,
            reach=reach,
        )
        self._trainings = Trainings(
            training or TrainingSettings(),
            settings,
            endpoint=endpoint,
            store=store,
            clock=clock,
            languages=languages,
            models=models,
            listeners=listeners,
        )
        self._on_finished = on_finished
        self._on_request = on_request
        self._tasks = Tasks()
        self._sessions = {} if sessions is None else sessions
        self._requests = Loop(
            "requests",
            self._carry_out_requests,
            checks=store.checks,
            every_s=REQUEST_POLL_S,
            again_s=REQUEST_AGAIN_S,
        )

    def start(self) -> None:
        """Take calls from now on."""
        watch(self._endpoint, self._clock)
        self._endpoint.on_incoming(self._incoming)
        self._requests.start()

    async def close(self) -> None:
        """Wait for the calls' last writes; the endpoint has hung up before."""
        await self._requests.close()
        await self._tasks.close(FAREWELL_S)
        await self._trainings.close()

    def _incoming(self, call: Call) -> None:
        self._tasks.start(self._handle(call), name=f"call-{call.id}")

    async def _handle(self, call: Call) -> None:
        """One call from INVITE to its last write."""
        became = await self._trained(call)
        if became.next is Next.OVER:
            return
        self._trainings.make_room()
        CALLS.labels(trunk=call.trunk).inc()
        self._store.calls.begin(
            NewCall(
                id=call.id,
                caller=call.caller,
                callee=call.callee,
                trunk=call.trunk,
                language=self._settings.language,
                sip_call_id=call.sip_call_id,
                withheld=call.withheld,
            )
        )
        reason = "failed"
        try:
            if await self._answered(call):
                reason = await self._serve(call, became)
            else:
                reason = call.close_reason or CloseReason.FAILED
                self._store.calls.missed(call.id)
        except Exception:
            logger.exception("a call failed", extra={"call": call.id})
        finally:
            # The end is written first: a stack that cannot hang up must not leave a call
            # that goes on for ever in the log and on the live page.
            self._store.calls.end(call.id, reason)
            try:
                await call.hangup()
            except EndpointError:
                logger.exception("a call could not be hung up", extra={"call": call.id})

    async def _trained(self, call: Call) -> Outcome:
        """What a call is once it is no training call, or no more: most never were. Of one that
        is over nothing was written."""
        if not self._trainings.is_called(call):
            return Outcome(Next.ORDINARY)
        try:
            outcome = await self._trainings.hold(call)
        except Exception:
            logger.exception("a training call failed; it goes on as any other")
            return Outcome(Next.ORDINARY)
        if outcome.next is Next.OVER:
            try:
                await call.hangup()
            except EndpointError:
                logger.exception("a training call could not be hung up")
        return outcome

    async def _answered(self, call: Call) -> bool:
        """200 OK, then the caller's ACK; False when they were gone before. Who hung up in the
        same breath has their log and an (empty) recording, and ends as any other."""
        established = await take(call, ANSWERED.time())
        if established:
            self._store.calls.answered(call.id)
        return established

    async def _serve(self, call: Call, became: Outcome) -> str:
        """Everything between answer and end; returns the reason of the end. `became`: what a
        training call has led to."""
        async with AsyncExitStack() as stack:
            media = self._clock.attach(call)
            stack.callback(media.close)
            await record(self._store, media, stack, self._on_finished)
            opened = self.sessions.open(call, media, stack, self._settings.language)
            session, ear = opened.session, opened.ear
            await self._place_line(session)
            _take_headers(session)
            if became.next is Next.EMERGENCY:
                _means_it(session, became.words)
            if await self._is_test_call(session):
                return TEST_CALL
            finding = asyncio.create_task(self._find_address(session))
            stack.callback(finding.cancel)
            ear.listen(session)
            stack.callback(media.tap(self._watch_for_tones(session, media)))
            self._sessions[call.id] = session
            stack.callback(self._sessions.pop, call.id, None)
            try:
                await walk(session, self._settings.zone)
            except HungUp:
                if session.dead_line:
                    return session.dead_line
                reason = call.close_reason or CloseReason.REMOTE
                if reason is not CloseReason.TRANSFERRED:  # they talk on, without us
                    session.note(CallEventKind.HANGUP, by="caller", reason=reason)
                return reason
            finally:
                await session.draft.save()
                known = session.served or session.draft.written or session.dead_line
                if not (known or _was_transferred(call)):
                    self._store.calls.missed(call.id)
            if call.close_reason is CloseReason.TRANSFERRED:
                return CloseReason.TRANSFERRED  # by key 0: nothing more was to be said to them
            session.note(CallEventKind.HANGUP, by="hotline", reason=CloseReason.LOCAL)
            return CloseReason.LOCAL

    def _watch_for_tones(self, session: Session, media: CallMedia) -> Callable[[bytes], None]:
        """End a call in which an exchange or a fax plays where a caller should be. In an
        emergency the line stays: whoever comes hears for themselves."""
        tones = LineTones(media.rate_hz)

        def hear(pcm: bytes) -> None:
            if session.dead_line or not session.conversation.armed:
                return
            found = tones.hear(pcm)
            if found is not None:
                session.dead_line = found
                session.note(CallEventKind.HANGUP, by="hotline", reason=found)
                self._tasks.start(session.conversation.call.hangup())

        return hear

    async def _is_test_call(self, session: Session) -> bool:
        """Whether a line calls only to show that it can: known by the key that its telephone
        presses. Only lines that have such a key are waited for, before anybody is rung."""
        line, call = session.line, session.conversation.call
        if line is None or not line.test_key:
            return False
        pressed = asyncio.Event()

        def on_event(event: CallEvent) -> None:
            if isinstance(event, KeyPressed) and event.key == line.test_key:
                pressed.set()

        unsubscribe = call.subscribe(on_event)
        try:
            async with asyncio.timeout(TEST_KEY_WAIT_S):
                await pressed.wait()
        except TimeoutError:
            return False
        finally:
            unsubscribe()
        session.note(CallEventKind.HANGUP, by="hotline", reason=TEST_CALL)
        try:
            await self._store.line_tests.came(line.id)
        except StoreError:
            logger.warning("a line's test call could not be noted")
        return True

    async def _place_line(self, session: Session) -> None:
        """A line that the roster knows brings its place, and its own way in."""
        try:
            async with asyncio.timeout(ROSTER_WAIT_S):
                roster = await self._store.roster.current()
        except (StoreError, TimeoutError):
            logger.warning("the roster cannot be read; the call's line is not looked up")
            return
        call = session.conversation.call
        session.line = line = roster.line_for(call.trunk, call.caller or call.withheld)
        if line is None:
            return
        session.note(CallEventKind.PLACE, line=line.id)
        if line.answer_keys:
            self._tasks.start(_send_keys(call, line.answer_keys))
        session.draft.learn_place(place_of(line.address, session.language.id))
        if line.category:
            call.spare(PATIENCE_S)
            session.first_words = session.prompts(("greeting", "recorded_notice"))

    async def _find_address(self, session: Session) -> None:
        """A known owner's number brings their address, while they hear the greeting. Anybody can
        call under it: unless the trunk vouches for it, the address is for our people alone."""
        caller = session.conversation.call.caller or session.conversation.call.withheld
        owner = await self._store.directory.lookup(caller) if caller else None
        if owner is not None:
            session.note(CallEventKind.PLACE, source="directory")
            place = place_of(owner.address, session.language.id)
            if session.trusts_caller:
                session.draft.learn_place(place)
                session.draft.name = owner.name
            else:
                session.draft.assume_place(place)

    # -- what the dashboard asks for -------------------------------------------------

    async def _carry_out_requests(self) -> None:
        """What the dashboard asked of calls that this process holds, and of the program."""
        await one_by_one("requests", await self._store.requests.take(), self._carry_out)

    async def _carry_out(self, request: Request) -> None:
        if request.call_id:
            self._act_on_call(request.action, request.call_id)
        else:
            self._on_request(request)

    def _act_on_call(self, action: str, call_id: str) -> None:
        session, call = self._sessions.get(call_id), self._endpoint.calls.get(call_id)
        if call is None:
            return
        self._store.calls.event(call_id, CallEventKind.REQUEST, {"action": action})
        if action != "hangup":
            return
        if session is not None and session.conversation.armed:
            session.conversation.interrupt(Interruption(request=action))
            return
        # In an emergency nothing interrupts the flow: the line itself ends, and a search goes
        # on as the follow-up. A call back has no flow.
        self._tasks.start(call.hangup())


async def _send_keys(call: Call, keys: str) -> None:
    """Tell a telephone that wants it so that somebody has answered."""
    try:
        await asyncio.sleep(ANSWER_KEYS_AFTER_S)
        for key in keys:
            if key == PAUSE_KEY:
                await asyncio.sleep(PAUSE_S)
            else:
                await call.send_keys(key)
    except CallNotActive:
        logger.debug("a line hung up before it had its keys", extra={"call": call.id})
    except EndpointError:
        logger.exception(
            "an alarm line takes no keys and may hang up: let its gateway offer RFC 4733",
            extra={"call": call.id},
        )


def _means_it(session: Session, words: str) -> None:
    """Who practised needs help: people are rung before anything is asked. Of what was practised
    nothing is taken for true but the sentence that says so."""
    session.at_once = True
    session.conversation.call.spare(PATIENCE_S)
    session.first_words = (Prompt("training_real"),)
    if words:
        session.draft.say(words)
        session.learn(words)


def _take_headers(session: Session) -> None:
    """What a trunk that we trust says of the call: kept, and the place taken."""
    call = session.conversation.call
    told = dict(call.headers)
    if call.diverted_from:
        told["Diversion"] = call.diverted_from
    if not told:
        return
    session.note(CallEventKind.RINGING, headers=told)
    place = next((text for name, text in told.items() if name.lower() == PLACE_HEADER), "")
    session.draft.learn_place(find_place(unquote(place), session.language.id)[0])


def _was_transferred(call: Call) -> bool:
    """Whether they talk on with a person, without us."""
    return call.close_reason is CloseReason.TRANSFERRED

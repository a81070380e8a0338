"""The way of a call through its language pack's menu.

`Flow` interprets `menu.toml`: it stands at a node, does what the node's kind says,
and goes where the outcome leads. Three things may take it elsewhere from any
point: key 0 or "a person", key * or "back", and an urgent phrase.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from zoneinfo import ZoneInfo

from asr.lexicon import OTHER, Hit
from call_logs.calls import CallEventKind
from call_logs.owners import KnownFault
from call_logs.tickets import TicketClass, TicketKind
from ivr.call.answers import YesNo, the_choice
from ivr.call.asking import ask, decide, nothing
from ivr.call.conversation import Conversation, Interrupted, Pressed, Said, Silence, Spoken
from ivr.call.jumps import Back, HungUp, Jump
from ivr.call.keys import Common, common
from ivr.call.session import Session
from ivr.call.visit import Visit
from ivr.flow import emergency
from ivr.flow.enquiry import enquire
from ivr.flow.intake import Intake, say_number
from ivr.flow.known_fault import faults_now, tell_faults
from ivr.flow.message import take_message
from ivr.packs.menu import Choice, Menu, Node, NodeKind
from ivr.packs.phrasebook import Number, Prompt

logger = logging.getLogger(__name__)

Opening = Callable[[], Awaitable[str]]
"""What is said and asked first in a call that the hotline makes: gives the node that follows,
"" for the end. It may be begun again, and then goes on where it was."""

GREETING = ("greeting", "recorded_notice")
OPENING = "opening"  # where such a call is, as the live page shows it
MOST_OPENINGS = 5
MOST_VISITS = 100  # a telephone left off the hook must not hold a line for ever


class Flow:
    """One call's walk through the menu."""

    def __init__(self, session: Session, zone: ZoneInfo) -> None:
        self._session = session
        self._zone = zone
        self._way: list[str] = []  # menus the caller came through, for "back"
        self._visited: set[str] = set()
        self._faults: tuple[KnownFault, ...] = ()  # that are announced
        self._promised = False  # nobody was free for them: they are told when they are called back

    async def run(self, opening: Opening | None = None) -> None:
        """Walk until good-bye; with an `opening` only where that does not end the call.

        Raises:
            HungUp: the caller ended the call first.
        """
        node_id = await self._begin() if opening is None else await self._open(opening)
        for _ in range(MOST_VISITS):
            if not node_id:
                return
            node_id = await self._visit(node_id)
        logger.warning("a call went round the menu too often and was ended")

    async def _begin(self) -> str:
        """Where the call begins; known faults that concern the caller are told before the
        menu, behind the greeting. Nobody in an alarm waits for that."""
        first = self._first()
        if first != self._menu.start:
            return first
        self._faults = await faults_now(self._session)
        return await self._through(self._menu.nodes[first], self._announced)

    async def _announced(self) -> str:
        node = self._menu.nodes[self._menu.start]
        if not self._faults or node.kind is not NodeKind.MENU:
            return node.id
        await self._session.conversation.say(*self._session.prompts(GREETING))
        self._visited.add(node.id)  # its greeting was heard
        if await tell_faults(self._session, self._faults, self._zone):
            await say_number(self._session)
            return self._node_of(NodeKind.GOODBYE).id
        return node.id

    def _first(self) -> str:
        """Where the call begins: an alarm line's own node, else the menu's start."""
        line = self._session.line
        if self._session.at_once or (line is not None and line.category):
            return self._node_of(NodeKind.EMERGENCY).id
        if line is not None and line.menu in self._menu.nodes:
            return line.menu
        return self._menu.start

    @property
    def _menu(self) -> Menu:
        return self._session.language.pack.menu

    async def _visit(self, node_id: str) -> str:
        """Do a node's work; returns the id of the next node, empty at the end."""
        # A company's own node may be missing in the language that the caller has changed to.
        node = self._menu.nodes.get(node_id) or self._menu.nodes[self._menu.start]
        self._session.at_menu(node.id)
        try:
            return await self._through(node, lambda: self._work(node))
        finally:
            self._visited.add(node.id)

    async def _open(self, opening: Opening) -> str:
        """What a call that we have made is about. Whatever takes its callee out of it, a call
        for help or a person, gets the way it has in every call; what was no emergency comes
        back to it."""
        node = replace(self._node_of(NodeKind.GOODBYE), id=OPENING)

        async def to_the_end() -> str:
            return await opening() or await self._last_keys()

        for _ in range(MOST_OPENINGS):
            node_id = await self._through(node, to_the_end)
            if node_id != OPENING:
                return node_id
        return self._node_of(NodeKind.GOODBYE).id

    async def _through(self, node: Node, work: Callable[[], Awaitable[str]]) -> str:
        """Do the work of a node; where it leads, or what has come between leads."""
        try:
            try:
                return await work()
            except Interrupted as interrupted:
                interruption = interrupted.interruption
            while True:  # it may be interrupted itself
                try:
                    if interruption.visit is not None:
                        return await self._received(node, interruption.visit)
                    return await self._interrupted(node, interruption.hits)
                except Interrupted as interrupted:
                    interruption = interrupted.interruption
        except Back:
            return self._way.pop() if self._way else self._menu.start
        except Jump as jump:
            return self._node_of(jump.to).id

    async def _work(self, node: Node) -> str:  # noqa: PLR0911 - one return a kind reads best
        match node.kind:
            case NodeKind.MENU | NodeKind.LANGUAGE:
                return await self._choose(node)
            case NodeKind.INTAKE:
                return await self._intake(node)
            case NodeKind.ENQUIRY:
                told = await enquire(self._session, node, self._zone)
                self._session.served |= told
                return node.then if told else node.silent
            case NodeKind.PERSON:
                await self._session.conversation.say(*self._session.prompts(node.say))
                with self._session.conversation.not_at_home():
                    reached = await self._session.reach.person(self._session)
                if reached:
                    return ""
                await self._session.conversation.say(Prompt("person_busy"))
                self._promised = True
                return node.then
            case NodeKind.EMERGENCY:
                return await self._emergency(node, ())
            case NodeKind.VOICEMAIL:
                return await self._voicemail(node)
            case NodeKind.GOODBYE:
                await self._session.conversation.say(*self._session.prompts(node.say))
                return await self._last_keys()

    async def _last_keys(self) -> str:
        """Where a key leads that was pressed after the last question, up to the last word: to
        a person, or to help. Whether help is meant is asked: some press each key twice."""
        keys, conversation = self._menu.keys, self._session.conversation
        pressed = conversation.discard_keys()
        if common(keys, pressed) is Common.PERSON:
            conversation.pass_over(keys.end, keys.person)
            return self._node_of(NodeKind.PERSON).id
        if pressed and not pressed.strip(keys.emergency):
            conversation.pass_over(keys.end)
            meant = await decide(self._session, Prompt("confirm_other"), instead=nothing)
            return self._node_of(NodeKind.EMERGENCY).id if meant is YesNo.YES else ""
        return ""

    # -- menus ---------------------------------------------------------------------

    async def _choose(self, node: Node) -> str:
        conversation = self._session.conversation
        node = self._offered(node)
        said = node.say if node.id not in self._visited else node.again or node.say
        for _ in range(self._session.timing.tries):
            answer = await ask(
                self._session,
                *self._session.prompts(said),
                understand=the_choice(node),
                own=[choice.key for choice in node.choices],
            )
            said = node.again or node.say
            match answer:
                case Pressed(""):  # the end key, of nothing
                    continue
                case Pressed(key):
                    if next_id := self._for_key(node, key):
                        return next_id
                    await conversation.end_of_burst()
                    await conversation.say(Prompt("wrong_key"))
                    continue
                case Spoken(choice):
                    return self._take(node, choice)
                case Said(heard):
                    self._session.keep_statement(heard)
                    next_id, wrong = self._trouble(heard.text), "not_understood"
                case Silence():
                    next_id, wrong = self._trouble(), "not_heard"
            if next_id:
                self._way.append(node.id)
                return next_id
            await conversation.say(Prompt(wrong))
        return node.silent

    def _offered(self, node: Node) -> Node:
        """A node without the languages that this company does not offer."""
        offered = self._session.languages
        choices = tuple(c for c in node.choices if not c.language or c.language in offered)
        return replace(node, choices=choices)

    def _for_key(self, node: Node, key: str) -> str:
        """Where a key leads: the node's own choices first, then those of every menu."""
        keys = self._menu.keys
        if (choice := node.choice_for_key(key)) is not None:
            return self._take(node, choice)
        menus = {keys.emergency: NodeKind.EMERGENCY, keys.language: NodeKind.LANGUAGE}
        return self._node_of(menus[key]).id if key in menus else ""

    def _take(self, node: Node, choice: Choice) -> str:
        self._way.append(node.id)
        if choice.language:
            self._session.change_language(choice.language)
            self._visited.clear()
            return self._menu.start
        return choice.to

    def _trouble(self, text: str = "") -> str:
        """To the intake of what a sentence is about, or, before there is a ticket, of what
        was told before it; empty when neither names anything."""
        session = self._session
        category = session.language.lexicon.classify(text).category if text else OTHER
        if category == OTHER and not session.draft.opened:
            category = session.draft.category or OTHER
        if category == OTHER:
            return ""
        kind = self._session.language.category(category).kind
        return next(
            node.id
            for node in self._menu.nodes.values()
            if node.kind is NodeKind.INTAKE and node.ticket_kind in (kind, TicketKind.OTHER)
        )

    def _node_of(self, kind: NodeKind) -> Node:
        node = self._menu.first_of(kind)
        if node is None:  # `hotline check` reports it; at night there is still a way
            node = self._menu.nodes[self._menu.start]
        return node

    # -- work ------------------------------------------------------------------------

    async def _intake(self, node: Node) -> str:
        session = self._session
        # The database is not what a caller who has pressed a key should wait for: they hear
        # the answer while their ticket is opened, and hanging up does not stop the opening.
        opening = asyncio.create_task(
            session.open_ticket(TicketKind(node.ticket_kind), node.ticket_class),
            name="open-ticket",
        )
        try:
            if node.say:
                await session.conversation.say(*self._session.prompts(node.say))
        finally:
            await opening
        if await Intake(session, self._known_fault).ask(node.ask):
            return node.then
        await say_number(session)
        return node.then

    async def _known_fault(self) -> bool:
        """The caller has told the place: whether that is of a fault that is known, and the
        caller adds themselves to it."""
        category = self._session.draft.category
        if not (self._faults and category):
            return False
        if not await tell_faults(self._session, self._faults, self._zone, category=category):
            return False
        await say_number(self._session)
        return True

    async def _voicemail(self, node: Node) -> str:
        session = self._session
        try:
            message = await take_message(session, instruction=node.say[0])
        except (Jump, Back):
            if session.draft.left_message:
                await self._keep_message(node)
            raise
        if message is None:
            return node.silent
        await self._keep_message(node)
        await session.conversation.say(Prompt("message_saved"))
        await self._promise()
        await say_number(session)
        return node.then

    async def _keep_message(self, node: Node) -> None:
        # Who asked for a person has a deadline of half an hour, and hears it.
        ticket_class = TicketClass.IMPORTANT if self._promised else node.ticket_class
        await self._session.open_ticket(TicketKind(node.ticket_kind), ticket_class)
        await self._session.draft.save()

    async def _promise(self) -> None:
        """Say by when they are called back: the ticket's own deadline, so that it is true."""
        ticket = self._session.draft.ticket
        if self._promised and ticket is not None:
            minutes = round((ticket.acknowledge_due_at - ticket.opened_at).total_seconds() / 60)
            promise = Prompt("voicemail_promise", minutes=Number(minutes))
            await self._session.conversation.say(promise)

    async def _received(self, node: Node, visit: Visit[Conversation]) -> str:
        """Whoever has come speaks with the caller; then the call goes to its end, or on."""
        conversation = self._session.conversation
        conversation.armed = False
        try:
            with conversation.not_at_home():
                helped = await visit.run(conversation)
        finally:
            conversation.rearm()  # what they told who came starts nothing again
        if helped:
            await say_number(self._session)
            return self._node_of(NodeKind.GOODBYE).id
        # An emergency is not begun again: whoever is searched for it is searched for on.
        return node.then if node.kind is NodeKind.EMERGENCY else node.id

    async def _interrupted(self, node: Node, hits: tuple[Hit, ...]) -> str:
        """An urgent phrase: act when sure, else ask once and go on if it was none."""
        session = self._session
        if not hits:  # a request of the dashboard
            return ""
        weightiest = max(hits, key=lambda hit: hit.level)
        if weightiest.level < session.urgency.sure and not await self._confirmed(weightiest):
            return node.id
        return await self._emergency(self._node_of(NodeKind.EMERGENCY), hits)

    async def _confirmed(self, hit: Hit) -> bool:
        self._session.conversation.armed = False
        try:
            return await emergency.is_meant(self._session, hit)
        finally:
            self._session.conversation.armed = True

    async def _emergency(self, node: Node, hits: tuple[Hit, ...]) -> str:
        self._session.at_menu(node.id)
        line, self._session.line = self._session.line, None  # its alarm counts once
        category = line.category if line is not None and not hits else ""
        await emergency.call_for_help(self._session, node, hits, category=category)
        await say_number(self._session)
        return node.then


async def walk(session: Session, zone: ZoneInfo, opening: Opening | None = None) -> None:
    """Run the flow; whatever breaks, the caller can still leave a message. `opening`: what a
    call is about that we have made.

    Raises:
        HungUp: the caller ended the call first.
    """
    try:
        await Flow(session, zone).run(opening)
    except HungUp:
        raise
    except Exception:
        logger.exception("the flow of a call failed", extra={"call": session.call_id})
        session.note(CallEventKind.ERROR, where="flow")
        await take_message(session, instruction="system_trouble")
        await session.open_ticket(TicketKind.OTHER, "general")
        await session.draft.save()
        await session.conversation.say(Prompt("goodbye"))

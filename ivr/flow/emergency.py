"""An emergency: the ticket first, help at once, and no dead end when nobody answers."""

from __future__ import annotations

from asr.lexicon import Hit
from asr.live import Heard
from call_logs.calls import CallEventKind
from call_logs.tickets import TicketClass, TicketKind
from ivr.call.answers import YesNo, yes_or_no
from ivr.call.conversation import Pressed, Said, Silence, Spoken
from ivr.call.jumps import HungUp
from ivr.call.session import Help, Session
from ivr.flow.intake import Intake
from ivr.flow.message import take_message
from ivr.packs.menu import Ask, Node
from ivr.packs.phrasebook import Prompt

PATIENCE_S = 60.0  # so long a caller in need may be without a sign of life
WHAT_WAIT_S = 4.0  # after the open question; help is called with or without an answer


async def is_meant(session: Session, hit: Hit) -> bool:
    """Ask the one question about a phrase that is not sure.

    A wrong alarm costs a telephone call and a missed one a life: in categories of
    `Urgency.silence_is_yes` only a clear no means no, and a hang-up is no no. In the others
    help waits for a yes; but what was not answered is nowhere taken for a no.

    Raises:
        HungUp: the caller is gone; where silence is a yes, help is on its way.
    """
    session.conversation.call.spare(PATIENCE_S)
    silence_is_yes = hit.category in session.urgency.silence_is_yes
    unanswered = True if silence_is_yes else None
    try:
        meant = await _ask_whether(session, hit, unanswered)
    except HungUp:
        session.note(CallEventKind.ASKED, category=hit.category, meant=unanswered)
        if silence_is_yes:
            await _abandoned(session, (hit,))
        raise
    session.note(CallEventKind.ASKED, category=hit.category, meant=meant)
    if meant is False:
        session.draft.deny(hit.category)
        await session.draft.save()
    return bool(meant)


async def _ask_whether(  # noqa: PLR0911 - a return an answer reads best
    session: Session, hit: Hit, unanswered: bool | None
) -> bool | None:
    """What the caller says to it; `unanswered` without a clear answer."""
    conversation, keys = session.conversation, session.language.pack.menu.keys
    question = session.language.question(hit.category)
    session.note(CallEventKind.ASKED, prompt=question.name)
    asked_s = conversation.media.elapsed_s
    for _ in range(session.timing.tries):
        answer = await conversation.ask(
            question,
            understand=yes_or_no(session),
            end=keys.end,
            wait_s=session.timing.choice_s,
        )
        match answer:
            case Pressed(keys.yes | keys.person) | Spoken(meaning=YesNo.YES):
                conversation.pass_over(keys.end, keys.person)
                return True  # who wants a person now gets one
            case Pressed(keys.no) | Spoken(meaning=YesNo.NO):
                return False
            case Silence():
                return unanswered
            case Said(heard):
                # The end of the very sentence that raised the doubt is no answer, but it may
                # settle it; a new sentence that raises it again does.
                is_answer = _began_s(session, heard) >= asked_s
                urgency = session.urgency
                enough = urgency.confirm if is_answer else urgency.sure
                if any(found.level >= enough for found in _urgent(session, heard.text)):
                    return True
                session.keep_statement(heard)
                if is_answer and unanswered:
                    return unanswered
            case _:
                if unanswered:  # some key, but not the one for no
                    return unanswered
                await conversation.end_of_burst(keys.end)
    return unanswered


def _urgent(session: Session, text: str) -> tuple[Hit, ...]:
    hits = session.language.lexicon.hits(text)
    return tuple(hit for hit in hits if hit.category in session.urgency.categories)


def _began_s(session: Session, heard: Heard) -> float:
    """When a sentence began, in seconds of the call."""
    return session.listening_since_s + heard.start_s


async def call_for_help(
    session: Session, node: Node, hits: tuple[Hit, ...], *, category: str = ""
) -> None:
    """Open the ticket, reach a person, and take details when nobody could be reached.

    `hits` started it; without any it was a key, or with a `category` an alarm line.
    """
    session.conversation.armed = False  # further words inform; they do not start again
    session.conversation.call.spare(PATIENCE_S)
    try:
        _learn(session, hits, category)
        known = await session.join_case()
        await session.open_ticket(TicketKind.EMERGENCY, TicketClass.URGENT)
        at_once, session.at_once = session.at_once, False  # it counts once
        if not hits and not category and not known and not at_once:
            try:
                await _ask_what(session, node)
            except HungUp:
                await _abandoned(session, ())
                raise
        with session.conversation.not_at_home():
            got = await session.reach.urgent(session, hits)
        if got is not Help.TALKED:
            await _take_details(session, got)
    finally:
        session.conversation.rearm()  # what they told the engineer starts nothing again


async def _abandoned(session: Session, hits: tuple[Hit, ...]) -> None:
    """The caller is gone; somebody is called all the same."""
    _learn(session, hits, "")
    await session.join_case()
    await session.open_ticket(TicketKind.EMERGENCY, TicketClass.URGENT)
    await session.reach.abandoned(session, hits)


def _learn(session: Session, hits: tuple[Hit, ...], category: str) -> None:
    for hit in hits:
        session.draft.learn_hit(hit, TicketClass.URGENT)
    if category:
        session.draft.category = category


async def _ask_what(session: Session, node: Node) -> None:
    """Key 1: one open question; whatever comes, or nothing, help is called."""
    conversation, keys = session.conversation, session.language.pack.menu.keys
    answer = await conversation.ask(*session.prompts(node.say), end=keys.end, wait_s=WHAT_WAIT_S)
    if isinstance(answer, Pressed):
        conversation.pass_over(keys.end, keys.person)  # a person is what they will have
    if isinstance(answer, Said):
        session.keep_statement(answer.heard)
        await session.draft.save()


async def _take_details(session: Session, got: Help) -> None:
    """Nobody accepted: advice, the public number, then place, number and a message. That
    calling goes on is said only where there is somebody to call."""
    conversation, draft = session.conversation, session.draft
    language = session.language
    state = "dispatch_no_people" if got is Help.NOBODY else "dispatch_nobody"
    await conversation.say(
        Prompt(state),
        language.advice(draft.category),
        *language.public_number(draft.category),
    )
    await Intake(session).ask((Ask.BUILDING, Ask.CALLBACK))
    await take_message(session, instruction="dispatch_leave_details")
    await draft.save()
    await conversation.say(Prompt("dispatch_news"))

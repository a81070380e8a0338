"""A call is read again when its transcript is there: place, category and class go
into its ticket from any word of it, and a caller who only talked gets one, unless they have
said nothing but a word of the menu. A call back is about a ticket that
a person has by then; its transcript stands beside it and changes nothing, but for what the
owner said in a survey.

What a person has changed meanwhile is never overwritten.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from asr.lexicon import OTHER, Classification
from asr.spoken import Place, find_place, written
from call_logs import Store
from call_logs.calls import OUTGOING, CallEventKind
from call_logs.recordings import Transcript, TranscriptWord
from call_logs.tickets import (
    BY_PEOPLE,
    MOST_PEOPLE,
    NewTicket,
    Ticket,
    TicketClass,
    TicketKind,
    edit,
)
from call_logs.users import HOTLINE
from ivr.after.late_urgency import LateUrgency
from ivr.call.anonymity import wants_no_name
from ivr.call.language import Language
from ivr.call.substance import has_substance
from ivr.flow.questions import ANSWER
from ivr.flow.survey import REMARK

PAUSE_S = 0.6  # between words: a comma
EAR_LAG_S = 0.6  # a live time may be so far behind the recording's
IN_ONE_BREATH_S = 0.15  # between words of one sentence

# What the log of a call to an owner shows as asked.
OWNER_QUESTIONS = frozenset(
    {
        "survey_intro",
        "survey_score",
        "survey_comment",
        "owner_message",
        "news_offer",
        "call_back_offer",
    }
)


class Review:
    """Called once a transcript is finished; safe to call again."""

    def __init__(
        self,
        store: Store,
        languages: Mapping[str, Language],
        fallback: str,
        *,
        late: LateUrgency | None = None,
    ) -> None:
        """`late` searches help for an emergency that only the transcript tells."""
        self._store = store
        self._languages = languages
        self._fallback = fallback
        self._late = late

    async def __call__(self, call_id: str, transcript: Transcript) -> None:
        language = self._languages.get(transcript.language, self._languages[self._fallback])
        call = await self._store.calls.get(call_id)
        if call.direction == OUTGOING:
            await self._take_remark(call_id, transcript, language.id)
            # In place of an answer, too, an owner may have cried for help.
            if self._late is not None and await self._asks_an_owner(call_id):
                await self._look_for_urgency(call_id, transcript, language, self._late)
            return
        text = await self._statement(call_id, transcript, language.id)
        ticket = await self._store.tickets.for_call(call_id)
        if ticket is not None and ticket.call_id != call_id:
            # Of a case that was opened otherwise: it stands beside that one's words.
            # An emergency that was over when the call began is not what the caller cries about.
            over = ticket.resolved_at is not None and ticket.resolved_at < call.started_at
            emergency = ticket.ticket_class is TicketClass.URGENT and not over
            if self._late is not None and not emergency:
                await self._look_for_urgency(call_id, transcript, language, self._late)
            return
        if ticket is not None:
            everything = written(_sentences(transcript.words), language.id)
            await self._complete(
                ticket, call_id, text, everything, transcript=transcript, language=language
            )
        elif _has_substance(text, language):
            await self._open(call_id, text, language)
        if self._late is not None:
            await self._look_for_urgency(call_id, transcript, language, self._late)

    async def _asks_an_owner(self, call_id: str) -> bool:
        return any(
            event.kind is CallEventKind.ASKED and event.data.get("prompt") in OWNER_QUESTIONS
            for event in await self._store.calls.events(call_id)
        )

    async def _take_remark(self, call_id: str, transcript: Transcript, language: str) -> None:
        """What the owner said in a survey goes beside their score, unless a person has written
        there."""
        stretches = [
            stretch for stretch, about in await self._stretches(call_id) if about == REMARK
        ]
        about_id = (await self._store.calls.get(call_id)).ticket_id
        if not stretches or about_id is None:
            return
        remark = written(_sentences(_within(transcript.words, stretches)), language)
        ticket = await self._store.tickets.get(about_id)
        theirs = await self._changed_by_people(ticket)
        if remark and remark != ticket.remark and "remark" not in theirs:
            await self._store.tickets.update(ticket.id, HOTLINE, edit(remark=remark))

    async def _stretches(self, call_id: str) -> list[tuple[tuple[float, float], str]]:
        """What the flow marked as told: from, to, and what it is about."""
        return [
            (
                (float(event.data["start_s"]), float(event.data["end_s"])),
                str(event.data.get("about", "")),
            )
            for event in await self._store.calls.events(call_id)
            if event.kind is CallEventKind.MESSAGE
        ]

    async def _look_for_urgency(
        self, call_id: str, transcript: Transcript, language: Language, late: LateUrgency
    ) -> None:
        """All that the caller said counts here, not their message alone."""
        everything = written(_sentences(transcript.words), language.id)
        hits = await late.hits(call_id, language.lexicon.hits(everything))
        if not hits:
            return
        ticket = await self._store.tickets.for_call(call_id)
        if ticket is None or ticket.call_id != call_id:
            await self._open(call_id, everything, language)
        ticket = await self._store.tickets.for_call(call_id)
        if ticket is not None and "ticket_class" not in await self._changed_by_people(ticket):
            await late.dispatch(ticket, hits)

    async def _statement(self, call_id: str, transcript: Transcript, language: str) -> str:
        """What the caller told, without their answers to the menu; all of it when the
        flow marked nothing."""
        stretches = await self._stretches(call_id)
        own = [stretch for stretch, about in stretches if not about]
        told = _within(transcript.words, own) if stretches else transcript.words
        return written(_sentences(told), language)

    async def _open(self, call_id: str, text: str, language: Language) -> None:
        call = await self._store.calls.get(call_id)
        found = await self._told(call_id, text, language)
        # In a call that we have made the owner is who was called: `caller` is ourselves.
        owner = call.callee if call.direction == OUTGOING else call.caller
        await self._store.tickets.open(
            NewTicket(
                call_id=call_id,
                kind=_kind(found.category, language),
                ticket_class=TicketClass(found.ticket_class),
                category=found.category,
                text=text,
                caller=owner,
                callback=owner,
                language=language.id,
                phrases=tuple(hit.phrase for hit in found.hits),
                people=_people(found),
                anonymous=wants_no_name(text, language.id),
                **vars(find_place(text, language.id)[0]),
            )
        )

    async def _told(self, call_id: str, text: str, language: Language) -> Classification:
        found = language.lexicon.classify(text)
        return found if self._late is None else await self._late.judged(call_id, found)

    async def _answers(
        self, ticket: Ticket, call_id: str, transcript: Transcript, language: str
    ) -> dict[str, str]:
        """What the caller said to questions that no live ear has answered."""
        found: dict[str, str] = {}
        for stretch, about in await self._stretches(call_id):
            name = about.removeprefix(ANSWER)
            if name == about or name not in BY_PEOPLE or getattr(ticket, name):
                continue
            words = _within(transcript.words, [stretch])
            limit: int = getattr(BY_PEOPLE[name].type, "limit", 0)
            if said := written(_sentences(words), language)[:limit]:
                found[name] = said
        return found

    async def _complete(
        self,
        ticket: Ticket,
        call_id: str,
        text: str,
        everything: str,
        *,
        transcript: Transcript,
        language: Language,
    ) -> None:
        """`text` is what they told, `everything` all that they said: what the one does not tell
        the other may, an answer, an afterthought, a word to somebody beside them."""
        found = await self._told(call_id, text, language)
        all_found = await self._told(call_id, everything, language)
        if found.category == OTHER:
            found = all_found
        fresh: dict[str, Any] = {"text": text} if _has_substance(text, language) else {}
        if ticket.category in ("", OTHER) and found.category != OTHER:
            fresh["category"] = found.category
        order = (TicketClass.GENERAL, TicketClass.IMPORTANT, TicketClass.URGENT)
        ticket_class = max(found.ticket_class, all_found.ticket_class, key=order.index)
        if order.index(TicketClass(ticket_class)) > order.index(ticket.ticket_class):
            fresh["ticket_class"] = TicketClass(ticket_class)
        fresh |= _missing_place(ticket, text, everything, language.id)
        phrases = (*ticket.phrases, *(hit.phrase for hit in found.hits))
        fresh["phrases"] = tuple(dict.fromkeys(phrases))
        if (people := _people(found)) is not None and people > (ticket.people or 0):
            fresh["people"] = people
        if wants_no_name(everything, language.id):
            fresh["anonymous"] = True
        fresh |= await self._answers(ticket, call_id, transcript, language.id)
        theirs = await self._changed_by_people(ticket)
        fields = {
            name: value
            for name, value in fresh.items()
            if name not in theirs and getattr(ticket, name) != value
        }
        if fields:
            await self._store.tickets.update(ticket.id, HOTLINE, edit(**fields))

    async def _changed_by_people(self, ticket: Ticket) -> set[str]:
        history = await self._store.tickets.history(ticket.id)
        return {
            name for change in history if change.actor != HOTLINE.name for name in change.changes
        }


def _kind(category: str, language: Language) -> TicketKind:
    return TicketKind(language.category(category).kind)


def _has_substance(text: str, language: Language) -> bool:
    return has_substance(text, language.pack.menu, language.lexicon)


def _missing_place(ticket: Ticket, text: str, everything: str, language: str) -> dict[str, str]:
    """What the ticket lacks of its place: all of it, or parts that were said of the same one."""
    known = Place(building=ticket.building, area=ticket.area).found
    for said in (text, everything):
        place = find_place(said, language)[0]
        if place and (not known or place.building == ticket.building):
            parts = vars(place).items()
            return {name: part for name, part in parts if part and not getattr(ticket, name)}
    return {}


def _within(
    words: Sequence[TranscriptWord], stretches: Sequence[tuple[float, float]]
) -> list[TranscriptWord]:
    """The words of the stretches. Where sound was lost or late, the ear that marked them was up
    to `EAR_LAG_S` behind the recording: what follows such a word without a pause is told too."""
    told: list[TranscriptWord] = []
    for word in words:
        overlaps, follows = False, False
        for start_s, end_s in stretches:
            overlaps |= word.end_s > start_s and word.start_s < end_s
            follows |= 0 <= word.start_s - end_s < EAR_LAG_S
        unbroken = bool(told) and word.start_s - told[-1].end_s < IN_ONE_BREATH_S
        if overlaps or (follows and unbroken):
            told.append(word)
    return told


def _sentences(words: Sequence[TranscriptWord]) -> list[list[str]]:
    """Words in stretches, cut where the caller paused."""
    if not words:
        return []
    sentences = [[words[0].text]]
    for before, word in pairwise(words):
        if word.start_s - before.end_s > PAUSE_S:
            sentences.append([])
        sentences[-1].append(word.text)
    return sentences


def _people(found: Classification) -> int | None:
    """How many are in danger, by the words that say most."""
    told = max((hit.people or 0 for hit in found.hits), default=0)
    return min(told, MOST_PEOPLE) or None

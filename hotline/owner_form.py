"""What the owners' form needs to know of words: the same that the telephone hears."""

from __future__ import annotations

from collections.abc import Mapping

from asr.lexicon import OTHER
from call_logs.tickets import TicketClass
from dashboard.web import OwnerForm, Told
from hotline.config.config import Config
from ivr.call import Language, Urgency

__all__ = ["owner_form"]


def owner_form(
    config: Config, languages: Mapping[str, Language], urgency: Urgency
) -> OwnerForm | None:
    """The form as `[owner_form]` says; None: there is none."""
    section = config.owner_form
    if not section.on:
        return None

    def told(text: str, language: str) -> Told:
        its = languages.get(language) or languages[config.hotline.language]
        found = urgency.judged(its.lexicon.classify(text), frozenset())
        return Told(
            category="" if found.category == OTHER else found.category,
            ticket_class=TicketClass(found.ticket_class),
            phrases=tuple(hit.phrase for hit in found.hits),
        )

    return OwnerForm(
        public_url=config.dashboard.public_url.rstrip("/"),
        phone=section.phone,
        told=told,
        photos=section.photos,
        photo_bytes=section.photo_mb * 1_000_000,
        per_address=section.per_address,
        per_link=section.per_link,
    )

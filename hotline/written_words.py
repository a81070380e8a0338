"""What is written to the company is read as what is spoken: by the same words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from asr.lexicon import OTHER
from call_logs.tickets import TicketClass
from dashboard.web import Told
from hotline.config.config import Config
from ivr.call import Language, Urgency

__all__ = ["WrittenWords", "written_words"]

WrittenWords = Callable[[str, str], Told]
"""What a text in a language comes to. Blocking."""


def written_words(
    config: Config, languages: Mapping[str, Language], urgency: Urgency
) -> WrittenWords:
    def told(text: str, language: str) -> Told:
        its = languages.get(language) or languages[config.hotline.language]
        found = urgency.judged(its.lexicon.classify(text), frozenset())
        return Told(
            category="" if found.category == OTHER else found.category,
            ticket_class=TicketClass(found.ticket_class),
            phrases=tuple(hit.phrase for hit in found.hits),
        )

    return told

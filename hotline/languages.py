"""What callers hear and say, in each language of the site: packs, phrasebooks, lexicons."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from functools import partial

from asr import SpeechError
from asr.lexicon import load_lexicon
from call_logs import Store
from call_logs.storage import Check, Severity, StoreError
from hotline.categories import company_pack
from hotline.config.config import Config
from ivr import PhoneError
from ivr.call import Language
from ivr.packs import Phrasebook, load_pack
from ivr.prompts import Voice

logger = logging.getLogger(__name__)


PACK_CHECK = "company pack"


async def speaking(config: Config, voice: Voice, store: Store) -> Mapping[str, Language]:
    """The languages that callers are served in; what their packs know goes to the operators."""
    languages = await asyncio.to_thread(languages_of, config, voice)
    store.checks.register(PACK_CHECK, partial(_pack_check, languages.values()))
    try:
        await store.knowledge.ship(
            article for known in languages.values() for article in known.pack.articles
        )
    except StoreError:  # calls are answered all the same
        logger.exception("the packs' articles could not be brought up to date; the next start does")
    return languages


def languages_of(config: Config, voice: Voice) -> Mapping[str, Language]:
    """Packs, phrasebooks and lexicons of all configured languages. Reads files."""
    languages = {}
    company = company_pack(config)
    for language in config.hotline.languages:
        try:
            pack = load_pack(language, config.prompts_dir / language, company=company, strict=False)
            lexicon = load_lexicon(
                pack.lexicon_path, pack.own_lexicon, categories=pack.categories, lenient=True
            )
        except (PhoneError, SpeechError):
            if language == config.hotline.language:
                raise
            logger.exception("a language is left out", extra={"language": language})
            continue
        languages[language] = Language(pack, Phrasebook(pack, voice), lexicon)
        for reason in languages[language].left_out:
            logger.error("a part of the company's pack is left out", extra={"reason": reason})
    return languages


def _pack_check(languages: Iterable[Language]) -> Check:
    """Whether all that the company has written for itself is in use."""
    left_out = [reason for language in languages for reason in language.left_out]
    if not left_out:
        return Check(PACK_CHECK, True, "all of it is in use, or there is none")
    fact = f"left out of the company's own pack: {'; '.join(left_out)}; run `hotline check`"
    return Check(PACK_CHECK, False, fact, Severity.DEGRADED)

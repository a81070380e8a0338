"""The categories of this site: the shipped ones, the company's own, and what `[urgent]` says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from asr.lexicon import Category
from hotline.config.config import Config
from ivr.packs import CompanyPack, site_categories


@dataclass(frozen=True)
class SiteCategories:
    """Every category, and which of them people are rung for."""

    known: Mapping[str, Category]
    urgent: tuple[str, ...]
    silence_is_yes: tuple[str, ...]
    not_urgent: tuple[str, ...]  # named in `[urgent]`, but no lexicon has them as urgent

    @property
    def ring_at_once(self) -> tuple[str, ...]:
        """Those for which the built-in policy rings everybody on call together."""
        return tuple(name for name in self.urgent if self.known[name].ring_at_once)

    @property
    def names(self) -> Mapping[str, Mapping[str, str]]:
        """Category -> language -> name."""
        return {category.id: category.names for category in self.known.values()}


def company_pack(config: Config) -> CompanyPack:
    """Where the company's own files are."""
    return CompanyPack(config.packs_dir, config.hotline.languages)


def categories_of(config: Config) -> SiteCategories:
    """Reads the tables of the lexicons: some tens of milliseconds.

    `[urgent]` chooses among the shipped categories. What the company's own files say of a
    category is its newer word: it holds whatever `[urgent]` lists.

    Raises:
        LexiconError: a shipped lexicon cannot be used.
    """
    found = site_categories(company_pack(config))
    chosen, silent = config.urgent.categories, config.urgent.silence_is_yes
    urgent = tuple(
        category.id
        for category in found.known.values()
        if category.is_urgent and (not chosen or category.id in chosen or category.id in found.own)
    )
    return SiteCategories(
        found.known,
        urgent,
        silence_is_yes=tuple(
            name
            for name in urgent
            if (
                found.known[name].danger_to_life
                if not silent or name in found.own
                else name in silent
            )
        ),
        not_urgent=tuple(
            name
            for name in dict.fromkeys((*chosen, *silent))
            if name not in found.known or not found.known[name].is_urgent
        ),
    )

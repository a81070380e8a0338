"""Looks at the packs: menus, prompts and lexicons, the shipped ones and the company's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from hotline.checks.finding import Finding, mistake, warning
from hotline.config.located import Located
from hotline.config.values import suggestion

if TYPE_CHECKING:
    from hotline.categories import SiteCategories


def look_at_packs(located: Located) -> Iterator[Finding]:
    """Menus without dead ends, prompts all there, lexicons that compile, categories that
    somebody is rung for."""
    from asr.lexicon import LexiconError
    from hotline.categories import categories_of, company_pack

    config = located.config
    try:
        site = categories_of(config)
    except LexiconError as error:
        yield from (mistake(0, f"lexicon: {text}") for text in error.mistakes)
        return
    company = company_pack(config)
    yield from (
        warning(
            0,
            f"{path} is never read: your own files are LANGUAGE/lexicon.toml, menu.toml, "
            "forms.toml, articles.toml and prompts.toml, with LANGUAGE one of "
            f"{', '.join(company.languages)}",
        )
        for path in company.strangers
        if path not in (config.guide_file, config.checklist_file)
    )
    yield from (mistake(0, text) for text in company.declared_twice())
    for key in ("categories", "silence_is_yes"):
        for name in (each for each in getattr(config.urgent, key) if each in site.not_urgent):
            what = "is not urgent" if name in site.known else "is no category"
            known = tuple(each.id for each in site.known.values() if each.is_urgent)
            near = suggestion(name, known)
            yield mistake(
                located.line("urgent", key),
                f"[urgent] {key}: {name} {what}, so nobody is rung for it{near}; a category of "
                'your own is declared with class = "urgent" (docs/packs.md)',
            )
    for ticket_class, category in config.targets:
        if category and category not in site.known:
            section = f"deadlines {ticket_class} {category}"
            yield warning(
                located.line(section),
                f"[{section}]: no lexicon hears {category}, so only tickets whose category a "
                f"person writes so are due by it{suggestion(category, tuple(site.known))}",
            )
    yield from _look_at_guide(config.guide_file, site)
    yield from _look_at_checklist(config.checklist_file)
    for language in config.hotline.languages:
        yield from _look_at_pack(located, language, site)
        yield from _look_at_lexicon(located, language, site)


def _look_at_guide(path: Path, site: SiteCategories) -> Iterator[Finding]:
    """The company's own checklists and causes."""
    from call_logs.casework import GuideMistake, load_guide

    try:
        guide = load_guide(path)
    except GuideMistake as error:
        yield mistake(0, f"{error}; until then the shipped checklists are shown")
        return
    for category in sorted(set(guide.parts) - set(site.known)):
        near = suggestion(category, tuple(site.known))
        yield warning(0, f"{path}: [{category}] is no category that is heard{near}")


def _look_at_checklist(path: Path) -> Iterator[Finding]:
    """The company's own list by which calls are reviewed."""
    from call_logs.quality import ChecklistMistake, load_checklist

    try:
        load_checklist(path)
    except ChecklistMistake as error:
        yield mistake(0, f"{error}; until then calls are reviewed by the shipped list")


def _look_at_pack(located: Located, language: str, site: SiteCategories) -> Iterator[Finding]:
    """One language's menu and prompts."""
    from hotline.categories import company_pack
    from ivr.packs import PackError, load_pack

    config, company = located.config, company_pack(located.config)
    try:
        pack = load_pack(language, config.prompts_dir / language, company=company)
    except PackError as error:
        yield from (mistake(0, f"language pack {language}: {text}") for text in error.mistakes)
        return
    told = pack.unsaid(site.urgent)
    yield from (warning(0, f"language pack {language}: {text}") for text in told)


def _look_at_lexicon(located: Located, language: str, site: SiteCategories) -> Iterator[Finding]:
    """One language's words."""
    from asr.lexicon import LexiconError, load_lexicon
    from hotline.categories import company_pack
    from ivr.packs import lexicon_files

    config = located.config
    shipped, own = lexicon_files(language, company_pack(config))
    try:
        lexicon = load_lexicon(shipped, own, categories=site.known)
    except LexiconError as error:
        yield from (mistake(0, f"lexicon {language}: {text}") for text in error.mistakes)
        return
    for name in site.urgent:
        if name not in lexicon.heard:
            yield warning(
                0,
                f"callers who speak {language} are not understood when they tell of {name}: no "
                f"rule has it; write [[rules]] in {config.packs_dir / language / 'lexicon.toml'}",
            )

"""Whether somebody can be reached: the roster, and the hours of the next month without anybody."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta
from pathlib import Path

from asr.lexicon import OTHER
from call_logs.deadlines import is_known
from call_logs.roster import (
    ANY_CATEGORY,
    DUTY,
    CoverageGap,
    ImportFailed,
    Roster,
    build_roster,
    coverage_gaps,
    dial_problems,
    line_problems,
    read_roster_toml,
    reference_problems,
)
from call_logs.storage import SYSTEM_CLOCK, StoreError
from hotline.categories import categories_of
from hotline.checks.finding import Finding, Severity
from hotline.config.config import Config
from hotline.config.located import Located
from hotline.config.values import suggestion
from hotline.storage import open_store

__all__ = ["check_oncall", "empty_fact", "empty_mend", "gap_facts"]


async def check_oncall(located: Located) -> tuple[Finding, ...]:
    """What is wrong with the roster: the database's, or before the first start the file's.

    A database server is left alone: `doctor` looks at it.
    """
    config, line = located.config, located.line("oncall", "roster")
    findings: list[Finding] = []
    roster: Roster | None = None
    path = config.oncall.roster
    if path is not None and path.is_file():
        try:
            roster = _from_file(path, config)
        except ImportFailed as error:
            findings += (_mistake(line, f"{error.source}: {item}") for item in error.problems)
    database = config.database_file
    if database is not None and database.exists():
        try:
            async with open_store(config, node="check") as store:
                problems = await store.roster.problems()
                roster = await store.roster.current()
        except StoreError as error:
            return (*findings, _mistake(located.line("database", "url"), f"[database]: {error}"))
        findings += (_mistake(0, f"roster: {item}") for item in problems)
    findings += _holiday_findings(located)
    if nobody := empty_fact(roster):
        if not any(item.severity is Severity.MISTAKE for item in findings):
            findings.append(_warning(line, f"{nobody}; {empty_mend(roster)}"))
    elif roster is not None:
        known = categories_of(config).known
        findings += (_warning(line, f"[oncall] {item}") for item in unknown_facts(roster, known))
        deaf = line_problems(roster.lines, config.dialling)
        findings += (_warning(line, f"[oncall] {item}") for item in deaf)
        findings += (_warning(line, f"[oncall] {fact}") for fact in gap_facts(roster, config))
    return tuple(findings)


def _holiday_findings(located: Located) -> tuple[Finding, ...]:
    """Whether the next months' holidays are known, by which the drill finds a working day, and
    by which working time is counted."""
    config = located.config
    soon = SYSTEM_CLOCK.now().astimezone(config.hotline.timezone) + AHEAD
    asks = []
    if config.oncall.drill != "off":
        asks.append((located.line("oncall", "drill"), "[oncall] drill"))
    if config.deadline_rules.counts_working_time:
        asks.append((located.line("deadlines"), "[deadlines]"))
    if not asks or is_known(soon.year, config.hotline.region):
        return ()
    text = (
        f"the public holidays of {soon.year} in {config.hotline.region} are not known to this "
        "release; weekends and the law's own days count until then: update the program, or "
        "import the year's holidays into the roster"
    )
    return tuple(_warning(line, f"{who}: {text}") for line, who in asks)


AHEAD = timedelta(days=31)


def empty_fact(roster: Roster | None) -> str:
    """What it means that nobody is on the roster; "" when somebody is. `empty_mend` says
    what to do."""
    if roster is None or not roster.people:
        return (
            "there is no roster: in an emergency nobody is rung, the caller hears so and leaves an "
            "urgent ticket, and key 0 takes a message"
        )
    if not any(person.active and person.contacts for person in roster.people):
        return (
            "nobody on the roster can be rung: each person is switched off or has no contact; an "
            "emergency only becomes an urgent ticket, and key 0 takes a message"
        )
    return ""


def empty_mend(roster: Roster | None) -> str:
    if roster is None or not roster.people:
        return (
            "name a file with roster in [oncall] before the first start (docs/oncall.md has one), "
            "enter people on the dashboard under Roster, or run hotline roster import"
        )
    return "set active = true for at least one person with a contact, on the dashboard under Roster"


def gap_facts(roster: Roster, config: Config) -> tuple[str, ...]:
    """A sentence for each category that would reach nobody at some time within 30 days."""
    gaps = coverage_gaps(roster, categories_of(config).urgent, SYSTEM_CLOCK.now())
    by_category: dict[str, list[CoverageGap]] = {}
    for gap in gaps:
        by_category.setdefault(gap.category, []).append(gap)
    return tuple(_fact(category, found, config) for category, found in by_category.items())


def unknown_facts(roster: Roster, known: Collection[str]) -> Iterator[str]:
    """A sentence for each category that the roster names and no lexicon has: nobody is ever
    rung for it. It may be misspelt, or belong to a company's pack that is not there yet."""
    named = [
        *((f"policy {name}", name) for name in roster.policies),
        *((f"line {line.id}", line.category) for line in roster.lines if line.category),
        *((f"person {each.id}", name) for each in roster.people for name in each.categories),
        *((f"schedule {each.id}", name) for each in roster.schedules for name in each.categories),
    ]
    for where, name in sorted(named):
        if name not in known and name not in (ANY_CATEGORY, DUTY, OTHER):
            near = suggestion(name, tuple(known))
            yield f"{where}: no lexicon has the category {name}{near}"


def _fact(category: str, gaps: Iterable[CoverageGap], config: Config) -> str:
    first, *others = gaps
    zone = config.hotline.timezone
    start, end = (moment.astimezone(zone) for moment in (first.start, first.end))
    more = f", and {len(others)} times more" if others else ""
    return (
        f"nobody can be reached about {category} from {start:%Y-%m-%d %H:%M} to "
        f"{end:%Y-%m-%d %H:%M}{more} within 30 days; add people or shifts"
    )


def _from_file(path: Path, config: Config) -> Roster:
    """Raises:
    ImportFailed: every mistake in the file.
    """
    region, zone = config.hotline.region, config.hotline.timezone
    entries = read_roster_toml(path.read_text(encoding="utf-8-sig"), str(path), zone, region)
    roster, problems = build_roster(entries, zone, region)
    if problems := (
        problems + reference_problems(roster) + dial_problems(roster.people, config.dialling)
    ):
        raise ImportFailed(str(path), problems)
    return roster


def _mistake(line: int, text: str) -> Finding:
    return Finding(line, Severity.MISTAKE, text)


def _warning(line: int, text: str) -> Finding:
    return Finding(line, Severity.WARNING, text)

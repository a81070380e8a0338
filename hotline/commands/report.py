"""`hotline report`: what a month, or some days, have brought."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hotline.commands.options import ConfigOption, JsonOption, load
from hotline.commands.problems import CommandError
from hotline.commands.terminal import print_json, print_table

if TYPE_CHECKING:
    from call_logs.reports import GrowingWord, Statistics
    from dashboard.reports import Period
    from hotline.config.config import Config

MOST_SHOWN = 12  # categories and buildings; JSON has all


def report(
    month: Annotated[str | None, typer.Option(help="Such as 2026-10; else this month.")] = None,
    since: Annotated[str | None, typer.Option(help="First day, such as 2026-10-01.")] = None,
    until: Annotated[str | None, typer.Option(help="Last day; else today.")] = None,
    pdf: Annotated[Path | None, typer.Option("--pdf", help="File to write: NAME.pdf.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Counts, times and calls of a month or of some days, by the site's clock."""
    settings = load(config)
    if pdf is not None:
        asyncio.run(_print(settings, pdf, month, since, until))
        typer.echo(f"{pdf} is written")
        return
    found, words = asyncio.run(_read(settings, month, since, until))
    if as_json:
        print_json(report_row(found) | {"words": [word_row(each) for each in words]})
        return
    typer.echo(f"{found.first} to {found.last}: {found.tickets} tickets, {found.open} not closed")
    typer.echo(f"reopened {found.reopened}, satisfaction {_number(found.satisfaction)} of 5\n")
    print_table(
        ("step", "tickets", "median", "p90", "in time", "too late", "share"),
        [
            (
                name,
                str(times.count),
                _span(times.median_s),
                _span(times.p90_s),
                _number(times.kept),
                _number(times.missed),
                _share(times.share_kept),
            )
            for name, times in found.times.items()
        ],
        empty="",
    )
    calls = found.calls
    typer.echo(
        f"\ncalls {calls.incoming}: answered {calls.answered} ({_share(calls.share_answered)}), "
        f"within 15 s {calls.answered_in_time} ({_share(calls.share_in_time)}), "
        f"abandoned {calls.abandoned}, missed {calls.missed}\n"
    )
    for name in ("class", "kind", "source", "category", "building"):
        counts = getattr(found, f"by_{name}")
        print_table(
            (name, "tickets"),
            [(key or "not known", str(count)) for key, count in list(counts.items())[:MOST_SHOWN]],
            empty=f"{name}: none",
        )
        typer.echo("")
    print_table(
        ("new or growing word", "tickets", "weeks before"),
        [(each.word, str(each.count), str(each.before)) for each in words],
        empty="no word has grown surely",
    )


def word_row(word: GrowingWord) -> dict[str, Any]:
    """As the API gives it."""
    row = asdict(word) | {"count": word.count, "is_new": word.is_new}
    del row["likelihood"]
    return row


def report_row(found: Statistics) -> dict[str, Any]:
    """As the API gives it: `docs/reports.md` lists the names."""
    row = asdict(found)
    row["satisfaction"] = found.satisfaction
    row |= {"first": str(found.first), "last": str(found.last)}
    row["trend"] = [each | {"day": str(each["day"])} for each in row["trend"]]
    for name, times in found.times.items():
        row["times"][name]["share_kept"] = times.share_kept
    calls = found.calls
    row["calls"] |= {
        "share_in_time": calls.share_in_time,
        "share_answered": calls.share_answered,
        "keeps_norm": calls.keeps_norm,
    }
    return row


async def _print(
    settings: Config, file: Path, month: str | None, since: str | None, until: str | None
) -> None:
    from call_logs.users import COMMAND_LINE
    from dashboard import ROOMS
    from dashboard.reports import NotPrinted, report_pdf
    from dashboard.web import DashboardSettings, Views
    from hotline.categories import categories_of
    from hotline.storage import open_store

    about = DashboardSettings(
        site=settings.hotline.site or "Hotline",
        language=settings.hotline.language,
        timezone=str(settings.hotline.timezone),
        categories=(await asyncio.to_thread(categories_of, settings)).names,
    )
    async with open_store(settings, node="command-line") as store:
        today = store.clock.now().astimezone(about.zone).date()
        period = _period(month, since, until, today)
        views = Views(about, clock=store.clock, who=store.staff.name, rooms=ROOMS)
        await store.staff.current()  # the names that it shows
        try:
            made = await report_pdf(store, COMMAND_LINE, period, views, about.language)
        except NotPrinted as error:
            raise CommandError(str(error)) from None
    part = file.with_name(f".{file.name}.part")
    await asyncio.to_thread(part.write_bytes, made)
    await asyncio.to_thread(part.replace, file)


async def _read(
    settings: Config, month: str | None, since: str | None, until: str | None
) -> tuple[Statistics, tuple[GrowingWord, ...]]:
    from call_logs.reports import MOST_DAYS_OF_WORDS
    from call_logs.users import COMMAND_LINE
    from hotline.storage import open_store

    async with open_store(settings, node="command-line") as store:
        today = store.clock.now().astimezone(settings.hotline.timezone).date()
        period = _period(month, since, until, today)
        words: tuple[GrowingWord, ...] = ()
        if (period.last - period.first).days < MOST_DAYS_OF_WORDS:
            words = await store.reports.words(COMMAND_LINE, period.first, period.last)
        return await store.reports.statistics(COMMAND_LINE, period.first, period.last), words


def _period(month: str | None, since: str | None, until: str | None, today: date) -> Period:
    from dashboard.reports import Period

    if month and (since or until):
        raise CommandError("give --month, or --since and --until, and not both")
    try:
        if month:
            return Period.read_month(month)
        if since:
            return Period(date.fromisoformat(since), date.fromisoformat(until) if until else today)
    except ValueError:
        raise CommandError(
            "--month must be such as 2026-10, --since and --until such as 2026-10-01"
        ) from None
    if until:
        raise CommandError("--until needs --since, the first day")
    return Period.month(today)


def _span(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    minutes, hours = seconds / 60, seconds / 3600
    if minutes < 60:
        return f"{minutes:.0f} min"
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} days"


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.2f}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"

"""`hotline roster`: who is on call, and roster and owners as files in and out."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from hotline.commands.options import ConfigOption, JsonOption, load
from hotline.commands.problems import CommandError
from hotline.commands.terminal import print_json, print_table
from hotline.config.values import suggestion

if TYPE_CHECKING:
    from call_logs import Store
    from call_logs.roster import Roster

app = typer.Typer(help="Who is on call; roster and owners as files.", no_args_is_help=True)

CALENDAR_DAYS = 365
EXPORTS = ("people", "shifts", "owners", "calendar")


@app.command("show")
def show(
    at: Annotated[
        str | None, typer.Option(help="A time such as 2026-12-31T23:30, by the site's clock.")
    ] = None,
    category: Annotated[str | None, typer.Option(help="lift_entrapment, fire, ...")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show who is on call now, or at another time."""
    from call_logs.roster import on_call

    settings = load(config)
    moment = _moment(at, settings.hotline.timezone) if at else _now()

    async def read() -> list[dict[str, object]]:
        from hotline.storage import open_store

        async with open_store(settings, node="command-line") as store:
            roster = await store.roster.current()
        return [
            {
                "id": person.id,
                "name": person.name,
                "roles": sorted(person.roles),
                "contacts": [contact.masked for contact in person.contacts],
            }
            for person in on_call(roster, moment, category=category)
        ]

    people = asyncio.run(read())
    if as_json:
        print_json(people)
        return
    print_table(
        ("id", "name"),
        [(str(person["id"]), str(person["name"])) for person in people],
        empty="nobody is on call at that time",
    )


@app.command("who")
def who(
    at: Annotated[
        str | None,
        typer.Option(help='A time such as 2026-12-31T23:30, "sunday 03:00" or "周日 3:00".'),
    ] = None,
    category: Annotated[str | None, typer.Option(help="lift_entrapment, fire, ...")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show who serves in each schedule now or then, and who would be rung, level by level."""
    from call_logs.roster import ANY_CATEGORY, DUTY, plan, rota
    from hotline.categories import categories_of

    settings = load(config)
    zone = settings.hotline.timezone
    moment = _moment(at, zone) if at else _now()

    async def read() -> Roster:
        from hotline.storage import open_store

        async with open_store(settings, node="command-line") as store:
            return await store.roster.current()

    roster = asyncio.run(read())
    names = dict.fromkeys(
        [category]
        if category
        else [*categories_of(settings).urgent, *sorted(roster.policies), ANY_CATEGORY, DUTY]
    )
    serving = [
        {"schedule": schedule.id, "people": [person.id for person in people]}
        for schedule, people in rota(roster, moment)
    ]
    ringing = [
        {
            "category": name,
            "levels": [
                [target.person.id for target in level.targets]
                for level in plan(roster.policy(name), roster, moment).levels
            ],
        }
        for name in names
    ]
    if as_json:
        found = {"at": moment.isoformat(), "serving": serving, "ringing": ringing}
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    typer.echo(f"{moment.astimezone(zone):%A %Y-%m-%d %H:%M} in {zone.key}")
    rows = [(str(each["schedule"]), ", ".join(each["people"]) or "nobody") for each in serving]
    print_table(("schedule", "serves"), rows, empty="there is no schedule")
    levels = [
        (str(each["category"]), " -> ".join(map(", ".join, each["levels"])) or "nobody")
        for each in ringing
    ]
    print_table(("category", "is rung"), levels, empty="")


@app.command("import")
def import_roster(
    file: Annotated[Path, typer.Argument(help="TOML, CSV or iCalendar.")],
    kind: Annotated[str, typer.Option(help="What the file holds; docs/oncall.md lists them.")],
    schedule: Annotated[str, typer.Option(help="The schedule that a shift calendar is for.")] = "",
    replace: Annotated[
        bool, typer.Option("--replace", help="Owners or leave that are not in the file go.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Take a file in whole, or say every mistake in it and take in nothing."""
    from call_logs import FileKind, import_file

    known = tuple(item.value for item in FileKind)
    if kind not in known:
        raise CommandError(f"--kind must be one of {', '.join(known)}{suggestion(kind, known)}")
    settings = load(config)
    data = file.read_bytes()

    async def run() -> int:
        from call_logs.users import COMMAND_LINE
        from hotline.storage import open_store

        async with open_store(settings, node="command-line") as store:
            return await import_file(
                store,
                FileKind(kind),
                data,
                COMMAND_LINE,
                source=str(file),
                schedule=schedule,
                replace=replace,
                progress=told,
            )

    def told(done: int, total: int) -> None:
        if done % 10_000 < 100 and total > 10_000:
            typer.echo(f"{done} of {total} owners are written", err=True)

    number = asyncio.run(run())
    typer.echo(f"{file}: {number} {'owners are known' if kind == 'owners' else 'entries changed'}")


@app.command("export")
def export_roster(
    kind: Annotated[str, typer.Argument(help=f"One of {', '.join(EXPORTS)}.")],
    file: Annotated[Path, typer.Argument(help="File to write.")],
    config: ConfigOption = None,
) -> None:
    """Write people, shifts or owners as CSV, or the coming year as an iCalendar."""
    if kind not in EXPORTS:
        raise CommandError(f"choose one of {', '.join(EXPORTS)}{suggestion(kind, EXPORTS)}")
    settings = load(config)

    async def run() -> bytes:
        from hotline.storage import open_store

        async with open_store(settings, node="command-line") as store:
            return await _exported(store, kind)

    data = asyncio.run(run())
    file.touch(mode=0o600)  # numbers and addresses: for nobody else on this machine
    file.write_bytes(data)
    typer.echo(f"{file} is written")


async def _exported(store: Store, kind: str) -> bytes:
    from call_logs.owners import write_owners_csv
    from call_logs.roster.files import write_calendar, write_people_csv, write_shifts_csv

    if kind == "owners":
        return write_owners_csv(await store.directory.all())
    roster = await store.roster.current()
    if kind == "people":
        return write_people_csv(roster.people)
    if kind == "shifts":
        return write_shifts_csv(roster)
    now = _now()
    return write_calendar(roster, now, now + timedelta(days=CALENDAR_DAYS))


def _moment(text: str, zone: ZoneInfo) -> datetime:
    """Raises:
    CommandError: it is no time.
    """
    from call_logs.roster import parse_weekdays

    day, _, clock = text.strip().replace("：", ":").rpartition(" ")
    try:
        (weekday,) = parse_weekdays(day) if day and not day[0].isdigit() else (None,)
        if weekday is not None:
            return _next(weekday, time.fromisoformat(clock.zfill(5)), zone)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(
            '--at must be a time such as 2026-12-31T23:30, or a weekday and a time: "sunday 03:00"'
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _now() -> datetime:
    from call_logs.storage import SYSTEM_CLOCK

    return SYSTEM_CLOCK.now()


def _next(weekday: int, clock: time, zone: ZoneInfo) -> datetime:
    """The next such moment, today's included while it is to come."""
    now = _now().astimezone(zone)
    day = now.date() + timedelta(days=(weekday - now.weekday()) % 7)
    at = datetime.combine(day, clock, zone)
    return at if at > now else at + timedelta(days=7)

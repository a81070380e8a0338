"""`hotline deadlines`: how soon tickets are due, and what people have changed of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from hotline.commands.options import ConfigOption, JsonOption, load
from hotline.commands.problems import CommandError
from hotline.commands.terminal import print_json, print_table
from hotline.commands.ticket_options import word_of

if TYPE_CHECKING:
    from call_logs.deadlines import ResponseTarget, Target
    from hotline.config.config import Config

app = typer.Typer()

ClassArgument = Annotated[str, typer.Argument(metavar="CLASS", help="urgent, important, general.")]
CategoryOption = Annotated[str, typer.Option(help="Of this category alone.")]
NoteOption = Annotated[str, typer.Option("--reason", help="Why; stands in the history.")]
LengthOption = Annotated[str | None, typer.Option(help="Such as 30 min, 4 working h; else as now.")]


@app.callback(invoke_without_command=True)
def deadlines(
    context: typer.Context, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """List the targets by class and category, and which were changed."""
    if context.invoked_subcommand is not None:
        return
    _print(asyncio.run(_read(load(config))), as_json)


@app.command("set")
def set_target(
    ticket_class: ClassArgument,
    category: CategoryOption = "",
    acknowledge: LengthOption = None,
    on_site: LengthOption = None,
    feedback: LengthOption = None,
    reason: NoteOption = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Change how soon tickets are due that come from now on; open ones keep their deadlines."""
    given = {"acknowledge": acknowledge, "on_site": on_site, "feedback": feedback}
    changes = {name: text for name, text in given.items() if text is not None}
    if not changes:
        raise CommandError("nothing to change: give --acknowledge, --on-site or --feedback")
    _print(asyncio.run(_change(load(config), ticket_class, category, changes, reason)), as_json)


@app.command("restore")
def restore(
    ticket_class: ClassArgument,
    category: CategoryOption = "",
    reason: NoteOption = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Go back to what the configuration says."""
    _print(asyncio.run(_change(load(config), ticket_class, category, None, reason)), as_json)


def _print(found: tuple[Target, ...], as_json: bool) -> None:
    rows = [
        {
            "class": each.ticket_class.value,
            "category": each.category,
            **each.target.kept,
            "is_changed": each.is_changed,
            "of_file": None if each.of_file is None else each.of_file.kept,
        }
        for each in found
    ]
    if as_json:
        print_json(rows)
        return
    names = ("class", "category", "acknowledge", "on_site", "feedback")
    print_table(
        (*names, "from"),
        [
            (*(str(row[name]) for name in names), "changed" if row["is_changed"] else "file")
            for row in rows
        ],
        empty="no targets",
    )


async def _read(settings: Config) -> tuple[Target, ...]:
    from hotline.storage import open_store

    async with open_store(settings, node="command-line") as store:
        return await store.targets.current()


async def _change(
    settings: Config,
    ticket_class: str,
    category: str,
    changes: dict[str, str] | None,
    reason: str,
) -> tuple[Target, ...]:
    from call_logs.tickets import TicketClass
    from call_logs.users import HOTLINE
    from hotline.storage import open_store

    wanted = word_of(TicketClass, "CLASS", ticket_class)
    async with open_store(settings, node="command-line") as store:
        target: ResponseTarget | None = None
        if changes is not None:
            target = _laid_over(store.tickets.deadlines.rules.target(wanted, category), changes)
        await store.targets.change(wanted, category, target, HOTLINE, reason)
        return await store.targets.current()


def _laid_over(now: ResponseTarget, changes: dict[str, str]) -> ResponseTarget:
    from call_logs.deadlines import ResponseTarget

    try:
        return ResponseTarget.of({**now.kept, **changes})
    except ValueError as error:
        raise CommandError(str(error)) from None

"""The command line: `hotline`."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer

from hotline.commands import (
    backup,
    calls,
    check,
    deadlines,
    demo,
    departments,
    doctor,
    drill,
    evaluate,
    export,
    keys,
    models,
    owner,
    prompts,
    purge,
    report,
    ring,
    roster,
    sample,
    sealing,
    serve,
    tickets,
    users,
)
from hotline.commands.options import ENVIRONMENT_FILE
from hotline.commands.problems import describe
from hotline.version import version

app = typer.Typer(
    name="hotline",
    help="A 24-hour hotline: answers, understands, reaches a person, keeps a ticket.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # traces are shown by --debug alone, and never with locals
)
app.command("serve")(serve.serve)
app.command("check")(check.check)
app.command("demo")(demo.demo)
app.command("doctor")(doctor.doctor)
app.add_typer(models.app, name="models")
app.add_typer(prompts.app, name="prompts")
app.add_typer(roster.app, name="roster")
app.add_typer(users.app, name="user")
app.command("departments")(departments.departments)
app.add_typer(deadlines.app, name="deadlines")
tickets.app.command("seal")(sealing.seal)
tickets.app.command("verify")(sealing.verify)
app.add_typer(tickets.app, name="tickets")
app.command("ticket")(tickets.ticket)
app.add_typer(export.app, name="export")
app.command("report")(report.report)
app.command("calls")(calls.calls)
app.command("ring")(ring.ring)
app.command("drill")(drill.drill)
app.command("evaluate")(evaluate.evaluate)
app.command("sample")(sample.sample)
app.add_typer(keys.app, name="keys")
app.add_typer(owner.app, name="owner")
app.command("purge")(purge.purge)
app.command("backup")(backup.backup)
app.command("backups")(backup.backups)
app.command("restore")(backup.restore)


def _show_version(asked: bool) -> None:
    if asked:
        print(f"hotline {version()}")
        raise typer.Exit


@app.callback()
def _options(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the trace of an error; allowed anywhere.")
    ] = False,
    environment_file: Annotated[
        Path | None,
        typer.Option(
            "--environment-file",
            help="The file of secrets (NAME=value); without it, `environment` beside the "
            "configuration.",
            show_default=False,
        ),
    ] = None,
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", is_eager=True, callback=_show_version),
    ] = False,
) -> None:
    del debug, version  # read by `main`, which sees the whole line; by its callback
    if environment_file is not None:
        os.environ[ENVIRONMENT_FILE] = str(environment_file)


def main(arguments: list[str] | None = None) -> None:
    """Run one command and exit: 0 done, 1 it could not be done, 2 it was called wrongly."""
    given = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in given
    rest = [word for word in given if word != "--debug"]
    try:
        result = app(rest, prog_name="hotline", standalone_mode=False)
    except typer.TyperException as error:  # a wrong option, a missing argument
        if message := error.format_message():  # empty: the help itself was shown
            print(f"hotline: {message} (--help shows how)", file=sys.stderr)
        sys.exit(error.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        # The reader of a pipe (`| head`) has gone; nothing is left to say to it.
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:
        # The boundary to the terminal: whatever it was, one line says what to do.
        if debug:
            traceback.print_exc()
        for line in describe(error):
            print(f"hotline: {line}", file=sys.stderr)
        sys.exit(1)
    sys.exit(result if isinstance(result, int) else 0)

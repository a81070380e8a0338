"""`hotline user`: who may use the dashboard."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from hotline.commands.options import ConfigOption, load
from hotline.commands.problems import CommandError

if TYPE_CHECKING:
    from call_logs.staff import Staff

app = typer.Typer(help="People who use the dashboard.", no_args_is_help=True)

StdinOption = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="Login name.")],
    role: Annotated[
        str, typer.Option(help="admin, manager, operator, engineer or firm.")
    ] = "operator",
    full_name: Annotated[str, typer.Option(help="The name that others see.")] = "",
    firm: Annotated[
        str, typer.Option(help="The outside firm of a user with the role firm: see departments.")
    ] = "",
    password_stdin: StdinOption = False,
    config: ConfigOption = None,
) -> None:
    """Add a person. The password is asked for, or read from standard input; never an argument."""
    from call_logs.users import COMMAND_LINE, Role

    if role not in [item.value for item in Role]:
        raise CommandError(f"role must be one of {', '.join(item.value for item in Role)}")
    if (role == Role.FIRM) != bool(firm):
        raise CommandError("--firm goes with --role firm: name the person or department that it is")
    settings = load(config)
    password = _password(password_stdin)

    async def run() -> None:
        from hotline.storage import open_store

        async with open_store(settings, node="command-line") as store:
            found = _firm(await store.staff.current(), firm) if firm else ""
            await store.users.add(
                name,
                password,
                Role(role),
                COMMAND_LINE,
                full_name=full_name,
                language=settings.hotline.language,
                firm=found,
            )

    asyncio.run(run())
    typer.echo(f"{name} can log in now, as {role}")


@app.command("passwd")
def passwd(
    name: Annotated[str, typer.Argument(help="Login name.")],
    password_stdin: StdinOption = False,
    config: ConfigOption = None,
) -> None:
    """Set a person's password; it ends a lockout too."""
    settings = load(config)
    password = _password(password_stdin)

    async def run() -> None:
        from call_logs.users import COMMAND_LINE
        from hotline.storage import open_store

        async with open_store(settings, node="command-line") as store:
            await store.users.set_password(name, password, COMMAND_LINE)

    asyncio.run(run())
    typer.echo(f"the password of {name} is set")


def _firm(staff: Staff, written: str) -> str:
    from call_logs.storage import NobodyFound

    try:
        return staff.find(written).ref
    except NobodyFound as error:
        rule = str(error).removeprefix(f"{error.field}: ")
        raise CommandError(f"--firm: {rule}") from error


def _password(from_stdin: bool) -> str:
    if from_stdin or not sys.stdin.isatty():
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    if not password:
        raise CommandError("no password was given; type one, or pipe it in with --password-stdin")
    return str(password)

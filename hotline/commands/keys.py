"""`hotline keys`: the master keys, and a new one in their place."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

import typer

from hotline.commands.options import ConfigOption, JsonOption, load
from hotline.commands.terminal import print_json

if TYPE_CHECKING:
    from call_logs import Store
    from call_logs.privacy import Destruction
    from hotline.config.config import Config

LOOK_S = 1.0

app = typer.Typer(help="The keys that encrypt what is kept.", no_args_is_help=True)


@app.command("list")
def list_keys(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """The ids of the keys, the one that encrypts first; never the keys."""
    from call_logs.storage import Keys

    ids = [each.hex() for each in Keys.load(load(config).key_file, create=False).ids]
    if as_json:
        print_json(ids)
        return
    for each in ids:
        typer.echo(each)


@app.command("rotate")
def rotate(config: ConfigOption = None) -> None:
    """Encrypt everything anew with a new key, beside the running service or not, and destroy the
    old one. Backups of before open with the old key alone: keep a copy of it with them."""
    settings = load(config)
    done = asyncio.run(_rotate(settings))
    typer.echo(
        f"rows sealed anew: {done.get('rows', 0)}, files: {done.get('files', 0)}; the old key is "
        f"destroyed. Back {settings.key_file} up now"
    )


async def _rotate(settings: Config) -> Mapping[str, int]:
    from call_logs.jobs import carry_out
    from call_logs.storage import Holder, HomeLock, Taken
    from call_logs.users import COMMAND_LINE
    from hotline.storage import open_store

    async with open_store(settings, node="command-line") as store:
        order = await store.key_rotation.order(COMMAND_LINE)
        home = HomeLock(settings.home)
        try:
            await home.acquire(Holder("command-line"))
        except Taken:
            typer.echo("the service does it; this command may be ended meanwhile", err=True)
            return await _done(store, order)
        try:
            return await carry_out(store, order)
        finally:
            home.release()


async def _done(store: Store, order: Destruction) -> Mapping[str, int]:
    while (now := await store.destructions.get(order.id)).ended_at is None:  # noqa: ASYNC110
        await asyncio.sleep(LOOK_S)
    return now.result

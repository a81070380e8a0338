"""`hotline backup`, `hotline backups`, `hotline restore`: copies of everything, and back."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from hotline.commands.options import ConfigOption, JsonOption, load
from hotline.commands.problems import CommandError
from hotline.config.config import Config

FolderOption = Annotated[
    Path | None,
    typer.Option("--folder", help="Where backups are; without it, [backup] folder."),
]


def backup(folder: FolderOption = None, config: ConfigOption = None) -> None:
    """Copy databases, recordings, waiting writes and own prompts; beside the service or not."""
    from hotline.backup import make_backup

    settings = load(config)
    print(make_backup(settings, _folder(folder, settings)).folder)


def backups(
    folder: FolderOption = None, as_json: JsonOption = False, config: ConfigOption = None
) -> None:
    """The backups that there are, newest first."""
    from hotline.backup import backups as found

    settings = load(config)
    rows = [
        {"folder": str(each.folder), "made_at": each.made_at.isoformat()}
        for each in found(_folder(folder, settings))
    ]
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    for row in rows:
        print(f"{row['made_at']}  {row['folder']}")


def restore(
    backup: Annotated[Path, typer.Argument(help="One of the folders that `backups` shows.")],
    config: ConfigOption = None,
) -> None:
    """Put a backup in the place of what is there; the service must be stopped. What was there is
    kept beside it."""
    asyncio.run(_restore(load(config), backup))


async def _restore(settings: Config, folder: Path) -> None:
    from call_logs.storage import Holder, HomeLock
    from hotline.backup import restore as put_back

    home = HomeLock(settings.home)
    await home.acquire(Holder(settings.hotline.node))
    try:
        aside = await asyncio.to_thread(put_back, settings, folder)
    finally:
        home.release()
    print(f"restored; what was there is in {aside}: remove it when all is well")
    if not settings.key_file.exists():
        print(f"the key is not part of a backup: put your copy of it to {settings.key_file}")


def _folder(given: Path | None, settings: Config) -> Path:
    folder = given or settings.backup.folder
    if folder is None:
        raise CommandError("no folder: name it with --folder, or write [backup] folder")
    return folder

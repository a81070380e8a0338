"""`hotline models`: speech models, listed and installed."""

from __future__ import annotations

from typing import Annotated

import typer

from hotline.commands.options import ConfigOption, JsonOption, load_or_default
from hotline.commands.problems import CommandError
from hotline.commands.terminal import print_json, print_table
from hotline.config.values import LANGUAGES, suggestion

app = typer.Typer(help="Speech models: which are there, and getting one.", no_args_is_help=True)


@app.command("list")
def list_models(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show the model that each language uses, and what to install where one is missing."""
    from asr.engine import RECOMMENDED, find_model

    settings = load_or_default(config)
    rows = []
    for language in LANGUAGES:
        model = find_model(language, configured=settings.model_for(language), home=settings.home)
        rows.append(
            {
                "language": language,
                "name": model.name if model else None,
                "path": str(model.path) if model else None,
                "source": model.source if model else None,
                "synthetic_only": model.synthetic_only if model else None,
                "recommended": RECOMMENDED.get(language),
            }
        )
    if as_json:
        print_json(rows)
        return
    print_table(
        ("language", "model", "from", "recommended", "folder"),
        [
            (
                str(row["language"]),
                _shown(row["name"], row["synthetic_only"]),
                str(row["source"] or ""),
                str(row["recommended"] or ""),
                str(row["path"] or ""),
            )
            for row in rows
        ],
        empty="",
    )


def _shown(name: object, synthetic_only: object) -> str:
    if name is None:
        return "none"
    return f"{name} (synthetic voices only)" if synthetic_only else str(name)


@app.command("install")
def install(
    language: Annotated[str, typer.Argument(help=f"One of {', '.join(LANGUAGES)}.")],
    config: ConfigOption = None,
) -> None:
    """Download the model recommended for a language; a broken download is resumed."""
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    from asr.engine import RECOMMENDED, install_model

    if language not in RECOMMENDED:
        known = tuple(RECOMMENDED)
        raise CommandError(
            f"no model is known for {language}; choose one of {', '.join(known)}"
            f"{suggestion(language, known)}"
        )
    settings = load_or_default(config)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    ) as progress:
        task = progress.add_task(RECOMMENDED[language], total=None)

        def show(done_bytes: int, total_bytes: int | None) -> None:
            progress.update(task, completed=done_bytes, total=total_bytes)

        model = install_model(language, settings.home, progress=show)
    typer.echo(f"{model.name} is in {model.path}; a running hotline takes it at its next start")

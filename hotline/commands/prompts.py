"""`hotline prompts`: what the hotline says, and a company's own recordings of it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hotline.commands.options import ConfigOption, JsonOption, load_or_default
from hotline.commands.problems import CommandError
from hotline.commands.terminal import print_json, print_table
from hotline.config.values import LANGUAGES, suggestion

if TYPE_CHECKING:
    from ivr.prompts import Prompts

app = typer.Typer(help="What the hotline says, and your own recordings.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(help="A name that `prompts list` shows.")]
LanguageOption = Annotated[
    str | None,
    typer.Option(
        help=f"One of {', '.join(LANGUAGES)}; without it the configuration's.", show_default=False
    ),
]


@app.command("list")
def list_all(
    language: LanguageOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Show every recording with its text, and which ones are your own."""
    from ivr.prompts import list_prompts

    rows = list_prompts(_prompts(language, config))
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    print_table(
        ("name", "own", "seconds", "text"),
        [(row.name, "own" if row.own else "", f"{row.duration_s:.1f}", row.text) for row in rows],
        empty="no prompts",
    )


@app.command("play")
def play(
    name: NameArgument,
    file: Annotated[Path, typer.Argument(help="WAV file to write.")],
    language: LanguageOption = None,
    config: ConfigOption = None,
) -> None:
    """Write what callers hear into a WAV file."""
    from ivr.prompts import export_prompt

    seconds = export_prompt(_prompts(language, config), name, file)
    typer.echo(f"{file} holds {name}, {seconds:.1f} s")


@app.command("import")
def import_own(
    name: NameArgument,
    file: Annotated[Path, typer.Argument(help="Your recording: WAV, MP3, OGG, M4A ...")],
    language: LanguageOption = None,
    config: ConfigOption = None,
) -> None:
    """Put your own recording in the place of ours: cut, levelled, heard from the next call on."""
    from ivr.prompts import import_prompt

    made = import_prompt(_prompts(language, config), name, file)
    typer.echo(
        f"{name} is your own recording now: {made.duration_s:.1f} s at {made.level_dbfs:.0f} dB"
    )


@app.command("restore")
def restore(
    name: NameArgument, language: LanguageOption = None, config: ConfigOption = None
) -> None:
    """Go back to our recording."""
    from ivr.prompts import restore_prompt

    if restore_prompt(_prompts(language, config), name):
        typer.echo(f"{name} is our recording again")
    else:
        typer.echo(f"{name} was our recording already")


def _prompts(language: str | None, config: Path | None) -> Prompts:
    from hotline.categories import company_pack
    from ivr.packs import load_pack

    settings = load_or_default(config)
    language = language or settings.hotline.language
    if language not in LANGUAGES:
        raise CommandError(
            f"--language must be one of {', '.join(LANGUAGES)}{suggestion(language, LANGUAGES)}"
        )
    company = company_pack(settings)
    return load_pack(language, settings.prompts_dir / language, company=company).prompts

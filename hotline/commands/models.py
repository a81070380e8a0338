"""`hotline models`: speech models, listed and installed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hotline.commands.options import ConfigOption, JsonOption, load_or_default
from hotline.commands.problems import CommandError
from hotline.commands.terminal import print_json, print_table
from hotline.config.values import LANGUAGES, suggestion

if TYPE_CHECKING:
    from hotline.config.config import Config

app = typer.Typer(help="Speech models: which are there, and getting one.", no_args_is_help=True)


@app.command("list")
def list_models(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show the model that each language uses, and what to install where one is missing."""
    from asr.engine import RECOMMENDED, WHISPER, WHISPER_LICENCE, find_model

    settings = load_or_default(config)
    rows: list[dict[str, object]] = []
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
                "used_for": _used_for(live=settings.asr.live) if model else None,
                "size_mb": _size_mb(model.path) if model else None,
                "licence": model.licence if model else None,
            }
        )
    whisper = settings.home / "models" / WHISPER
    there = whisper.is_dir()
    rows.append(
        {
            "language": "all",
            "name": WHISPER if there else None,
            "path": str(whisper) if there else None,
            "source": "home" if there else None,
            "synthetic_only": False if there else None,
            "recommended": WHISPER,
            "used_for": "second hearing" if there and settings.asr.review == WHISPER else None,
            "size_mb": _size_mb(whisper) if there else None,
            "licence": WHISPER_LICENCE if there else None,
        }
    )
    if as_json:
        print_json(rows)
        return
    print_table(
        ("language", "model", "from", "used for", "MB", "licence", "recommended", "folder"),
        [
            (
                str(row["language"]),
                _shown(row["name"], row["synthetic_only"]),
                str(row["source"] or ""),
                str(row["used_for"] or ""),
                str(row["size_mb"] or ""),
                str(row["licence"] or ""),
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


def _used_for(*, live: bool) -> str:
    return "live calls, transcripts" if live else "transcripts"


def _size_mb(folder: Path) -> int:
    return round(sum(each.stat().st_size for each in folder.rglob("*") if each.is_file()) / 1e6)


@app.command("install")
def install(
    language: Annotated[
        str, typer.Argument(help=f"One of {', '.join(LANGUAGES)}, or whisper-base.")
    ],
    config: ConfigOption = None,
) -> None:
    """Download the model recommended for a language (a broken download is resumed), or
    Whisper base, which hears recordings once more after the call."""
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    from asr.engine import RECOMMENDED, WHISPER, install_model

    if language == WHISPER:
        _install_whisper(load_or_default(config))
        return
    if language not in RECOMMENDED:
        known = (*RECOMMENDED, WHISPER)
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


def _install_whisper(settings: Config) -> None:
    from asr.engine import WHISPER, has_whisper, install_whisper

    path = install_whisper(settings.home)
    typer.echo(f"{WHISPER} is in {path}")
    if not has_whisper():
        typer.echo("it needs faster-whisper: pip install 'hotline[whisper]'")
    if settings.asr.review != WHISPER:
        typer.echo(f"to use it, write review = {WHISPER} in [asr]")


@app.command("bench")
def bench(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Measure what the installed models cost on this machine: seconds of one core per second of
    speech, of silence, and by word list. Takes up to a minute."""
    from asr.engine import find_model, load_model

    settings = load_or_default(config)
    rows: list[dict[str, object]] = []
    for language in LANGUAGES:
        info = find_model(language, configured=settings.model_for(language), home=settings.home)
        if info is None:
            continue
        ability = load_model(info).capabilities
        rows.append(
            {
                "language": language,
                "name": info.name,
                "speech_rtf": round(ability.speech_rtf, 3),
                "silence_rtf": round(ability.silence_rtf, 3),
                "word_list_rtf": round(ability.word_list_rtf, 3),
                "live_engine": ability.live_engine.value,
            }
        )
    rows += _bench_whisper(settings)
    if as_json:
        print_json(rows)
        return
    print_table(
        ("language", "model", "speech", "silence", "word list", "hears live calls by"),
        [tuple(str(value) for value in row.values()) for row in rows],
        empty="no model is installed",
    )


def _bench_whisper(settings: Config) -> list[dict[str, object]]:
    """A window of half a minute, as a recording fills it."""
    from asr.engine import WHISPER, Whisper, has_whisper, measure_recording_engine

    folder = settings.home / "models" / WHISPER
    if not (folder.is_dir() and has_whisper()):
        return []
    speech, silence = measure_recording_engine(Whisper(folder))
    return [
        {
            "language": "all",
            "name": WHISPER,
            "speech_rtf": round(speech, 3),
            "silence_rtf": round(silence, 3),
            "word_list_rtf": "",
            "live_engine": "not live",
        }
    ]

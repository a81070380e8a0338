"""`hotline evaluate`: how well urgent calls are recognised."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hotline.commands.options import ConfigOption, JsonOption, load_or_default
from hotline.commands.problems import CommandError
from hotline.commands.terminal import print_json, print_table
from hotline.config.values import LANGUAGES, suggestion

if TYPE_CHECKING:
    from asr.engine import LiveModel
    from hotline.config.config import Config


def evaluate(
    data: Annotated[Path, typer.Argument(help="JSON lines, or a folder of such files (*.jsonl).")],
    language: Annotated[str, typer.Option(help=f"One of {', '.join(LANGUAGES)}.")] = "zh-CN",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Score labelled sentences: {"text" or "wav": ..., "expected": category or null} a line."""
    from asr.evaluation import Stage
    from asr.evaluation import evaluate as score
    from asr.lexicon import load_lexicon
    from hotline.categories import company_pack
    from ivr.packs import load_pack

    if language not in LANGUAGES:
        raise CommandError(
            f"--language must be one of {', '.join(LANGUAGES)}{suggestion(language, LANGUAGES)}"
        )
    if not data.exists():
        raise CommandError(f"there is no file or folder {data}")
    settings = load_or_default(config)
    pack = load_pack(language, company=company_pack(settings))
    report = score(
        [data],
        language,
        load_lexicon(pack.lexicon_path, pack.own_lexicon, categories=pack.categories),
        lambda: _model(settings, language),  # text alone needs none
        level=settings.urgent.confirm,
        sure=settings.urgent.sure,
    ).to_dict()
    if as_json:
        print_json(report)
        return
    print_table(
        ("what", "value"),
        [
            (name, _shown(value))
            for name, value in report.items()
            if not isinstance(value, list | dict)
        ],
        empty="",
    )
    if report["groups"]:
        typer.echo("\nrecordings, and the stage at which an error came about:")
        print_table(
            ("recordings", "sentences", "urgent", "recall", "precision", *Stage),
            [
                (
                    each["name"],
                    str(each["sentences"]),
                    str(each["urgent"]),
                    *(_shown(each[score]) for score in ("recall", "precision")),
                    *(str(each["stages"].get(stage, 0)) for stage in Stage),
                )
                for each in report["groups"]
            ],
            empty="",
        )
    for title in ("missed", "false_alarms"):
        typer.echo(f"\n{title.replace('_', ' ')}: {len(report[title])}")
        for sentence in report[title]:
            typer.echo(f"  {sentence}")


def _model(settings: Config, language: str) -> LiveModel | None:
    """What listens to audio; without a real model for Chinese, the one for trials."""
    from asr.engine import embedded_model, find_model, load_model

    found = find_model(language, configured=settings.model_for(language), home=settings.home)
    if found is None and embedded_model().language == language:
        found = embedded_model()
        typer.echo(
            f"no model for {language} is installed: {found.name} listens, which learnt "
            "from synthetic voices and no person",
            err=True,
        )
    return load_model(found) if found else None


def _shown(value: object) -> str:
    if value is None:
        return "not measured"
    return f"{value:.3f}" if isinstance(value, float) else str(value)

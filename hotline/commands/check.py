"""`hotline check FILE`: what is wrong with a configuration."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from hotline.commands.options import ConfigOption, JsonOption, config_path
from hotline.commands.terminal import print_json


def check(
    file: Annotated[
        Path | None, typer.Argument(help="The configuration to look at.", show_default=False)
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say every mistake of a configuration at once, by line. Exit code 1 when there is one."""
    from hotline.checks.check import Severity, check_file
    from hotline.checks.oncall import check_oncall
    from hotline.config.reading import read_config
    from hotline.logs import configure_logs

    configure_logs("console", "error")
    path = config_path(file or config)
    found = {*check_file(path), *asyncio.run(check_oncall(read_config(path)))}
    findings = sorted(found)
    mistakes = [item for item in findings if item.severity is Severity.MISTAKE]
    if as_json:
        print_json(
            [
                {"line": item.line, "severity": item.severity.value, "text": item.text}
                for item in findings
            ]
        )
    else:
        for finding in findings:
            typer.echo(f"{path}: {finding}")
        warnings = len(findings) - len(mistakes)
        typer.echo(f"{path}: {_count(len(mistakes), 'mistake')}, {_count(warnings, 'warning')}")
    if mistakes:
        raise typer.Exit(1)


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"

"""Options that commands share, and what they open."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hotline.commands.problems import CommandError
from hotline.config import Config, load_config
from hotline.logs import configure_logs

DEFAULT_CONFIG = Path("hotline.conf")

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        envvar="HOTLINE_CONFIG",
        help="The configuration; without it, hotline.conf in this folder.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]


def config_path(given: Path | None) -> Path:
    """The file to read.

    Raises:
        CommandError: none was named and there is none here.
    """
    if given is not None:
        return given
    if DEFAULT_CONFIG.exists():
        return DEFAULT_CONFIG
    raise CommandError(
        "no configuration: name it with --config FILE or HOTLINE_CONFIG, "
        "or make hotline.conf here from sip.example.conf"
    )


def load(given: Path | None, *, service: bool = False) -> Config:
    """The configuration, and the log set up: as it says for a service, else warnings alone.

    Raises:
        CommandError: no file was named and there is none here.
        ConfigError: the file has mistakes.
    """
    config = load_config(config_path(given))
    if service:
        configure_logs(config.hotline.log, config.hotline.log_level)
    else:
        configure_logs("console", "warning")
    return config


def load_or_default(given: Path | None) -> Config:
    """As `load`, but the defaults (home in this folder) where no file is."""
    if given is None and not DEFAULT_CONFIG.exists():
        configure_logs("console", "warning")
        return Config()
    return load(given)

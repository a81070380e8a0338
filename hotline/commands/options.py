"""Options that commands share, and what they open."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from hotline.commands.problems import CommandError
from hotline.config.config import Config
from hotline.config.environment_file import BESIDE, read_environment_file
from hotline.config.reading import load_config
from hotline.logs import configure_logs

#: Where a configuration is looked for, in this order.
DEFAULT_CONFIGS = (Path("hotline.conf"), Path("/etc/hotline/hotline.conf"))
ENVIRONMENT_FILE = "HOTLINE_ENVIRONMENT_FILE"

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        envvar="HOTLINE_CONFIG",
        help="The configuration; without it, hotline.conf in this folder or in /etc/hotline.",
        show_default=False,
    ),
]
ReasonOption = Annotated[
    str,
    typer.Option(
        "--reason",
        help="Why you look: with it sensitive tickets and anonymous callers are shown too, and "
        "the access log says so.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]


def config_path(given: Path | None) -> Path:
    """The file to read; the secrets beside it are in the environment from now on.

    Raises:
        CommandError: none was named and there is none where one is looked for.
        ConfigError: the file of secrets cannot be read.
    """
    path = given or _default_config()
    if path is None:
        raise CommandError(
            "no configuration: name it with --config FILE or HOTLINE_CONFIG, or make "
            "hotline.conf here or in /etc/hotline from the sample (`hotline sample > hotline.conf`)"
        )
    _read_secrets(path)
    return path


def _default_config() -> Path | None:
    return next((path for path in DEFAULT_CONFIGS if path.exists()), None)


def _read_secrets(config: Path) -> None:
    """What the file of secrets has and the environment has not. One that was not named and may
    not be read is passed over: systemd has given the service what is in it."""
    named = os.environ.get(ENVIRONMENT_FILE)
    path = Path(named) if named else config.absolute().parent / BESIDE
    if not named and not os.access(path, os.R_OK):
        return
    for name, value in read_environment_file(path).items():
        os.environ.setdefault(name, value)


def load(given: Path | None, *, service: bool = False) -> Config:
    """The configuration, and the log set up: as it says for a service, else warnings alone.

    Raises:
        CommandError: no file was named and there is none here.
        ConfigError: the file has mistakes.
    """
    config = load_config(config_path(given), service=service)
    if service:
        configure_logs(config.hotline.log, config.hotline.log_level)
    else:
        configure_logs("console", "warning")
    return config


def load_or_default(given: Path | None) -> Config:
    """As `load`, but the defaults (home in this folder) where no file is."""
    if given is None and _default_config() is None:
        configure_logs("console", "warning")
        return Config()
    return load(given)

"""The file of secrets beside the configuration, as systemd's `EnvironmentFile=` reads it.

The service gets it from systemd; commands beside the service read the same file themselves, so
that `hotline user add` knows what `hotline serve` knows (systemd.exec(5), EnvironmentFile=).
"""

from __future__ import annotations

import getpass
import re
from collections.abc import Iterator
from pathlib import Path

from hotline.config.file import ConfigError, Mistake

__all__ = ["read_environment_file"]

BESIDE = "environment"  # its name, in the folder of the configuration

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WHITESPACE = " \t"


def read_environment_file(path: Path) -> dict[str, str]:
    """Names and values; comment lines begin with # or ;, quotes and backslashes as systemd's.

    Raises:
        ConfigError: it cannot be read, or a line is no NAME=value; never with a value in it.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except PermissionError:
        advice = (
            f"{getpass.getuser()} may not read it: run the command as the service's user "
            f"(sudo -u hotline ...), and let that user read it (chgrp hotline, chmod 640)"
        )
        raise ConfigError(str(path), (Mistake(0, advice),)) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError(str(path), (Mistake(0, f"cannot be read: {reason}"),)) from None
    except UnicodeDecodeError:
        raise ConfigError(str(path), (Mistake(0, "is not UTF-8 text; save it as UTF-8"),)) from None
    values: dict[str, str] = {}
    mistakes = []
    for number, line in _lines(text):
        name, equals, value = line.partition("=")
        if not equals or not _NAME.fullmatch(name.strip()):
            mistakes.append(Mistake(number, "is no NAME=value; a comment begins with #"))
            continue
        values[name.strip()] = _unquoted(value.strip(_WHITESPACE))
    if mistakes:
        raise ConfigError(str(path), tuple(mistakes))
    return values


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines that say something, with their numbers; a backslash at the end joins the next."""
    begun, gathered = 0, ""
    for number, line in enumerate(text.splitlines(), start=1):
        if not gathered and (not line.strip() or line.lstrip()[0] in "#;"):
            continue
        begun = begun if gathered else number
        if line.endswith("\\"):
            gathered += line[:-1]
            continue
        yield begun, gathered + line
        gathered = ""
    if gathered:
        yield begun, gathered


def _unquoted(value: str) -> str:
    """Within '...' everything is itself; within "..." and without quotes a backslash takes the
    next character as it is."""
    quote = ""
    out = []
    characters = iter(value)
    for character in characters:
        if character == quote:
            quote = ""
        elif not quote and character in "'\"":
            quote = character
        elif character == "\\" and quote != "'":
            out.append(next(characters, ""))
        else:
            out.append(character)
    return "".join(out)

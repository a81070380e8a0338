"""`hotline doctor`: is this machine fit to answer calls, and if not, what mends it?"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from hotline.checks import keeping, line, machine, mail
from hotline.checks.check import Severity, check_file
from hotline.checks.result import Examination, Result, State
from hotline.config.file import ConfigError
from hotline.config.reading import read_config

if TYPE_CHECKING:
    pass

__all__ = ["examine"]


async def examine(path: Path) -> tuple[Result, ...]:
    """Look at everything; one part's trouble keeps none of the others from being looked at.

    Ports and files are tried and let go. A database that is there is brought to the newest
    schema, as every opening does.
    """
    try:
        located = await asyncio.to_thread(read_config, path)
    except ConfigError as error:
        facts = "; ".join(str(mistake) for mistake in error.mistakes)
        return (Result("configuration", State.FAIL, f"{path} {facts}", "name another --config"),)
    results = await asyncio.to_thread(_configuration, path)
    for examination in _EXAMINATIONS:
        results += await examination(located.config)
    return tuple(results)


def _configuration(path: Path) -> list[Result]:
    findings = check_file(path)
    mistakes = sum(item.severity is Severity.MISTAKE for item in findings)
    if mistakes:
        fact = f"{path} has {mistakes} mistake{'s' if mistakes > 1 else ''}"
        return [Result("configuration", State.FAIL, fact, f"run hotline check {path}")]
    return [Result("configuration", State.OK, f"{path} has no mistakes")]


_EXAMINATIONS: tuple[Examination, ...] = (
    machine.python,
    line.ports,
    line.trunks,
    line.training,
    machine.models,
    machine.voice,
    keeping.disk,
    keeping.key_file,
    keeping.recordings_store,
    keeping.database,
    machine.clock,
    machine.ffmpeg,
    mail.mail_in,
)

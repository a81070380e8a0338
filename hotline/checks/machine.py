"""Whether this machine has what the program needs: Python, clock, ffmpeg, voice, speech models."""

from __future__ import annotations

import asyncio
import contextlib
import platform
import shutil
import sqlite3
import sys
from pathlib import Path

from call_logs.storage import SYSTEM_CLOCK
from hotline.checks.result import Result, State
from hotline.config.config import Config

CLOCK_SLACK_S = 120.0
COMMAND_LIMIT_S = 5.0


async def python(config: Config) -> list[Result]:
    """DBOS takes SQLite's `subsec` (3.42) for granted from Python 3.12 on."""
    fact = f"Python {platform.python_version()} with SQLite {sqlite3.sqlite_version}"
    old = sys.version_info >= (3, 12) and sqlite3.sqlite_version_info < (3, 42)
    if old and config.database_file is not None:
        mend = "set up with Python 3.11, or one with SQLite 3.42 or newer: make clean setup"
        return [Result("python", State.FAIL, f"{fact}: durable jobs cannot start", mend)]
    return [Result("python", State.OK, fact)]


async def models(config: Config) -> list[Result]:
    """The speech model of each language."""
    return [
        await asyncio.to_thread(_model, config, language) for language in config.hotline.languages
    ]


def _model(config: Config, language: str) -> Result:
    from asr import SpeechError
    from asr.engine import find_model, load_model

    part = f"speech model {language}"
    install = f"run hotline models install {language}"
    try:
        info = find_model(language, configured=config.model_for(language), home=config.home)
        if info is None:
            fact = "none: callers are routed by keys and recorded, and transcribed later"
            return Result(part, State.WARN, fact, install)
        ability = load_model(info).capabilities
    except SpeechError as error:
        return Result(part, State.FAIL, str(error), install)
    lists = "and word lists" if ability.supports_word_list else "but ignores word lists"
    fact = (
        f"{info.name} from {info.source}; understands free speech ({ability.speech_rtf:.2f} of a "
        f"core a call) {lists}; live calls use {ability.live_engine.value.replace('_', ' ')}"
    )
    if info.synthetic_only:
        return Result(part, State.WARN, f"{fact}; it has only ever heard synthetic voices", install)
    return Result(part, State.OK, fact)


async def voice(config: Config) -> list[Result]:
    """The runtime voice speaks numbers and names that no recording holds."""
    from ivr.prompts import Voice, VoiceError

    voice = Voice()
    try:
        spoken = await voice.speak("1", config.hotline.language, 8000)
    except VoiceError as error:
        return [Result("voice", State.FAIL, str(error), "run make setup again")]
    finally:
        voice.close()
    return [Result("voice", State.OK, f"speaks {config.hotline.language}")] if spoken else []


async def clock(config: Config) -> list[Result]:
    """Whether it can be trusted."""
    return [await asyncio.to_thread(_clock_against_files, config), await _clock_synchronised()]


def _clock_against_files(config: Config) -> Result:
    """Files from the future mean that the clock was set back, and deadlines would be wrong."""
    now = SYSTEM_CLOCK.now().timestamp()
    folder = config.home if config.home.is_dir() else Path(__file__).parent
    newest = max((item.stat().st_mtime for item in folder.iterdir()), default=0.0)
    zone = config.hotline.timezone
    local = SYSTEM_CLOCK.now().astimezone(zone)
    if newest > now + CLOCK_SLACK_S:
        fact = f"the clock is {newest - now:.0f} s behind files in {folder}"
        return Result("clock", State.FAIL, fact, "set the clock; run an NTP service")
    return Result("clock", State.OK, f"{local:%Y-%m-%d %H:%M} in {zone.key}")


async def _clock_synchronised() -> Result:
    answer = await _output("timedatectl", "show", "--property=NTPSynchronized", "--value")
    if answer == "yes":
        return Result("clock synchronisation", State.OK, "the clock follows a time server")
    if answer == "no":
        fact = "the clock follows no time server"
        return Result("clock synchronisation", State.WARN, fact, "run timedatectl set-ntp true")
    fact = "unknown: this system does not tell whether its clock is synchronised"
    return Result("clock synchronisation", State.OK, fact)


async def ffmpeg(config: Config) -> list[Result]:
    """Which turns what people recorded into prompts."""
    del config
    if shutil.which("ffmpeg") is None:
        fact = "not installed: own prompts can be imported from WAV only"
        return [Result("ffmpeg", State.WARN, fact, "install ffmpeg to import MP3, OGG, M4A")]
    line = (await _output("ffmpeg", "-version") or "").partition("\n")[0]
    return [Result("ffmpeg", State.OK, " ".join(line.split()[:3]) or "installed")]


async def _output(*command: str) -> str | None:
    """What a short program prints; None when it is missing, fails or hangs."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return None
    try:
        async with asyncio.timeout(COMMAND_LIMIT_S):
            output, _ = await process.communicate()
    except TimeoutError:
        return None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return output.decode(errors="replace").strip() if process.returncode == 0 else None

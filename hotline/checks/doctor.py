"""`hotline doctor`: is this machine fit to answer calls, and if not, what mends it?"""

from __future__ import annotations

import asyncio
import contextlib
import platform
import shutil
import sqlite3
import stat
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from call_logs.storage import SYSTEM_CLOCK
from hotline.checks.check import Severity, check_file
from hotline.checks.probes import bind_problem, existing_parent, folder_problem
from hotline.config.addresses import Address, split_address
from hotline.config.config import Config
from hotline.config.file import ConfigError
from hotline.config.reading import read_config

if TYPE_CHECKING:
    from call_logs.roster import Roster

__all__ = ["Result", "State", "examine"]

# An hour of two-channel mu-law sound is 58 MB: below the first the night's calls may not
# fit, below the second not even the current ones.
DISK_LOW_BYTES = 2_000_000_000
DISK_FULL_BYTES = 200_000_000
CLOCK_SLACK_S = 120.0
COMMAND_LIMIT_S = 5.0
STORE_LIMIT_S = 15.0


class State(StrEnum):
    """How a part does."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Result:
    """One part looked at: a fact, and what to do when it is not well."""

    name: str
    state: State
    fact: str
    mend: str = ""


Examination = Callable[[Config], Awaitable[list[Result]]]


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


async def _ports(config: Config) -> list[Result]:
    results = []
    for name, address, transport in _listening(config):
        problem = await asyncio.to_thread(bind_problem, address, transport)
        where = f"{address} {'udp' if transport == 'udp' else 'tcp'}"
        if not problem:
            results.append(Result(name, State.OK, f"{where} is free"))
        elif "is taken" in problem:
            mend = "fine while the hotline runs; else end the other program or choose another port"
            results.append(Result(name, State.WARN, f"{where}: {problem}", mend))
        else:
            mend = "correct listen in the configuration"
            results.append(Result(name, State.FAIL, f"{where}: {problem}", mend))
    return results


def _listening(config: Config) -> Iterator[tuple[str, Address, str]]:
    for transport in config.sip.transport:
        if transport == "tls":
            yield "SIP port", replace(config.sip.listen, port=config.sip.tls_port), transport
        else:
            yield "SIP port", config.sip.listen, transport
    yield "dashboard port", config.dashboard.listen, "tcp"


async def _trunks(config: Config) -> list[Result]:
    if not config.trunks:
        mend = "add a [trunk NAME] with the server of your provider or PBX"
        return [Result("trunks", State.WARN, "there are none: nobody can call", mend)]

    usable = [name for name, trunk in config.trunks.items() if trunk.server]
    found = await asyncio.gather(*(_trunk(config, name) for name in usable))
    return [result for results in found for result in results]


async def _trunk(config: Config, name: str) -> list[Result]:
    """Whether a trunk's server is there, is who it should be, and takes our password."""
    from ivr.endpoint import (
        EndpointError,
        Silence,
        SipSilent,
        ask_options,
        ask_register,
        context_of,
    )

    part = f"trunk {name}"
    trunk = next(each for each in config.sip_settings().trunks if each.name == name)
    server = split_address(trunk.server, 5061 if trunk.transport == "tls" else 5060)
    where = f"{server} by {trunk.transport}"
    results = []
    if trunk.transport == "tls" and not trunk.tls_verify:
        fact = f"{where}: any certificate is taken (tls_verify = no)"
        mend = "name the server's authority in ca_file, and take tls_verify out"
        results.append(Result(part, State.WARN, fact, mend))
    try:
        trust = context_of(trunk) if trunk.transport == "tls" else None
        if trunk.register:
            status = await ask_register(
                server.host,
                server.port,
                trunk.transport,
                server=trunk.server,
                username=trunk.username,
                password=trunk.password,
                trust=trust,
            )
            return [*results, _registration(part, where, status)]
        status = await ask_options(server.host, server.port, trunk.transport, trust=trust)
    except EndpointError as error:
        return [*results, Result(part, State.FAIL, str(error), "correct ca_file")]
    except SipSilent as silent:
        state = State.FAIL if silent.why in {Silence.REFUSED, Silence.UNTRUSTED} else State.WARN
        mend = {
            Silence.NO_ANSWER: "see that it is on, and that no firewall between drops SIP; some "
            "providers answer calls but no OPTIONS (options = no)",
            Silence.REFUSED: "the machine is there, but nothing listens: check port and transport",
            Silence.NO_ADDRESS: "check the name in server, and the DNS",
            Silence.NO_ROUTE: "check this machine's network and its route to the server",
            Silence.UNTRUSTED: "name the server's authority in ca_file, or the server as its "
            "certificate does",
            Silence.NO_SIP: "check port and transport",
        }[silent.why]
        return [*results, Result(part, state, f"{where}: {silent}", mend)]
    return [*results, Result(part, State.OK, f"{where} answers ({status})")]


def _registration(part: str, where: str, status: int) -> Result:
    if 200 <= status < 300:
        return Result(part, State.OK, f"{where} takes our username and password ({status})")
    if status in {401, 403, 407}:
        mend = "correct username and password; after some wrong ones a server may lock us out"
        return Result(part, State.FAIL, f"{where} refuses our password ({status})", mend)
    if status == 404:
        fact = f"{where} does not know our user (404)"
        return Result(part, State.FAIL, fact, "correct username")
    fact = f"{where} answers our REGISTER with {status}"
    return Result(part, State.WARN, fact, "ask the provider what that means")


async def _models(config: Config) -> list[Result]:
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


async def _disk(config: Config) -> list[Result]:
    return await asyncio.to_thread(_disk_now, config)


def _disk_now(config: Config) -> list[Result]:
    problem = folder_problem(config.home)
    if problem:
        return [Result("home folder", State.FAIL, problem, "correct home in [hotline]")]
    parent = existing_parent(config.home)
    free = shutil.disk_usage(parent).free
    fact = f"{config.home} has {free / 1e9:.1f} GB free"
    if free < DISK_FULL_BYTES:
        return [Result("home folder", State.FAIL, fact, "make room: recordings no longer fit")]
    if free < DISK_LOW_BYTES:
        mend = "make room, or keep recordings for fewer days ([keep] recordings)"
        return [Result("home folder", State.WARN, fact, mend)]
    try:
        with tempfile.NamedTemporaryFile(dir=parent) as trial:
            trial.write(b"\0" * 4096)
            trial.flush()
    except OSError as error:
        fact = f"{parent} cannot be written: {error.strerror}"
        return [Result("home folder", State.FAIL, fact, "check the disk and its owner")]
    return [Result("home folder", State.OK, f"{fact} and can be written")]


async def _key_file(config: Config) -> list[Result]:
    return [await asyncio.to_thread(_key_file_now, config)]


def _key_file_now(config: Config) -> Result:
    from call_logs.storage import KeyProblem, Keys

    path = config.key_file
    database = config.database_file
    if not path.exists() and not (database and database.exists()):
        return Result("key file", State.OK, f"{path} will be made at the first start")
    try:
        Keys.load(path, create=False)
    except KeyProblem as error:
        return Result("key file", State.FAIL, str(error), "see docs/install.md, Backup")
    if not path.exists():
        return Result("key file", State.OK, "the key comes from the environment")
    mode = stat.S_IMODE(path.stat().st_mode)
    return Result("key file", State.OK, f"{path} has mode {mode:o}; keep a copy in a safe place")


async def _recordings_store(config: Config) -> list[Result]:
    """Where finished recordings go, when that is not the home folder: a file is tried."""
    if config.recordings_store is None:
        return []
    from call_logs.recordings import RecordingFiles

    files = RecordingFiles(config.home / "recordings", config.recordings_store)
    mend = (
        "recordings stay in the home folder until it can be used: correct store in [recordings], "
        "and its address and secrets in the environment"
    )
    try:
        async with asyncio.timeout(STORE_LIMIT_S):
            await asyncio.to_thread(files.try_store)
    except TimeoutError:
        fact = f"no answer within {STORE_LIMIT_S:.0f} s"
    except Exception as error:
        # Each kind of store has errors of its own, and some of them repeat secrets.
        fact = f"a file cannot be written there ({type(error).__name__})"
    else:
        return [Result("recordings' store", State.OK, "a file was written, read and removed")]
    return [Result("recordings' store", State.FAIL, fact, mend)]


async def _database(config: Config) -> list[Result]:
    """Only a database that is there is opened; the first start makes a new one."""
    file = config.database_file
    if file is not None and not file.exists():
        problem = folder_problem(file.parent)
        if problem:
            return [Result("database", State.FAIL, problem, "correct url in [database]")]
        return [Result("database", State.OK, f"{file} will be made at the first start")]
    from call_logs.storage import StoreError
    from hotline.storage import open_store

    try:
        async with open_store(config, node="doctor") as store:
            health = await store.health()
            roster = await store.roster.current()
    except StoreError as error:
        return [Result("database", State.FAIL, str(error), "see docs/install.md, Database")]
    except OSError as error:
        fact = f"not reachable: {error.strerror or type(error).__name__}"
        return [Result("database", State.FAIL, fact, "start the database server; check url")]
    results = [
        Result(f"store: {item.name}", State.OK if item.ok else State.FAIL, item.detail)
        for item in health.checks
    ]
    return [*results, _on_call(roster, config)]


def _on_call(roster: Roster, config: Config) -> Result:
    from call_logs.roster import dial_problems, line_problems
    from hotline.checks.oncall import empty_fact, empty_mend, gap_facts

    if nobody := empty_fact(roster):
        return Result("on call", State.WARN, nobody, empty_mend(roster))
    if refused := dial_problems(roster.people, config.dialling):
        fact = "; ".join(str(problem) for problem in refused)
        return Result("on call", State.FAIL, fact, "see [dial] in docs/configuration.md")
    if deaf := line_problems(roster.lines, config.dialling):
        fact = "; ".join(str(problem) for problem in deaf)
        mend = "until then its calls are asked what and where, like anybody's"
        return Result("on call", State.WARN, fact, mend)
    gaps = gap_facts(roster, config)
    if gaps:
        return Result("on call", State.WARN, "; ".join(gaps), "add people or shifts")
    return Result("on call", State.OK, "somebody can be reached at every hour of the next 30 days")


async def _python(config: Config) -> list[Result]:
    """DBOS takes SQLite's `subsec` (3.42) for granted from Python 3.12 on."""
    fact = f"Python {platform.python_version()} with SQLite {sqlite3.sqlite_version}"
    old = sys.version_info >= (3, 12) and sqlite3.sqlite_version_info < (3, 42)
    if old and config.database_file is not None:
        mend = "set up with Python 3.11, or one with SQLite 3.42 or newer: make clean setup"
        return [Result("python", State.FAIL, f"{fact}: durable jobs cannot start", mend)]
    return [Result("python", State.OK, fact)]


async def _clock(config: Config) -> list[Result]:
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


async def _ffmpeg(config: Config) -> list[Result]:
    del config
    if shutil.which("ffmpeg") is None:
        fact = "not installed: own prompts can be imported from WAV only"
        return [Result("ffmpeg", State.WARN, fact, "install ffmpeg to import MP3, OGG, M4A")]
    line = (await _output("ffmpeg", "-version") or "").partition("\n")[0]
    return [Result("ffmpeg", State.OK, " ".join(line.split()[:3]) or "installed")]


async def _voice(config: Config) -> list[Result]:
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


_EXAMINATIONS: tuple[Examination, ...] = (
    _python,
    _ports,
    _trunks,
    _models,
    _voice,
    _disk,
    _key_file,
    _recordings_store,
    _database,
    _clock,
    _ffmpeg,
)

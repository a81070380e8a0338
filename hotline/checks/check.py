"""`hotline check`: everything that can be known to be wrong before a start."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from hotline.checks.finding import Finding, Severity, mistake, warning
from hotline.checks.packs import look_at_packs
from hotline.checks.probes import bind_problem, file_problem, folder_problem
from hotline.config.addresses import Address
from hotline.config.located import Located
from hotline.config.reading import read_config
from hotline.config.sections import TrunkSection

__all__ = ["Finding", "Severity", "check_file"]


def check_file(path: Path, environment: Mapping[str, str] | None = None) -> tuple[Finding, ...]:
    """Everything wrong or doubtful with the configuration in `path`, by line. Blocks.

    Ports are tried and let go; nothing is made or changed.

    Raises:
        ConfigError: the file cannot be read at all.
    """
    located = read_config(path, environment)
    findings = {Finding(item.line, Severity.MISTAKE, item.text) for item in located.mistakes}
    for look in _LOOKS:
        findings.update(look(located))
    return tuple(sorted(findings))


def _stack(located: Located) -> Iterator[Finding]:
    """What the pure-Python stack cannot do, so that it is refused and not ignored."""
    sip = located.config.sip
    if sip.stack != "pyvoip":
        return
    asked = {f"transport={name}": ("sip", "transport") for name in sip.transport}
    asked |= {f"codec={name}": ("sip", "codecs") for name in sip.codecs}
    if sip.max_calls > 50:
        asked["max_calls>50"] = ("sip", "max_calls")
    yield from _limits(located, asked)
    for section, trunk in _trunk_sections(located):
        yield from _limits(
            located,
            {
                f"transport={trunk.transport}": (section, "transport"),
                f"srtp={trunk.srtp}": (section, "srtp"),
                **{f"codec={name}": (section, "codecs") for name in trunk.codecs},
            },
        )


def _limits(located: Located, asked: Mapping[str, tuple[str, str]]) -> Iterator[Finding]:
    from ivr.endpoint import PYVOIP_LIMITS

    for feature, (section, key) in asked.items():
        if feature in PYVOIP_LIMITS:
            line = located.line(section, key)
            yield mistake(line, f"[{section}] {key}: {PYVOIP_LIMITS[feature]}")


def _ports(located: Located) -> Iterator[Finding]:
    """Ports that are taken: a warning, for the hotline itself may be running."""
    sip = located.config.sip
    tries = [
        (("sip", "listen"), sip.listen, transport)
        for transport in sip.transport
        if transport != "tls"
    ]
    if "tls" in sip.transport:
        tries.append((("sip", "tls_port"), replace(sip.listen, port=sip.tls_port), "tls"))
    tries.append((("dashboard", "listen"), located.config.dashboard.listen, "tcp"))
    for (section, key), address, transport in tries:
        problem = bind_problem(address, transport)
        if problem:
            severity = Severity.WARNING if "is taken" in problem else Severity.MISTAKE
            text = f"[{section}] {key}: {problem}"
            yield Finding(located.line(section, key), severity, text)
    if sip.listen.port == located.config.dashboard.listen.port and "tcp" in sip.transport:
        yield mistake(
            located.line("dashboard", "listen"),
            "[dashboard] listen has the port of [sip] listen; choose another",
        )


def _trunks(located: Located) -> Iterator[Finding]:
    if not located.config.trunks:
        yield warning(
            0, "there is no [trunk NAME]: nobody can call, and nobody on call can be reached"
        )
    for section, trunk in _trunk_sections(located):
        if any(network.prefixlen == 0 for network in trunk.allow):
            yield warning(
                located.line(section, "allow"),
                f"[{section}] allow lets the whole internet call; name the trunk's addresses",
            )
        yield from _certificates(located, section, trunk)
        wrong = set(trunk.codecs) - set(located.config.sip.codecs)
        if wrong:
            yield mistake(
                located.line(section, "codecs"),
                f"[{section}] codecs has {', '.join(sorted(wrong))}, which [sip] codecs lacks",
            )


def _certificates(located: Located, section: str, trunk: TrunkSection) -> Iterator[Finding]:
    """Whether the server of a TLS trunk has to prove who it is."""
    problem = file_problem(trunk.ca_file) if trunk.ca_file else ""
    if problem:
        yield mistake(located.line(section, "ca_file"), f"[{section}] ca_file: {problem}")
    if trunk.transport != "tls":
        for key, is_set in (("ca_file", trunk.ca_file), ("tls_verify", not trunk.tls_verify)):
            if is_set:
                text = f"[{section}] {key} means nothing without transport = tls"
                yield warning(located.line(section, key), text)
    elif not trunk.tls_verify:
        yield warning(
            located.line(section, "tls_verify"),
            f"[{section}] tls_verify = no: whoever gets between this machine and the server can "
            "take its place, hear every call and learn the password; name the server's "
            "authority in ca_file instead",
        )


def _dial(located: Located) -> Iterator[Finding]:
    """Settings that open more than whoever wrote them may think."""
    config, dial = located.config, located.config.dial
    for form in dial.extensions:
        if any(re.fullmatch(form, number) for number in _OUTSIDE):
            yield warning(
                located.line("dial", "extensions"),
                f"[dial] extensions: {form} fits much that is no extension, such as a number "
                "with 9 before it; write the form that your PBX has, such as 8\\d{3}",
            )
    if dial.call_back_extensions and not dial.extensions:
        yield warning(
            located.line("dial", "call_back_extensions"),
            "[dial] call_back_extensions is yes but extensions names none: only users of the "
            "PBX by name are called back inside",
        )
    for prefix in dial.prefixes:
        if len(prefix) == 2 and config.hotline.region != "US":  # +1, +7
            yield warning(
                located.line("dial", "prefixes"),
                f"[dial] prefixes: {prefix} opens a whole continent to whoever leaves a number; "
                "write longer beginnings",
            )


_OUTSIDE = ("91234567", "12345678", "*721234")  # what callers of a PBX key for the network


def _files(located: Located) -> Iterator[Finding]:
    """Files that must be there, and folders that must be writable."""
    config = located.config
    needed: list[tuple[str, str, Path | None]] = [
        ("oncall", "roster", config.oncall.roster),
        ("dashboard", "tls_certificate", config.dashboard.tls_certificate),
        ("dashboard", "tls_key", config.dashboard.tls_key),
        ("sip", "tls_certificate", config.sip.tls_certificate),
    ]
    for section, key, path in needed:
        problem = file_problem(path) if path else ""
        if problem:
            yield mistake(located.line(section, key), f"[{section}] {key}: {problem}")
    problem = folder_problem(config.home)
    if problem:
        yield mistake(located.line("hotline", "home"), f"[hotline] home: {problem}")
    store = config.recordings_store
    problem = folder_problem(Path(store)) if store and "://" not in store else ""
    if problem:
        yield mistake(located.line("recordings", "store"), f"[recordings] store: {problem}")
    yield from _key_file(located)


def _drivers(located: Located) -> Iterator[Finding]:
    """Packages that a database or a store of recordings needs."""
    from call_logs.recordings import driver_problem

    store = located.config.recordings_store
    problem = driver_problem(store) if store else ""
    if problem:
        yield mistake(located.line("recordings", "store"), f"[recordings] store: {problem}")
    if located.config.database_file is None:
        try:
            import psycopg  # noqa: F401
        except ImportError:
            yield mistake(
                located.line("database", "url"),
                "[database] url: PostgreSQL's driver cannot be loaded: "
                "`pip install 'psycopg[binary]'`",
            )


def _key_file(located: Located) -> Iterator[Finding]:
    path = located.config.key_file
    line = located.line("recordings", "key_file")
    if not path.exists():
        return  # made at the first start
    problem = file_problem(path)
    if problem:
        yield mistake(line, f"[recordings] key_file: {problem}")
    elif stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield mistake(line, f"[recordings] key_file: others may read {path}; run chmod 600 {path}")


def _dashboard(located: Located) -> Iterator[Finding]:
    dashboard = located.config.dashboard
    if dashboard.tls_certificate is None and not _is_loopback(dashboard.listen):
        yield warning(
            located.line("dashboard", "listen"),
            "[dashboard] listen is open to the network without TLS: passwords and callers' words "
            "go unencrypted; set tls_certificate, or listen on 127.0.0.1 behind a TLS proxy",
        )


def _proxy(located: Located) -> Iterator[Finding]:
    """A proxy whose word nobody believes."""
    dashboard = located.config.dashboard
    behind = dashboard.public_url.startswith("https://") and dashboard.tls_certificate is None
    if behind and not dashboard.proxies:
        yield warning(
            located.line("dashboard", "public_url"),
            "[dashboard] public_url is https but the pages are not: when a proxy stands before "
            "them, name it in proxies, or every failed login counts for its one address",
        )


def _is_loopback(address: Address) -> bool:
    return address.host == "localhost" or address.host.startswith("127.") or address.host == "::1"


def _models(located: Located) -> Iterator[Finding]:
    from asr import SpeechError
    from asr.engine import find_model

    config = located.config
    for language in config.hotline.languages:
        line = located.line("asr", "model")
        try:
            model = find_model(language, configured=config.model_for(language), home=config.home)
        except SpeechError as error:
            yield mistake(line, f"[asr] model: {error}")
            continue
        if model is None:
            yield warning(
                line,
                f"no speech model for {language}: its callers are routed by keys and recorded, and "
                f"transcribed later; run hotline models install {language}",
            )
        elif model.synthetic_only:
            yield warning(
                line,
                f"[asr] model: {model.name} has only ever heard synthetic voices; it is for "
                f"trials, not for real callers; run hotline models install {language}",
            )


def _second_hearing(located: Located) -> Iterator[Finding]:
    from hotline.second_hearing import review_problem

    if problem := review_problem(located.config):
        yield warning(located.line("asr", "review"), f"[asr] review: {problem}")


def _trunk_sections(located: Located) -> Iterator[tuple[str, TrunkSection]]:
    for name, trunk in located.config.trunks.items():
        yield located.trunk_section(name), trunk


_LOOKS = (
    _stack,
    _ports,
    _trunks,
    _dial,
    _files,
    _drivers,
    _dashboard,
    _proxy,
    look_at_packs,
    _models,
    _second_hearing,
)

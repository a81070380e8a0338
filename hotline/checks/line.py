"""Whether calls can come in: the ports that we listen on, the trunks' servers, who is on call."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from hotline.checks.probes import bind_problem
from hotline.checks.result import Result, State
from hotline.config.addresses import Address, split_address
from hotline.config.config import Config

if TYPE_CHECKING:
    from call_logs.roster import Roster


async def ports(config: Config) -> list[Result]:
    """Whether each that we listen on is free."""
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


async def training(config: Config) -> list[Result]:
    """Who comes into training calls; nothing where there are none."""
    section = config.training
    if not section.number:
        return []
    vouching = [name for name, trunk in config.trunks.items() if trunk.verified]
    where = ", ".join(section.number)
    if section.code:
        who = "whoever knows the code" if section.callers == "anyone" else "staff with the code"
        return [Result("training", State.OK, f"calls to {where}: {who}")]
    by = ", ".join(vouching)
    fact = f"calls to {where}: people on the roster, by {by}, without a code"
    mend = "write a code in [training] if others can use their telephones"
    return [Result("training", State.WARN, fact, mend)]


def _listening(config: Config) -> Iterator[tuple[str, Address, str]]:
    for transport in config.sip.transport:
        if transport == "tls":
            yield "SIP port", replace(config.sip.listen, port=config.sip.tls_port), transport
        else:
            yield "SIP port", config.sip.listen, transport
    yield "dashboard port", config.dashboard.listen, "tcp"


async def trunks(config: Config) -> list[Result]:
    """Whether each trunk's server answers and takes us."""
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


def on_call(roster: Roster, config: Config) -> Result:
    """Whether somebody can be rung at every hour."""
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

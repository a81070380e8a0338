"""`hotline ring N`: have people rung for a ticket by the running service."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from hotline.commands.options import ConfigOption, load
from hotline.commands.problems import CommandError
from hotline.commands.service import LOOK_S, until_taken
from hotline.commands.tickets import find_ticket

if TYPE_CHECKING:
    from call_logs import Store
    from call_logs.calls import RequestOutcome
    from hotline.config.config import Config

ANSWERED_S = 120.0  # a hand-over waits until the owner was told

# What each outcome means, and what to do.
OUTCOMES = {
    "done": "rung; the ticket's page tells who answers",
    "already": "these people are being rung already",
    "held": "nobody was rung: somebody has the ticket (--again rings all the same)",
    "over": "nobody was rung: the ticket is closed",
    "no_level": "there is no further level; whoever is rung, is rung on",
    "not_ringing": "nobody is being rung now; leave --next-level away",
    "nobody": "nobody was rung: no number, away, or nobody on call; see hotline check",
    "stale": "nobody was rung: the service came too late; order it again",
    "failed": "it failed: the service's log tells why",
}
RUNG = frozenset({"done", "already"})


def ring(
    number: Annotated[str, typer.Argument(help="The ticket's number.")],
    person: Annotated[str, typer.Option(help="Ring this person of the roster.")] = "",
    policy: Annotated[str, typer.Option(help="A category such as fire; else the ticket's.")] = "",
    again: Annotated[bool, typer.Option("--again", help="Although somebody has it.")] = False,
    next_level: Annotated[
        bool, typer.Option("--next-level", help="Ring the next level too, now.")
    ] = False,
    hand_over: Annotated[
        bool, typer.Option("--hand-over", help="--person has it once they have accepted.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Have people rung for a ticket, now."""
    if bool(policy) + bool(person) + next_level > 1:
        raise CommandError("give one of --policy, --person and --next-level")
    if hand_over and not person:
        raise CommandError("--hand-over needs --person: who is to have it")
    order = ("hand_over" if hand_over else "next_level" if next_level else "ring", person, policy)
    outcome = asyncio.run(_order(load(config), number, order, again=again))
    typer.echo(OUTCOMES[outcome.value])
    if outcome.value not in RUNG:
        raise typer.Exit(1)


async def _order(
    settings: Config, number: str, order: tuple[str, str, str], *, again: bool
) -> RequestOutcome:
    from call_logs.calls import ANY_NODE, RequestAction
    from call_logs.users import COMMAND_LINE
    from hotline.storage import as_program, open_store

    action, person, policy = order
    # Whoever needs help gets it, confidential or not.
    async with open_store(settings, node="command-line") as store, as_program():
        ticket = await find_ticket(store, number)
        roster = await store.roster.current()
        if person and person not in roster.by_id:
            known = ", ".join(sorted(roster.by_id)) or "nobody"
            raise CommandError(f"there is no `{person}` on the roster; there are: {known}")
        data: dict[str, object] = {}
        if person:
            data["person"] = person
        elif action == RequestAction.RING:
            data["policy"] = policy or ticket.category or "other"
        if again:
            data["again"] = True
        request = await store.requests.add(
            RequestAction(action), ANY_NODE, data, actor=COMMAND_LINE, ticket_id=ticket.id
        )
        return await _outcome(store, request, ticket.id)


async def _outcome(store: Store, request: int, ticket_id: int) -> RequestOutcome:
    from datetime import timedelta

    since = store.clock.now() - timedelta(minutes=1)
    await until_taken(
        store,
        request,
        "no running service took it and nobody is rung: telephone yourself, and start "
        "hotline serve with this configuration",
    )
    try:
        async with asyncio.timeout(ANSWERED_S):
            while True:
                asked = await store.requests.for_ticket(ticket_id, since)
                outcome = next((each.outcome for each in asked if each.id == request), None)
                if outcome is not None:
                    return outcome
                await asyncio.sleep(LOOK_S)
    except TimeoutError:
        raise CommandError("the service does not say what came of it; see the ticket") from None

"""Which tickets: the options of every command that lists some."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hotline.commands.problems import CommandError
from hotline.config.values import suggestion

ClassOption = Annotated[str | None, typer.Option("--class", help="urgent, important or general.")]
StatusOption = Annotated[str | None, typer.Option(help="received, registered, ...")]
KindOption = Annotated[str | None, typer.Option(help="emergency, repair, complaint, ...")]
CategoryOption = Annotated[str | None, typer.Option(help="lift_entrapment, fire, ...")]
AssigneeOption = Annotated[
    str | None, typer.Option(help="A person or a department, by name or id.")
]
TextOption = Annotated[str | None, typer.Option(help="Words that stand in the ticket.")]
CallerOption = Annotated[str | None, typer.Option(help="Calling or call-back number.")]
OpenOption = Annotated[bool, typer.Option("--open", help="Not closed yet.")]
UnassessedOption = Annotated[
    bool, typer.Option("--unassessed", help="That no person has assessed yet.")
]
GapsOption = Annotated[bool, typer.Option("--gaps", help="Whose record lacks something.")]
OverdueOption = Annotated[bool, typer.Option("--overdue", help="Past a deadline.")]


def word_of(kind: Any, option: str, given: str | None) -> Any:
    """`given` as a member of an enumeration."""
    known = tuple(item.value for item in kind)
    if given is not None and given not in known:
        raise CommandError(f"{option} must be one of {', '.join(known)}{suggestion(given, known)}")
    return None if given is None else kind(given)

"""Targets of deadlines for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import Field

from call_logs.deadlines import ResponseTarget, Target
from call_logs.tickets import TicketClass
from dashboard.web.api_models import In, Out, example
from dashboard.web.errors import BadInput
from dashboard.web.signin import TargetSetter, TicketReader
from dashboard.web.site import SiteOf
from dashboard.web.texts import N_

router = APIRouter(prefix="/deadline-targets", tags=["tickets"])

LENGTHS = N_("A target is written such as 30 min, 24 h, 4 working h, 3 working d.")


class LengthsOut(Out):
    """Such as `30 min`, `24 h`, `4 working h`, `3 working d`."""

    acknowledge: str
    on_site: str
    feedback: str


class TargetOut(Out):
    """`of_file`: what the configuration says; null where it says nothing of the category."""

    ticket_class: TicketClass
    category: str
    target: LengthsOut
    of_file: LengthsOut | None
    is_changed: bool
    version: int


class TargetChangeOut(Out):
    """`after`: null where it is what the configuration says again."""

    id: int
    at: datetime
    actor: str
    ticket_class: TicketClass
    category: str
    before: LengthsOut | None
    after: LengthsOut | None
    note: str


class TargetIn(In):
    """`target`: null for what the configuration says. `version`: 0 for a category of which
    nothing was ever changed."""

    model_config = example(
        ticket_class="general",
        target={"acknowledge": "4 h", "on_site": "2 working d", "feedback": "3 working d"},
        version=0,
        note="agreed with the owners' committee",
    )

    ticket_class: TicketClass
    category: str = Field("", max_length=64)
    target: LengthsOut | None
    version: int = Field(ge=0, le=2**63 - 1)
    note: str = Field(min_length=1, max_length=1000)


def _lengths(target: ResponseTarget | None) -> LengthsOut | None:
    return None if target is None else LengthsOut(**target.kept)


def _out(each: Target) -> TargetOut:
    return TargetOut(
        ticket_class=each.ticket_class,
        category=each.category,
        target=LengthsOut(**each.target.kept),
        of_file=_lengths(each.of_file),
        is_changed=each.is_changed,
        version=each.version,
    )


@router.get("")
async def list_targets(site: SiteOf, login: TicketReader) -> list[TargetOut]:
    """How soon tickets are due, by class and for single categories."""
    return [_out(each) for each in await site.store.targets.current()]


@router.get("/history")
async def list_target_changes(site: SiteOf, login: TicketReader) -> list[TargetChangeOut]:
    """What was changed, the latest first."""
    return [
        TargetChangeOut(
            **{**vars(each), "before": _lengths(each.before), "after": _lengths(each.after)}
        )
        for each in await site.store.targets.history()
    ]


_FASTER: dict[int | str, dict[str, Any]] = {
    409: {"description": "Somebody else was faster, or it holds already."}
}


@router.put("", responses=_FASTER)
async def set_target(site: SiteOf, login: TargetSetter, body: TargetIn) -> list[TargetOut]:
    """Change one, or take it back to what the configuration says. Open tickets keep their
    deadlines."""
    target = None
    if body.target is not None:
        try:
            target = ResponseTarget.of(body.target.model_dump())
        except ValueError as error:
            raise BadInput(LENGTHS, f"target.{str(error).partition(' ')[0]}") from error
    await site.store.targets.change(
        body.ticket_class, body.category, target, login.actor, body.note, version=body.version
    )
    return [_out(each) for each in await site.store.targets.current()]

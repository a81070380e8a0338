"""Departments and people, for programs."""

from __future__ import annotations

from fastapi import APIRouter

from call_logs.staff import StaffKind
from dashboard.people.directory import directory_of
from dashboard.web.api_models import Out
from dashboard.web.signin import TicketReader
from dashboard.web.site import SiteOf

router = APIRouter(tags=["people"])


class HeldOut(Out):
    open: int
    overdue: int


class MemberOut(Out):
    ref: str
    kind: StaffKind
    name: str
    departments: list[str]
    away: bool
    can_be_told: bool
    tickets: HeldOut | None  # null: you may not see everybody's


class DepartmentOut(Out):
    """People are named by their ids; `members` has head and deputy too."""

    id: str
    ref: str
    name: str
    head: str
    deputy: str
    members: list[str]
    categories: list[str]
    tickets: HeldOut | None  # null: you may not see everybody's


class DirectoryOut(Out):
    departments: list[DepartmentOut]
    members: list[MemberOut]


@router.get("/people")
async def list_people(site: SiteOf, login: TicketReader) -> DirectoryOut:
    """Everybody who can have a ticket, and what they have now. `ref` is what a ticket's
    `assignee` says."""
    return DirectoryOut.model_validate(await directory_of(site.store))

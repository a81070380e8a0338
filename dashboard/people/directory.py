"""The directory as pages, programs and commands show it."""

from __future__ import annotations

from dataclasses import dataclass

from call_logs import Store
from call_logs.reminders import NOTHING_HELD, Held
from call_logs.staff import StaffKind, ref_of
from call_logs.viewing import viewer_now

__all__ = ["DepartmentLine", "Directory", "MemberLine", "directory_of"]


@dataclass(frozen=True)
class MemberLine:
    """`departments`: their ids. `can_be_told`: has an address for notices. `tickets`: None for
    whoever may not see everybody's."""

    ref: str
    kind: StaffKind
    name: str
    departments: tuple[str, ...]
    away: bool
    can_be_told: bool
    tickets: Held | None


@dataclass(frozen=True)
class DepartmentLine:
    """`tickets`: what the department has itself, before it is given to somebody."""

    id: str
    ref: str
    name: str
    head: str
    deputy: str
    members: tuple[str, ...]
    categories: tuple[str, ...]
    tickets: Held | None


@dataclass(frozen=True)
class Directory:
    departments: tuple[DepartmentLine, ...]
    members: tuple[MemberLine, ...]


async def directory_of(store: Store) -> Directory:
    """Everybody who can have a ticket, and what they have now."""
    staff, now = await store.staff.current(), store.clock.now()
    viewer = viewer_now()
    everybodys = viewer is None or viewer.sees_everybodys
    held = await store.reminders.held() if everybodys else None
    present = staff.roster.present(now)
    departments = tuple(
        DepartmentLine(
            each.id,
            ref := ref_of(StaffKind.DEPARTMENT, each.id),
            each.name,
            each.head,
            each.deputy,
            each.people,
            each.categories,
            None if held is None else held.get(ref, NOTHING_HELD),
        )
        for each in staff.roster.departments
    )
    members = tuple(
        MemberLine(
            each.ref,
            each.kind,
            each.name,
            tuple(department.id for department in staff.departments_of(each.ref)),
            away=each.kind is StaffKind.PERSON and not present(each.id),
            can_be_told=each.kind is StaffKind.PERSON and bool(staff.roster.by_id[each.id].notices),
            tickets=None if held is None else held.get(each.ref, NOTHING_HELD),
        )
        for each in staff.members
        if each.kind is not StaffKind.DEPARTMENT
    )
    return Directory(departments, members)

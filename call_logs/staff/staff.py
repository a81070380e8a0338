"""Who works here, as one value: people and departments of the roster, and users of the pages.

A *reference* names one of them: `person:wang`, `department:repairs`, `user:olga`. It stands in
tickets, so that names may change. A user who is linked to a person of the roster is that person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from call_logs.roster.departments import Department
from call_logs.roster.people import MANAGER, Person
from call_logs.roster.roster import Roster
from call_logs.storage.errors import NobodyFound
from call_logs.users.user import Role, User

ASSIGNEE_LIMIT = 100  # characters of the column; who has a longer reference is not offered


class StaffKind(StrEnum):
    PERSON = "person"  # of the roster
    DEPARTMENT = "department"
    USER = "user"  # of the pages, who is not on the roster


@dataclass(frozen=True)
class Member:
    """Somebody, or a department, that a ticket can be given to."""

    kind: StaffKind
    id: str
    name: str

    @property
    def ref(self) -> str:
        return ref_of(self.kind, self.id)


def ref_of(kind: StaffKind, id_: str) -> str:
    return f"{kind}:{id_}"


@dataclass(frozen=True)
class Staff:
    """As it is now; it never changes."""

    roster: Roster
    users: tuple[User, ...] = ()

    @cached_property
    def members(self) -> tuple[Member, ...]:
        """Everybody that a ticket can be given to: departments, then people, then users."""
        found = (
            *(Member(StaffKind.DEPARTMENT, each.id, each.name) for each in self.roster.departments),
            *(
                Member(StaffKind.PERSON, each.id, each.name or each.id)
                for each in self.roster.people
                if each.active
            ),
            *(
                Member(StaffKind.USER, each.name, each.full_name or each.name)
                for each in self.users
                if each.active and each.role is not Role.FIRM and self.person_of(each) is None
            ),
        )
        return tuple(each for each in found if len(each.ref) <= ASSIGNEE_LIMIT)

    @cached_property
    def firms(self) -> tuple[Member, ...]:
        """Everybody that an account of an outside firm can be of: the firm itself stands on the
        roster as a person or a department."""
        return tuple(each for each in self.members if each.kind is not StaffKind.USER)

    def works(self, firm: str) -> bool:
        """Whether a firm is there and switched on."""
        return any(each.ref == firm for each in self.firms)

    @cached_property
    def _names(self) -> Mapping[str, str]:
        switched_off = {
            ref_of(StaffKind.PERSON, each.id): each.name or each.id for each in self.roster.people
        }
        users = {
            ref_of(StaffKind.USER, each.name): each.full_name or each.name for each in self.users
        }
        return switched_off | users | {each.ref: each.name for each in self.members}

    def name(self, ref: str) -> str:
        """What people call it; what is in no directory any more keeps the name it has."""
        known = self._names.get(ref)
        if known is None:
            kind, colon, rest = ref.partition(":")
            return rest if colon and kind in frozenset(StaffKind) else ref
        return known

    def find(self, written: str) -> Member:
        """The one that somebody means: a reference, an id or login name, or a name that only
        one bears.

        Raises:
            NobodyFound: nobody is called so, or several are; the message says what to write.
        """
        wanted = written.strip()
        for matches in (self._by_ref, self._by_id, self._by_name):
            found = tuple(each for each in self.members if matches(each, wanted))
            if len(found) == 1:
                return found[0]
            if found:
                choices = ", ".join(each.ref for each in found)
                raise NobodyFound(
                    f"assignee: several are called so; write one of {choices}", "assignee"
                )
        raise NobodyFound(
            "assignee: nobody in the directory is called so; write a person or a department of it",
            "assignee",
        )

    def meant(self, written: str) -> str:
        """The reference to whoever somebody looks for; what nobody is called stays as it is: an
        older ticket may say so."""
        try:
            return self.find(written).ref
        except NobodyFound:
            return written

    @staticmethod
    def _by_ref(member: Member, wanted: str) -> bool:
        return member.ref == wanted

    @staticmethod
    def _by_id(member: Member, wanted: str) -> bool:
        return member.id == wanted

    @staticmethod
    def _by_name(member: Member, wanted: str) -> bool:
        return member.name.casefold() == wanted.casefold()

    # -- users and people ---------------------------------------------------------------

    def person_of(self, user: User) -> Person | None:
        """The person of the roster that a user is."""
        return self.roster.by_id.get(user.person) if user.person else None

    def ref_of_user(self, user: User) -> str:
        if user.role is Role.FIRM:
            return user.firm
        person = self.person_of(user)
        if person is not None:
            return ref_of(StaffKind.PERSON, person.id)
        return ref_of(StaffKind.USER, user.name)

    def refs_of_name(self, name: str) -> frozenset[str]:
        """Every reference to whoever acts under a name: a login name, or a person's id."""
        refs = {ref_of(StaffKind.PERSON, name), ref_of(StaffKind.USER, name)}
        refs |= {self.ref_of_user(user) for user in self.users if user.name == name}
        refs |= {ref_of(StaffKind.USER, user.name) for user in self.users if user.person == name}
        return frozenset(refs)

    def own(self, user: User) -> frozenset[str]:
        """Every reference that means this user; of an outside firm, the firm alone."""
        if user.role is Role.FIRM:
            return frozenset({user.firm})
        return frozenset({self.ref_of_user(user), ref_of(StaffKind.USER, user.name)})

    def same(self, ref: str) -> frozenset[str]:
        """Every reference to whoever this one means: the person of the roster, and each user who
        is that person."""
        everybody = [self.own(user) for user in self.users]
        means = frozenset({ref}).union(*(own for own in everybody if ref in own))
        return means.union(*(own for own in everybody if own & means))

    def around(self, user: User) -> frozenset[str]:
        """References to the user's departments, and to everybody in them."""
        own = self.own(user)
        if user.role is Role.FIRM:
            return own
        departments = [each for ref in own for each in self.departments_of(ref)]
        refs = {ref_of(StaffKind.DEPARTMENT, each.id) for each in departments}
        for each in departments:
            refs |= {ref_of(StaffKind.PERSON, id_) for id_ in each.people}
            refs |= {ref_of(StaffKind.USER, u.name) for u in self.users if u.person in each.people}
        return frozenset(refs) | own

    # -- departments --------------------------------------------------------------------

    @cached_property
    def departments(self) -> Mapping[str, Department]:
        return {each.id: each for each in self.roster.departments}

    def departments_of(self, ref: str) -> tuple[Department, ...]:
        """Those that somebody belongs to; of a department, itself."""
        kind, _, id_ = ref.partition(":")
        if kind == StaffKind.DEPARTMENT:
            return (self.departments[id_],) if id_ in self.departments else ()
        if kind != StaffKind.PERSON:
            return ()
        return tuple(each for each in self.roster.departments if id_ in each.people)

    def accepting(self, category: str) -> Department | None:
        """The department that takes tickets of a category."""
        found = (each for each in self.roster.departments if category in each.categories)
        return next(found, None)

    def head_now(self, department: Department, at: datetime, but: str = "") -> Person | None:
        """Its head, or the deputy while the head is away; None while that is the person `but`."""
        present = self.roster.present(at)
        for id_ in (department.head, department.deputy):
            if id_ and present(id_):
                return None if id_ == but else self.roster.by_id[id_]
        return None

    def head_of(self, ref: str, at: datetime) -> Person | None:
        """Who is above whoever has a ticket: the first head of a department that is somebody
        else."""
        kind, _, id_ = ref.partition(":")
        but = id_ if kind == StaffKind.PERSON else ""
        for department in self.departments_of(ref):
            if (head := self.head_now(department, at, but)) is not None:
                return head
        return None

    # -- who is there -------------------------------------------------------------------

    def acting(self, ref: str, at: datetime) -> Person | None:
        """Who acts for a reference at `at`: the person, who stands in while the person is
        away, or the head of a department. None: nobody on the roster."""
        kind, _, id_ = ref.partition(":")
        if kind == StaffKind.PERSON and self.roster.present(at)(id_):
            return self.roster.by_id[id_]
        return self.head_of(ref, at)

    def stand_in(self, ref: str, at: datetime) -> Person | None:
        """Who takes what is given to a person who is away; None while the person is here."""
        kind, _, id_ = ref.partition(":")
        if kind != StaffKind.PERSON or self.roster.present(at)(id_):
            return None
        return self.head_of(ref, at)

    def managers(self, at: datetime) -> tuple[Person, ...]:
        """The managers who are not away, in the order of the roster."""
        present = self.roster.present(at)
        return tuple(
            each for each in self.roster.people if MANAGER in each.roles and present(each.id)
        )

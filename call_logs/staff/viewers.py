"""Who looks, by the directory: the references, people and names that mean somebody."""

from __future__ import annotations

from dataclasses import dataclass

from call_logs.staff.staff import Staff, StaffKind, ref_of
from call_logs.storage.keys import Keys
from call_logs.users.actor import Actor
from call_logs.users.user import Role, User
from call_logs.viewing.hashes import about_hash
from call_logs.viewing.viewer import Viewer

__all__ = ["DEFAULT_PRIVACY", "Directory", "PrivacyRules"]


@dataclass(frozen=True)
class PrivacyRules:
    """`managers_see_sensitive`: every one, without being in its circle."""

    managers_see_sensitive: bool = False


DEFAULT_PRIVACY = PrivacyRules()


@dataclass(frozen=True)
class Directory:
    """What it takes to know who somebody is."""

    staff: Staff
    keys: Keys
    rules: PrivacyRules = DEFAULT_PRIVACY

    def of_user(self, actor: Actor, user: User) -> Viewer:
        """A user of the pages, who acts as `actor`."""
        if actor.is_outside:
            return self.of_firm(actor)
        return self._viewer(actor, self.staff.own(user), self.staff.around(user))

    def of_firm(self, actor: Actor) -> Viewer:
        """Somebody of an outside firm: whatever the firm is in the directory, nobody of the
        departments that it stands in."""
        firm = frozenset({actor.firm})
        about = frozenset(about_hash(self.keys, each) for each in self.staff.same(actor.firm))
        return Viewer(actor, own=firm, circle=firm, around=firm, about=about)

    def of_ref(self, ref: str) -> Viewer:
        """Whoever a reference means: with the rights of the user who it is, else with those of
        an engineer, as at the telephone."""
        staff = self.staff
        users = (each for each in staff.users if each.active and each.role is not Role.FIRM)
        user = next((each for each in users if ref in staff.own(each)), None)
        if user is not None:
            return self.of_user(Actor.of(user), user)
        actor = Actor(ref.partition(":")[2], Role.ENGINEER)
        colleagues = {
            ref_of(StaffKind.PERSON, each)
            for department in staff.departments_of(ref)
            for each in department.people
        }
        return self._viewer(actor, frozenset({ref}), frozenset(colleagues))

    def _viewer(self, actor: Actor, own: frozenset[str], around: frozenset[str]) -> Viewer:
        circle = own | {
            ref_of(StaffKind.DEPARTMENT, each.id)
            for ref in own
            for each in self.staff.departments_of(ref)
        }
        named = [ref.partition(":") for ref in own]
        person = actor.role if actor.rights is None else None
        return Viewer(
            actor,
            own=own,
            circle=circle,
            around=around | circle,
            people=frozenset(id_ for kind, _, id_ in named if kind == StaffKind.PERSON),
            about=frozenset(
                about_hash(self.keys, each) for ref in own for each in self.staff.same(ref)
            ),
            sees_sensitive=self.rules.managers_see_sensitive and person is Role.MANAGER,
        )

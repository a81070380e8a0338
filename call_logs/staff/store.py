"""The directory as it is now: `store.staff`."""

from __future__ import annotations

from call_logs.roster.roster import Roster
from call_logs.roster.store import RosterStore
from call_logs.staff.staff import Staff
from call_logs.users.store import Users


class StaffStore:
    def __init__(self, roster: RosterStore, users: Users) -> None:
        self._roster = roster
        self._users = users
        self._known = Staff(Roster())
        users.firm_works = self._works

    async def current(self) -> Staff:
        """Raises:
        StoreBusy: the database is away.
        """
        roster, users = await self._roster.current(), await self._users.list()
        if roster is not self._known.roster or users != self._known.users:
            self._known = Staff(roster, users)
        return self._known

    async def _works(self, firm: str) -> bool:
        return Staff(await self._roster.current()).works(firm)

    def name(self, ref: str) -> str:
        """What people call whoever a reference names, as this process knew it last."""
        return self._known.name(ref)

"""People who use the dashboard, and their logins."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.storage.database import Database, changed
from call_logs.storage.errors import LoginRefused, NotFound, StoreError, ValueRefused
from call_logs.storage.keys import Keys
from call_logs.storage.readable import readable
from call_logs.tables.users import LoginSessionRow, UserRow
from call_logs.users.access import note_granting
from call_logs.users.actor import HOTLINE, Actor, is_a_programs
from call_logs.users.lockout import Lockout
from call_logs.users.passwords import Passwords
from call_logs.users.permissions import Permission
from call_logs.users.user import LoginSession, Role, User

SESSION = timedelta(hours=12)
FIRST_ADMIN = "admin"
WRONG = "wrong name or password"


class Users:
    """A user is named by id or by login name (any case)."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self._database = database
        self._passwords = Passwords()
        self._lockout = Lockout(keys)
        self.on_login: Callable[[User], None] = lambda user: None  # after each that succeeded
        # Whether a firm is in the directory and switched on: who is of another cannot sign in.
        self.firm_works: Callable[[str], Awaitable[bool]] = _no_firm

    async def add(
        self,
        name: str,
        password: str,
        role: Role,
        actor: Actor,
        *,
        full_name: str = "",
        language: str = "zh-CN",
        must_change_password: bool = False,
        firm: str = "",
    ) -> User:
        """`firm`: the reference of the outside firm, of whoever has that role.

        Raises:
            NotAllowed: the actor has no right to manage users.
            StoreError: the name is taken or empty, or the password too short.
            ValueRefused: whoever is of an outside firm names one of the directory, nobody else.
        """
        actor.check(Permission.MANAGE_USERS)
        login = normal_name(name)
        if is_a_programs(login):
            raise StoreError(f"{login} is what the program calls itself: choose another name")
        _check_named(role, firm)
        await self._check_works(firm)
        hashed = await self._passwords.hash(password)
        row = UserRow(
            name=login,
            full_name=full_name,
            role=Role(role).value,
            language=language,
            password_hash=hashed,
            active=True,
            must_change_password=must_change_password,
            created_at=self._database.clock.now(),
            last_login_at=None,
            person=None,
            firm=firm or None,
        )
        try:
            async with self._database.session() as session:
                session.add(row)
                await session.flush()
                changed(session, "user", row.id)
                await note_granting(session, actor, "added", "user", login, what=row.role)
        except IntegrityError:
            raise StoreError(f"there is already a user {login}: choose another name") from None
        return _user(row)

    async def ensure_admin(self) -> tuple[str, str] | None:
        """Make the first administrator when there are no users at all. Returns name and
        password, to be shown once, or None."""
        async with self._database.reading() as session:
            if await session.scalar(select(func.count()).select_from(UserRow)):
                return None
        password = secrets.token_urlsafe(12)
        await self.add(FIRST_ADMIN, password, Role.ADMIN, HOTLINE, must_change_password=True)
        return FIRST_ADMIN, password

    async def get(self, user: int | str) -> User:
        async with self._database.reading() as session:
            return _user(await _row(session, user))

    async def list(self) -> tuple[User, ...]:
        async with self._database.reading() as session:
            query = select(UserRow).order_by(UserRow.name)
            return tuple(await readable(session, query, _user))

    async def update(
        self,
        user: int | str,
        actor: Actor,
        *,
        role: Role | None = None,
        active: bool | None = None,
        full_name: str | None = None,
        language: str | None = None,
        person: str | None = None,
        firm: str | None = None,
    ) -> User:
        """Change what is given. Who is switched off, or comes from or goes to an outside firm, is
        logged out. `person`: who of the roster this is; empty: nobody, and whoever is of a firm is
        nobody of it. `firm`: its reference; empty: none.

        Raises:
            NotAllowed: the actor has no right to manage users.
            StoreError: nobody would be left to administer, or the person is another user.
            ValueRefused: as `add`.
        """
        actor.check(Permission.MANAGE_USERS)
        async with self._database.session() as session:
            row = await _row(session, user)
            was_admin = row.active and row.role == Role.ADMIN
            firm_before = row.firm
            before = _granted(row)
            row.role = row.role if role is None else Role(role).value
            row.active = row.active if active is None else active
            row.full_name = row.full_name if full_name is None else full_name
            row.language = row.language if language is None else language
            if person is not None:
                await _check_other_person(session, row, person)
                row.person = person or None
            if firm is not None or row.role != Role.FIRM:
                row.firm = firm or None
            _check_named(Role(row.role), row.firm or "")
            if row.firm != firm_before:
                await self._check_works(row.firm or "")
            if row.role == Role.FIRM:
                row.person = None
            if was_admin and not (row.active and row.role == Role.ADMIN):
                await _check_other_admin(session, row)
            if not row.active or row.firm != firm_before:
                await _end_sessions(session, row.id)
            try:
                await session.flush()
            except IntegrityError:
                raise StoreError(f"person: {person} is another user already") from None
            changed(session, "user", row.id)
            if before != (after := _granted(row)):
                said = f"{before} -> {after}"
                await note_granting(session, actor, "changed", "user", row.name, what=said)
            return _user(row)

    async def set_password(
        self, user: int | str, password: str, actor: Actor, *, must_change: bool = False
    ) -> None:
        """A new password by an administrator: ends every session and a lockout.

        Raises:
            NotAllowed: the actor has no right to manage users.
        """
        actor.check(Permission.MANAGE_USERS)
        hashed = await self._passwords.hash(password)
        async with self._database.session() as session:
            row = await _row(session, user)
            row.password_hash = hashed
            row.must_change_password = must_change
            await _end_sessions(session, row.id)
            await self._lockout.forgive(session, row.name)
            changed(session, "user", row.id)
            await note_granting(session, actor, "password", "user", row.name)

    async def change_password(
        self,
        user: int | str,
        old: str,
        new: str,
        *,
        keep_token: str | None = None,
        source: str = "",
    ) -> None:
        """A new password by its owner: ends their other sessions (all but `keep_token`'s).

        Wrong guesses count as those at a login do: an open session in a shared browser must not
        become a place to guess the password at leisure.

        Raises:
            LockedOut: too many failures; the old password was not even looked at.
            LoginRefused: the old password is wrong.
        """
        async with self._database.session() as session:
            row = await _row(session, user)
            await self._lockout.check(session, row.name, source)
        if not await self._passwords.matches(old, row.password_hash):
            async with self._database.session() as session:
                await self._lockout.failed(session, row.name, source)
            raise LoginRefused("the old password is wrong")
        hashed = await self._passwords.hash(new)
        async with self._database.session() as session:
            row = await _row(session, row.id)
            row.password_hash = hashed
            row.must_change_password = False
            await self._lockout.forgive(session, row.name)
            await _end_sessions(session, row.id, but=keep_token)

    async def login(self, name: str, password: str, source: str = "") -> LoginSession:
        """Open a session. `source` is the network address.

        Raises:
            LockedOut: too many failures; the password was not even looked at.
            LoginRefused: wrong, or switched off (the message does not tell which).
        """
        login = name.strip().casefold()
        async with self._database.session() as session:
            await self._lockout.check(session, login, source)
            row = await session.scalar(select(UserRow).where(UserRow.name == login))
        works = row is not None and row.active and await self._works(row)
        hashed = row.password_hash if row is not None and works else None
        is_right = await self._passwords.matches(password, hashed)
        now = self._database.clock.now()
        if row is None or not is_right:
            async with self._database.session() as session:
                await self._lockout.failed(session, login, source)
            raise LoginRefused(WRONG)
        token, csrf_token = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        async with self._database.session() as session:
            # Guesses made at the same time as this one may have locked the name meanwhile.
            await self._lockout.check(session, login, source)
            await self._lockout.forgive(session, login)
            row = await _row(session, row.id)
            row.last_login_at = now
            session.add(
                LoginSessionRow(
                    token_hash=_token_hash(token),
                    user_id=row.id,
                    csrf_token=csrf_token,
                    created_at=now,
                    expires_at=now + SESSION,
                )
            )
            user = _user(row)
        self.on_login(user)
        return LoginSession(token, csrf_token, user, now + SESSION)

    async def session(self, token: str) -> LoginSession | None:
        """The session of a token; None when it ended, or its user or the firm was switched off."""
        async with self._database.reading() as session:
            found = (
                await session.execute(
                    select(LoginSessionRow, UserRow)
                    .join(UserRow, UserRow.id == LoginSessionRow.user_id)
                    .where(
                        LoginSessionRow.token_hash == _token_hash(token),
                        LoginSessionRow.expires_at > self._database.clock.now(),
                        UserRow.active,
                    )
                )
            ).first()
        if found is None:
            return None
        row, user = found
        if not await self._works(user):
            return None
        return LoginSession(token, row.csrf_token, _user(user), row.expires_at)

    async def logout(self, token: str) -> None:
        async with self._database.session() as session:
            await session.execute(
                delete(LoginSessionRow).where(LoginSessionRow.token_hash == _token_hash(token))
            )

    async def _works(self, row: UserRow) -> bool:
        """Whether the firm of whoever is of one is switched on."""
        return row.role != Role.FIRM or (bool(row.firm) and await self.firm_works(row.firm or ""))

    async def _check_works(self, firm: str) -> None:
        """Raises:
        ValueRefused: the message says what to write.
        """
        if firm and not await self.firm_works(firm):
            raise ValueRefused(
                f"firm: {firm} is no person or department of the directory that is switched on",
                "firm",
            )

    async def prune(self, now: datetime | None = None) -> None:
        """Forget sessions that ended and failures of long ago."""
        async with self._database.session() as session:
            await session.execute(
                delete(LoginSessionRow).where(
                    LoginSessionRow.expires_at < (now or self._database.clock.now())
                )
            )
            await self._lockout.prune(session)


def normal_name(name: str) -> str:
    """Raises:
    StoreError: empty, too long, or with blanks.
    """
    login = name.strip().casefold()
    if not login or len(login) > 100 or any(character.isspace() for character in login):
        raise StoreError("a login name has 1 to 100 characters and no blanks")
    return login


def _is(user: int | str) -> ColumnElement[bool]:
    return UserRow.id == user if isinstance(user, int) else UserRow.name == user.strip().casefold()


def _check_named(role: Role, firm: str) -> None:
    """Raises:
    ValueRefused: the message says what to write.
    """
    if (role is Role.FIRM) != bool(firm):
        raise ValueRefused(
            "firm: an account of an outside firm names the firm, and no other account does", "firm"
        )


def _granted(row: UserRow) -> str:
    """What decides what a user may see, in one line."""
    parts = (row.role, "" if row.active else "off", row.person or "", row.firm or "")
    return ", ".join(filter(None, parts))


async def _row(session: AsyncSession, user: int | str) -> UserRow:
    row = await session.scalar(select(UserRow).where(_is(user)).with_for_update())
    if row is None:
        raise NotFound(f"there is no user {user}")
    return row


async def _check_other_admin(session: AsyncSession, row: UserRow) -> None:
    others = await session.scalar(
        select(func.count())
        .select_from(UserRow)
        .where(UserRow.role == Role.ADMIN, UserRow.active, UserRow.id != row.id)
    )
    if not others:
        raise StoreError("this is the only administrator: make another one first")


async def _check_other_person(session: AsyncSession, row: UserRow, person: str) -> None:
    other = await session.scalar(
        select(UserRow.name).where(UserRow.person == person, UserRow.id != row.id)
    )
    if person and other is not None:
        raise StoreError(f"person: {person} of the roster is the user {other} already")


async def _end_sessions(session: AsyncSession, user_id: int, but: str | None = None) -> None:
    query = delete(LoginSessionRow).where(LoginSessionRow.user_id == user_id)
    if but is not None:
        query = query.where(LoginSessionRow.token_hash != _token_hash(but))
    await session.execute(query)


async def end_sessions_of_firms(session: AsyncSession, firms: Collection[str]) -> None:
    """Of firms that are switched off or have left the directory, by reference."""
    users = select(UserRow.id).where(UserRow.firm.in_(sorted(firms)))
    await session.execute(delete(LoginSessionRow).where(LoginSessionRow.user_id.in_(users)))


async def _no_firm(firm: str) -> bool:
    return False


def _token_hash(token: str) -> bytes:
    # A random token needs no slow hash: it cannot be guessed.
    return sha256(token.encode()).digest()


def _user(row: UserRow) -> User:
    return User(
        id=row.id,
        name=row.name,
        full_name=row.full_name,
        role=Role(row.role),
        language=row.language,
        active=row.active,
        must_change_password=row.must_change_password,
        created_at=row.created_at,
        last_login_at=row.last_login_at,
        person=row.person or "",
        firm=row.firm or "",
    )

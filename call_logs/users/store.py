"""People who use the dashboard, and their logins."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.storage.database import Database, changed
from call_logs.storage.errors import LoginRefused, NotFound, StoreError
from call_logs.storage.keys import Keys
from call_logs.storage.readable import readable
from call_logs.tables.users import LoginSessionRow, UserRow
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
    ) -> User:
        """Raises:
        NotAllowed: the actor has no right to manage users.
        StoreError: the name is taken or empty, or the password too short.
        """
        actor.check(Permission.MANAGE_USERS)
        login = normal_name(name)
        if is_a_programs(login):
            raise StoreError(f"{login} is what the program calls itself: choose another name")
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
        )
        try:
            async with self._database.session() as session:
                session.add(row)
                await session.flush()
                changed(session, "user", row.id)
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
    ) -> User:
        """Change what is given. Who is switched off is logged out. `person`: who of the roster
        this is; empty: nobody.

        Raises:
            NotAllowed: the actor has no right to manage users.
            StoreError: nobody would be left to administer, or the person is another user.
        """
        actor.check(Permission.MANAGE_USERS)
        async with self._database.session() as session:
            row = await _row(session, user)
            was_admin = row.active and row.role == Role.ADMIN
            row.role = row.role if role is None else Role(role).value
            row.active = row.active if active is None else active
            row.full_name = row.full_name if full_name is None else full_name
            row.language = row.language if language is None else language
            if person is not None:
                await _check_other_person(session, row, person)
                row.person = person or None
            if was_admin and not (row.active and row.role == Role.ADMIN):
                await _check_other_admin(session, row)
            if not row.active:
                await _end_sessions(session, row.id)
            try:
                await session.flush()
            except IntegrityError:
                raise StoreError(f"person: {person} is another user already") from None
            changed(session, "user", row.id)
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
        hashed = row.password_hash if row is not None and row.active else None
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
        """The session of a token; None when it ended or its user was switched off."""
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
        return LoginSession(token, row.csrf_token, _user(user), row.expires_at)

    async def logout(self, token: str) -> None:
        async with self._database.session() as session:
            await session.execute(
                delete(LoginSessionRow).where(LoginSessionRow.token_hash == _token_hash(token))
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
    )

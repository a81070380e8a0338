"""Who asks: sessions by cookie or bearer token, rights, and requests forged by other pages."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from call_logs.users import TOKEN_MARK as MARK
from call_logs.users import Actor, LoginSession, Permission, Role, User
from call_logs.viewing import becomes
from dashboard.web.errors import (
    API,
    Forbidden,
    ForgedRequest,
    PasswordChangeNeeded,
    ReasonNeeded,
    SignInNeeded,
)
from dashboard.web.settings import DashboardSettings
from dashboard.web.sight import check_sight
from dashboard.web.site import SiteOf

SESSION_COOKIE = "hotline_session"
VISITOR_COOKIE = "hotline_visitor"  # binds the login form to the browser that asked for it
LANGUAGE_COOKIE = "hotline_language"
CSRF_FIELD = "csrf_token"
CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# All that there is for somebody of an outside firm; a page that comes later is not.
FIRM_HOME = "/firm/tasks"
FIRM_PATHS = re.compile(
    rf"/|(/api/v1)?{FIRM_HOME}(/.*)?|/account(/password)?|/log(in|out)|/language"
    r"|/api/v1/sessions/current"
)
YEAR_S = 365 * 24 * 3600
FAR = datetime(9999, 12, 31, tzinfo=UTC)  # when a token without an end ends


@dataclass(frozen=True)
class Login:
    """A signed-in request: the session, whether it came by `Authorization: Bearer`, and
    the network address it came from."""

    session: LoginSession
    bearer: bool
    source: str
    rights: frozenset[Permission] | None = None  # of a program's own token

    @property
    def user(self) -> User:
        return self.session.user

    @property
    def actor(self) -> Actor:
        if self.rights is not None:
            return Actor(self.user.name, self.user.role, self.rights)
        return Actor.of(self.user)

    def may(self, permission: Permission) -> bool:
        return self.actor.may(permission)


def home_of(login: Login) -> str:
    """Where somebody begins."""
    return FIRM_HOME if login.actor.is_outside else "/tickets"


def source_of(request: Request) -> str:
    """The network address of the browser, for lockouts and the access log."""
    return request.client.host if request.client else ""


def _bearer_token(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


async def optional_login(request: Request, site: SiteOf) -> Login | None:
    """The login of the request, None when there is none or it ran out. From now on the request
    reads for whoever that is.

    Raises:
        Forbidden: somebody of an outside firm asks for what is not theirs.
    """
    login = await _login(request, site)
    if login is not None:
        if login.actor.is_outside and not FIRM_PATHS.fullmatch(request.url.path):
            raise Forbidden(Permission.SEE_TICKETS)
        becomes(await site.store.eyes.of_user(login.actor, login.user))
    return login


async def _login(request: Request, site: SiteOf) -> Login | None:
    bearer = _bearer_token(request)
    if bearer and bearer.startswith(MARK):
        return await _program(request, site, bearer)
    token = bearer or request.cookies.get(SESSION_COOKIE)
    session = await site.store.users.session(token) if token else None
    return Login(session, bearer is not None, source_of(request)) if session else None


async def _program(request: Request, site: SiteOf, secret: str) -> Login | None:
    """A program with a token of its own: at the API alone, with its own rights."""
    token = await site.store.tokens.use(secret) if request.url.path.startswith(API) else None
    if token is None:
        return None
    user = User(
        id=0,
        name=token.actor_name,
        full_name="",
        role=Role.OPERATOR,
        language=site.settings.language,
        active=True,
        must_change_password=False,
        created_at=token.made_at,
        last_login_at=token.last_used_at,
    )
    session = LoginSession(secret, "", user, token.expires_at or FAR)
    return Login(session, True, source_of(request), token.rights)


async def signed_in(
    request: Request, login: Annotated[Login | None, Depends(optional_login)]
) -> Login:
    """The login of the request, protected against forgery when it changes something.

    Raises:
        SignInNeeded: nobody is signed in.
        ForgedRequest: the request does not come from one of our own pages.
    """
    if login is None:
        raise SignInNeeded
    if not login.bearer:
        await check_csrf(request, login.session.csrf_token)
    return login


async def ready(login: Annotated[Login, Depends(signed_in)]) -> Login:
    """As `signed_in`, for everything but the account page.

    Raises:
        PasswordChangeNeeded: a first password must be replaced before anything else.
    """
    if login.user.must_change_password:
        raise PasswordChangeNeeded
    return login


@dataclass(frozen=True)
class Requires:
    """A dependency that lets only those in who have all rights, and may see the ticket that the
    address is about; the API's description reads them. `reason`: of a sensitive ticket only with
    a reason."""

    permissions: tuple[Permission, ...]
    reason: bool = True

    async def __call__(
        self, request: Request, site: SiteOf, login: Annotated[Login, Depends(ready)]
    ) -> Login:
        for permission in self.permissions:
            if not login.may(permission):
                raise Forbidden(permission)
        try:
            await check_sight(
                request, site, login.user.name, login.source, by_cookie=not login.bearer
            )
        except ReasonNeeded:
            if self.reason:
                raise
        return login


def requires(*permissions: Permission, reason: bool = True) -> Requires:
    return Requires(permissions, reason)


SignedIn = Annotated[Login, Depends(signed_in)]
TicketReader = Annotated[Login, Depends(requires(Permission.SEE_TICKETS))]
# Of a sensitive ticket, before there is a reason: to give one.
ReasonGiver = Annotated[Login, Depends(requires(Permission.SEE_TICKETS, reason=False))]
# What a change answers shows the ticket: a program that may not see it may open new ones alone.
TicketWorker = Annotated[Login, Depends(requires(Permission.SEE_TICKETS, Permission.WORK_TICKETS))]
TicketOpener = Annotated[Login, Depends(requires(Permission.WORK_TICKETS))]
Confider = Annotated[Login, Depends(requires(Permission.SEE_TICKETS, Permission.CONFIDE))]
Approver = Annotated[Login, Depends(requires(Permission.APPROVE))]
Listener = Annotated[Login, Depends(requires(Permission.LISTEN))]
CallReader = Annotated[Login, Depends(requires(Permission.SEE_CALLS))]
CallController = Annotated[Login, Depends(requires(Permission.CONTROL_CALLS))]
SystemReader = Annotated[Login, Depends(requires(Permission.SEE_SYSTEM))]
AccessReader = Annotated[Login, Depends(requires(Permission.SEE_ACCESS))]
UserManager = Annotated[Login, Depends(requires(Permission.MANAGE_USERS))]
OnCallReader = Annotated[Login, Depends(requires(Permission.SEE_ONCALL))]
ReportReader = Annotated[Login, Depends(requires(Permission.SEE_REPORTS))]
Exporter = Annotated[Login, Depends(requires(Permission.EXPORT))]
Destroyer = Annotated[Login, Depends(requires(Permission.DESTROY))]
Announcer = Annotated[Login, Depends(requires(Permission.ANNOUNCE))]
CallReviewer = Annotated[Login, Depends(requires(Permission.SEE_TICKETS, Permission.REVIEW_CALLS))]
ArticleWriter = Annotated[
    Login, Depends(requires(Permission.SEE_TICKETS, Permission.WRITE_ARTICLES))
]
TargetSetter = Annotated[Login, Depends(requires(Permission.SEE_TICKETS, Permission.SET_TARGETS))]
FirmWorker = Annotated[Login, Depends(requires(Permission.DO_FIRM_TASKS))]
Ready = Annotated[Login, Depends(ready)]
RosterManager = Annotated[Login, Depends(requires(Permission.MANAGE_ROSTER))]


def visitor_token(visitor: str) -> str:
    """The form token of a browser that is not signed in, derived from its visitor cookie."""
    return hmac.new(visitor.encode(), b"hotline sign-in form", hashlib.sha256).hexdigest()


def visitor_of(request: Request) -> str:
    """The visitor cookie, or a new one for `remember_visitor`."""
    return request.cookies.get(VISITOR_COOKIE) or secrets.token_urlsafe(24)


async def check_csrf(request: Request, expected: str) -> None:
    """Let a changing request pass only with its session's token and from our own pages.

    `Sec-Fetch-Site` (W3C Fetch Metadata) is a second lock: browsers set it and no page can.

    Raises:
        ForgedRequest: token missing or wrong, or sent by another site.
    """
    if request.method in SAFE_METHODS:
        return
    given: Any = request.headers.get(CSRF_HEADER)
    if given is None and not request.url.path.startswith(API):  # whose bodies are no forms
        given = (await request.form()).get(CSRF_FIELD)
    check_token(request, given, expected)


def check_token(request: Request, given: Any, expected: str) -> None:
    """As `check_csrf`, of a request whose form is read by somebody else, who found `given` in it.

    Raises:
        ForgedRequest.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise ForgedRequest
    if not isinstance(given, str) or not hmac.compare_digest(given, expected):
        raise ForgedRequest


def remember(
    response: Response, name: str, value: str, settings: DashboardSettings, max_age_s: int | None
) -> None:
    """Set one of our cookies: not for scripts, not for other sites, by https if we have it."""
    response.set_cookie(
        name,
        value,
        max_age=max_age_s,
        httponly=True,
        samesite="lax",
        secure=settings.tls,
        path="/",
    )

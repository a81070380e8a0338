"""What can go wrong for a person, as a page for browsers and as JSON for programs."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from call_logs.casework import EvidenceRefused, TeamRefused, WrongField
from call_logs.circles import CircleRefused
from call_logs.owners import FaultRefused
from call_logs.roster import ImportFailed
from call_logs.storage import (
    AboutThem,
    IllegalMove,
    InvalidValue,
    Lacking,
    LinkInvalid,
    LockedOut,
    LoginRefused,
    NobodyFound,
    NotAllowed,
    NotFound,
    OutcomeUnknown,
    StoreBusy,
    StoreError,
    ValueRefused,
    VersionConflict,
)
from call_logs.users import Permission
from dashboard.web.texts import N_

logger = logging.getLogger(__name__)

API = "/api/"
BODY = "body"  # the field that is wrong when no single one is


class DashboardError(Exception):
    """Root of what a request can be refused for; `status` and `code` go to programs."""

    status = HTTPStatus.BAD_REQUEST
    code = "bad_request"
    message = N_("This request cannot be carried out.")
    detail = ""  # a fact in English, for programs


class SignInNeeded(DashboardError):
    status = HTTPStatus.UNAUTHORIZED
    code = "sign_in_needed"
    message = N_("Sign in first: send the session cookie or `Authorization: Bearer TOKEN`.")


class PasswordChangeNeeded(DashboardError):
    status = HTTPStatus.FORBIDDEN
    code = "password_change_needed"
    message = N_("Choose a password of your own first, on the account page.")


class ForgedRequest(DashboardError):
    status = HTTPStatus.FORBIDDEN
    code = "form_expired"
    message = N_("This form has expired. Go back, reload the page and send it again.")


class ReasonNeeded(DashboardError):
    """The ticket is sensitive: whoever is of its circle says first why they look."""

    status = HTTPStatus.PRECONDITION_REQUIRED
    code = "reason_needed"
    message = N_(
        "This ticket is sensitive: say why you look, in the header `X-Hotline-Reason` or the"
        " parameter `reason`."
    )

    def __init__(self, ticket_id: int) -> None:
        super().__init__(ticket_id)
        self.ticket_id = ticket_id


class Forbidden(DashboardError):
    status = HTTPStatus.FORBIDDEN
    code = "forbidden"
    message = N_("Your role does not allow this. Ask an administrator if you need it.")

    def __init__(self, permission: Permission) -> None:
        super().__init__(permission)
        self.permission = permission


class NotSigned(DashboardError):
    """A message that is not what it says. `detail`: what is wrong with it."""

    status = HTTPStatus.UNAUTHORIZED
    code = "not_signed"
    message = N_("This message is not signed as one of a system that may send.")

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class TooOften(DashboardError):
    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "too_often"
    message = N_("Too much was sent. Wait a minute and send it again.")


class BadInput(DashboardError):
    """A field that cannot be taken; `message` is already a message id of the catalogue."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "bad_input"

    def __init__(self, message: str, field: str = "") -> None:
        """`field`: its name at the API, "" where it is none of them."""
        super().__init__(message)
        self.message = message
        self.field = field


class Conflict(DashboardError):
    """What was to be done is not possible any more; `message` as of `BadInput`."""

    status = HTTPStatus.CONFLICT
    code = "too_late"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class Problem:
    """An error as it is told. `detail` is the store's own English fact, for programs."""

    status: HTTPStatus
    code: str
    message: str
    detail: str = ""


_STORE_PROBLEMS: tuple[tuple[type[StoreError], HTTPStatus, str, str], ...] = (
    (NotFound, HTTPStatus.NOT_FOUND, "not_found", N_("There is nothing here, or no longer.")),
    (
        VersionConflict,
        HTTPStatus.CONFLICT,
        "version_conflict",
        N_("Somebody else changed this meanwhile. Look at the new state and try again."),
    ),
    (
        IllegalMove,
        HTTPStatus.CONFLICT,
        "illegal_move",
        N_("The ticket cannot make this step from where it is now. Reload the page."),
    ),
    (
        NotAllowed,
        HTTPStatus.FORBIDDEN,
        "forbidden",
        N_("Your role does not allow this. Ask an administrator if you need it."),
    ),
    (
        Lacking,
        HTTPStatus.CONFLICT,
        "lacking",
        N_("This step needs something that is not written yet."),
    ),
    (
        LockedOut,
        HTTPStatus.TOO_MANY_REQUESTS,
        "locked_out",
        N_("Too many failed attempts. Wait a little before the next one."),
    ),
    (
        LoginRefused,
        HTTPStatus.UNAUTHORIZED,
        "login_refused",
        N_("Name or password is wrong, or the account is switched off."),
    ),
    (
        LinkInvalid,
        HTTPStatus.NOT_FOUND,
        "link_invalid",
        N_("This address is not valid, or no longer."),
    ),
    (
        WrongField,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "bad_input",
        N_("A field has a wrong value."),
    ),
    (
        EvidenceRefused,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "file_refused",
        N_("This file is not taken."),
    ),
    (
        FaultRefused,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "fault_refused",
        N_("This cannot be announced so."),
    ),
    (
        TeamRefused,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "team_refused",
        N_("The team cannot be so."),
    ),
    (
        AboutThem,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "about_them",
        N_("The ticket is about this person. Name somebody else."),
    ),
    (
        CircleRefused,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "circle_refused",
        N_("The circle cannot be so: it needs a reason, and somebody who can sign in."),
    ),
    (
        NobodyFound,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "nobody_found",
        N_("Nobody in the directory is called so."),
    ),
    (
        ImportFailed,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "import_failed",
        N_("Nothing was saved; every mistake is named."),
    ),
    (
        InvalidValue,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "bad_input",
        N_("A value holds something that cannot be kept, such as half a character."),
    ),
    (
        OutcomeUnknown,
        HTTPStatus.SERVICE_UNAVAILABLE,
        "outcome_unknown",
        N_("The database is slow: this may be saved or not. Reload and look before trying again."),
    ),
    (
        StoreBusy,
        HTTPStatus.SERVICE_UNAVAILABLE,
        "busy",
        N_("The database is busy. Nothing was changed; try again in a moment."),
    ),
    (
        StoreError,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "store_error",
        N_("The data could not be read or written. The system page says more."),
    ),
)
_HTTP_MESSAGES = {
    HTTPStatus.NOT_FOUND: N_("This page does not exist."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: N_(
        "This is too large. Split the file and send its parts."
    ),
}
_BROKEN = N_("Something went wrong on our side. It has been logged; try again.")


def problem_of(error: Exception) -> Problem:
    """What to tell about an error."""
    if isinstance(error, DashboardError):
        return Problem(error.status, error.code, error.message, error.detail)
    if isinstance(error, StoreError):
        for kind, status, code, message in _STORE_PROBLEMS:
            if isinstance(error, kind):
                return Problem(status, code, message, str(error))
    if isinstance(error, HTTPException):
        status = HTTPStatus(error.status_code)
        message = _HTTP_MESSAGES.get(status, DashboardError.message)
        return Problem(status, status.phrase.lower().replace(" ", "_"), message)
    return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", _BROKEN)


def safe_path(path: str) -> str:
    """A path of our own to go on to after signing in, never another site's address."""
    inside = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if inside and "\n" not in path and "\r" not in path else "/"


def _redirect(request: Request, address: str) -> Response:
    if request.headers.get("hx-request"):  # a fragment must not become a whole login page
        return Response(status_code=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": address})
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)


async def answer(request: Request, error: Exception) -> Response:
    """The response to an error: a redirect, a page or JSON."""
    problem = problem_of(error)
    api = request.url.path.startswith(API)
    if not api and isinstance(error, SignInNeeded):
        target = request.headers.get("hx-current-url-path") or request.url.path
        if request.url.query and request.method == "GET":
            target += f"?{request.url.query}"
        partial = request.headers.get("hx-request")
        return _redirect(request, "/login" if partial else f"/login?next={quote(target)}")
    if not api and isinstance(error, PasswordChangeNeeded):
        return _redirect(request, "/account")
    if not api and isinstance(error, ReasonNeeded):
        address = f"/tickets/{error.ticket_id}/why"
        if request.method == "GET" and not request.headers.get("hx-request"):
            address += f"?next={quote(request.url.path)}"
        return _redirect(request, address)
    if api:
        return problem_json(problem, error)
    site = request.app.state.site
    page = site.views.render(
        "error.html", request.state.language, {"problem": problem, "login": None, "nonce": ""}
    )
    return HTMLResponse(page, problem.status, headers=_headers(error))


def problem_json(problem: Problem, error: Exception) -> JSONResponse:
    body: dict[str, object] = {"code": problem.code, "message": problem.message}
    if isinstance(error, ImportFailed):
        body["problems"] = [
            {"where": each.where, "message": each.message} for each in error.problems
        ]
    if fields := _fields(problem, error):
        body["fields"] = fields
    if isinstance(error, EvidenceRefused):
        body["reason"] = error.reason
    if problem.detail:
        body["detail"] = problem.detail
    return JSONResponse({"error": body}, problem.status, headers=_headers(error))


def _fields(problem: Problem, error: Exception) -> list[dict[str, str]]:
    """Which fields are wrong, and the rule of each: a code, and in words. What is refused as a
    whole is the field `body`."""
    match error:
        case WrongField():
            return [_field(error.field or BODY, problem.code, error.rule)]
        case EvidenceRefused():
            return [_field(BODY, error.reason, str(error))]
        case Lacking():
            return [_field(each, "missing", str(error)) for each in error.fields]
        case ImportFailed():
            return [_field(each.where, problem.code, each.message) for each in error.problems]
        case BadInput() | ValueRefused():
            return [_field(error.field or BODY, problem.code, str(error))]
        case _:
            return []


def _field(field: str, rule: str, message: str) -> dict[str, str]:
    return {"field": field, "rule": rule, "message": message}


def _headers(error: Exception) -> dict[str, str]:
    if isinstance(error, SignInNeeded):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, TooOften):
        return {"Retry-After": "60"}
    if isinstance(error, LockedOut):
        return {"Retry-After": str(int(error.retry_after_s) + 1)}
    if isinstance(error, HTTPException):
        return dict(error.headers or {})
    return {}


async def _invalid(request: Request, error: Exception) -> Response:
    """A request whose parts have the wrong shape: which part, and what is expected."""
    if not isinstance(error, RequestValidationError) or not request.url.path.startswith(API):
        return await answer(request, BadInput(N_("A field of the form has a wrong value.")))
    wrong = [
        _field(".".join(str(part) for part in fault["loc"]), fault["type"], fault["msg"])
        for fault in error.errors()
    ]
    body = {
        "code": "bad_input",
        "message": "Some fields have a wrong value; `fields` says which.",
        "fields": wrong,
    }
    return JSONResponse({"error": body}, HTTPStatus.UNPROCESSABLE_ENTITY)


async def _broken(request: Request, error: Exception) -> Response:
    # The pattern and not the path: some addresses hold a secret.
    pattern = getattr(request.scope.get("route"), "path", "")
    logger.error("request failed", exc_info=error, extra={"path": pattern})
    return await answer(request, error)


async def _gone(request: Request, error: Exception) -> Response:
    """Whoever sent it has gone, a telephone in a lift say: no fault, and nobody reads this."""
    del request, error
    return Response(status_code=HTTPStatus.BAD_REQUEST)


def install(app: FastAPI) -> None:
    """Make the application answer errors in this way."""
    for kind in (DashboardError, StoreError, HTTPException):
        app.add_exception_handler(kind, answer)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _broken)

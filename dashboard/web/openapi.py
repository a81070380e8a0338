"""The API's description, completed with what a route's types do not say: who may call it, by
which rights, and how errors look."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from call_logs.users import Permission
from dashboard.web.errors import API
from dashboard.web.signin import CSRF_HEADER, SAFE_METHODS, SESSION_COOKIE, Requires, signed_in

__all__ = ["describe", "operation_id"]

TOKEN, SESSION, FORM = "token", "session", "form"
SCHEMES: dict[str, dict[str, str]] = {
    TOKEN: {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of `POST /api/v1/sessions`, with the rights of its user's role, or "
        "a program's own (page Tokens of programs), with those that it was given. The names "
        "beside an operation are the rights that it asks for.",
    },
    SESSION: {
        "type": "apiKey",
        "in": "cookie",
        "name": SESSION_COOKIE,
        "description": "The cookie of a browser that is signed in.",
    },
    FORM: {
        "type": "apiKey",
        "in": "header",
        "name": CSRF_HEADER,
        "description": "With the cookie, on everything but GET: the token of the page's forms.",
    },
}
_ERROR = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorOut"}}}
_BODY_ERRORS = {
    HTTPStatus.REQUEST_TIMEOUT: "The body came too slowly.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too large.",
}


def operation_id(route: APIRoute) -> str:
    """The name of its function: clients that are made from the description call it so."""
    return route.name


def describe(app: FastAPI) -> None:
    """Complete what `app.openapi()` gives."""
    plain = app.openapi

    def whole() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = plain()
            schema["components"]["securitySchemes"] = SCHEMES
            for method, route in _routes(app):
                operation = schema["paths"].get(route.path, {}).get(method.lower())
                if operation is not None:
                    _complete(operation, method, route)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = whole  # type: ignore[method-assign]


def _routes(app: FastAPI) -> Iterator[tuple[str, Any]]:
    for route in iter_route_contexts(app.routes):
        path = route.path or ""
        if getattr(route, "dependant", None) is not None and path.startswith(API):
            for method in sorted(route.methods or ()):
                yield method, route


def _complete(operation: dict[str, Any], method: str, route: Any) -> None:
    needs = tuple(_needs(route.dependant))
    rights = sorted({right.value for each in needs for right in each})
    responses = operation["responses"]
    if needs:
        operation["security"] = [{TOKEN: rights}, _by_cookie(method, rights)]
    else:
        operation["security"] = []
        responses.pop(str(HTTPStatus.FORBIDDEN.value), None)
    has_body = "requestBody" in operation
    if not has_body and "{" not in route.path:
        responses.pop(str(HTTPStatus.NOT_FOUND.value), None)
    if method in SAFE_METHODS:
        responses.pop(str(HTTPStatus.CONFLICT.value), None)
    if has_body:
        for status, why in _BODY_ERRORS.items():
            responses[str(status.value)] = {"description": why}
    for status_code, response in responses.items():
        if int(status_code) >= HTTPStatus.BAD_REQUEST:
            response.setdefault("content", _ERROR)


def _by_cookie(method: str, rights: list[str]) -> dict[str, list[str]]:
    return {SESSION: rights} if method in SAFE_METHODS else {SESSION: rights, FORM: []}


def _needs(dependant: Dependant) -> Iterator[tuple[Permission, ...]]:
    """What each of its sign-in dependencies asks for; none where nobody must sign in."""
    if dependant.call is signed_in:
        yield ()
    if isinstance(dependant.call, Requires):
        yield dependant.call.permissions
    for each in dependant.dependencies:
        yield from _needs(each)

"""A person at the dashboard without a browser: follows redirects, keeps cookies, sends forms; and a
program at the API."""

from __future__ import annotations

import re
from types import TracebackType
from typing import Any

import httpx
from fastapi import FastAPI

CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')


class Visitor:
    """Speaks to the application in this process over ASGI."""

    def __init__(self, app: FastAPI, language: str = "en") -> None:
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://hotline.test",
            headers={"Accept-Language": language},
        )

    async def __aenter__(self) -> Visitor:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.http.aclose()

    async def get(self, address: str, **headers: str) -> httpx.Response:
        return await self.http.get(address, headers=headers)

    async def part(self, address: str) -> httpx.Response:
        """As htmx asks for a fragment."""
        return await self.get(address, **{"HX-Request": "true", "HX-Request-Type": "partial"})

    async def csrf(self, address: str = "/account") -> str:
        """The token of a page's forms."""
        found = CSRF.search((await self.get(address)).text)
        assert found, f"no form in {address}"
        return found.group(1)

    async def send(self, address: str, **fields: Any) -> httpx.Response:
        """Send a form with a valid token."""
        token = await self.csrf()
        return await self.http.post(address, data={"csrf_token": token, **fields})

    async def sign_in(self, name: str, password: str, next: str = "/tickets") -> httpx.Response:
        token = await self.csrf("/login")
        return await self.http.post(
            "/login",
            data={"csrf_token": token, "name": name, "password": password, "next": next},
        )


class Program:
    """A program at the REST API: sends its token and nothing else."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def call(self, method: str, path: str, **body: Any) -> httpx.Response:
        return await self.http.request(method, f"/api/v1{path}", json=body or None)

    async def get(self, path: str) -> Any:
        answer = await self.call("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

"""Tokens of programs, for programs of an administrator."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

from fastapi import APIRouter
from pydantic import Field

from call_logs.users import Permission
from dashboard.web.api_models import In, Out, example
from dashboard.web.inputs import RowId
from dashboard.web.signin import UserManager
from dashboard.web.site import SiteOf

router = APIRouter(prefix="/tokens", tags=["tokens"])


class TokenIn(In):
    """`days`: how long it is good; without it until it is revoked."""

    model_config = example(name="billing", rights=["see_tickets", "work_tickets"], days=365)

    name: str = Field(max_length=60)
    rights: list[Permission] = Field(max_length=50)
    days: int | None = Field(None, ge=1, le=3650)


class TokenOut(Out):
    id: int
    name: str
    rights: list[Permission]
    made_at: datetime
    made_by: str
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str


class NewTokenOut(TokenOut):
    """`token` is shown here and never again."""

    token: str


@router.get("")
async def list_tokens(site: SiteOf, login: UserManager) -> list[TokenOut]:
    """Every token that there is or was, without itself."""
    return [TokenOut.model_validate(each) for each in await site.store.tokens.all(login.actor)]


@router.post("", status_code=HTTPStatus.CREATED)
async def make_token(site: SiteOf, login: UserManager, body: TokenIn) -> NewTokenOut:
    """Make a token with these rights. The answer alone has the token itself."""
    made, secret = await site.store.tokens.make(body.name, body.rights, login.actor, days=body.days)
    return NewTokenOut(**TokenOut.model_validate(made).model_dump(), token=secret)


@router.delete("/{token_id}")
async def revoke_token(site: SiteOf, login: UserManager, token_id: RowId) -> TokenOut:
    """From now on it opens nothing."""
    return TokenOut.model_validate(await site.store.tokens.revoke(token_id, login.actor))

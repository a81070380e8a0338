"""Users and sessions as programs see them."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from call_logs.users import Role
from dashboard.web.api_models import In, Out, example


class SessionIn(In):
    model_config = example(name="wang", password="a password of your own")

    name: str = Field(max_length=100)
    password: str = Field(max_length=1000)


class UserOut(Out):
    id: int
    name: str
    full_name: str
    role: Role
    language: str
    must_change_password: bool
    person: str = Field(description="Who of the roster this is, by id; empty: nobody.")
    firm: str = Field(description="The outside firm, a reference of the directory; empty: none.")


class SessionOut(BaseModel):
    token: str
    expires_at: datetime
    user: UserOut

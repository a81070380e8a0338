"""Call reviews for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from dashboard.web.api_models import In, Out, example
from dashboard.web.inputs import RowId
from dashboard.web.signin import CallReviewer, TicketReader
from dashboard.web.site import SiteOf

router = APIRouter(prefix="/reviews", tags=["call reviews"])


class ReviewOut(Out):
    """`person`: a reference to whoever talked with the caller; `score`: percent."""

    id: int
    call_id: str
    ticket_id: int
    person: str
    category: str
    urgent: bool
    month: str
    reviewer: str
    reviewed_at: datetime | None
    score: int | None
    points: dict[str, int]
    remark: str
    answer: str
    answered_at: datetime | None
    version: int


class ReviewVersionOut(Out):
    version: int
    at: datetime
    actor: str
    score: int | None
    points: dict[str, int]
    remark: str
    answer: str


class ScoreIn(In):
    """`points` by item of the checklist; an item that did not come up is left out."""

    model_config = example(points={"listening": 2}, remark="", version=0)

    points: dict[str, int] = Field(max_length=30)
    remark: str = Field("", max_length=2000)
    version: RowId


class AnswerIn(In):
    answer: str = Field(max_length=2000)
    version: RowId


@router.get("")
async def list_reviews(
    *,
    site: SiteOf,
    login: TicketReader,
    month: Annotated[str, Query(max_length=7)] = "",
    person: Annotated[str, Query(max_length=100)] = "",
    open: bool = False,
) -> list[ReviewOut]:
    """All for whoever reviews; for everybody else their own. `open`: not reviewed yet."""
    found = await site.store.reviews.list(login.actor, month=month, person=person, open_only=open)
    return [ReviewOut.model_validate(each) for each in found]


@router.get("/{review_id}")
async def read_review(site: SiteOf, login: TicketReader, review_id: RowId) -> ReviewOut:
    """One review."""
    return ReviewOut.model_validate(await site.store.reviews.get(review_id, login.actor))


@router.get("/{review_id}/versions")
async def list_review_versions(
    site: SiteOf, login: TicketReader, review_id: RowId
) -> list[ReviewVersionOut]:
    """All that was ever said of the call, the latest first."""
    found = await site.store.reviews.versions(review_id, login.actor)
    return [ReviewVersionOut.model_validate(each) for each in found]


@router.put("/{review_id}")
async def score_call(
    site: SiteOf, login: CallReviewer, review_id: RowId, body: ScoreIn
) -> ReviewOut:
    """Say how the call was; never of one's own."""
    return ReviewOut.model_validate(
        await site.store.reviews.score(
            review_id,
            body.points,
            body.remark,
            login.actor,
            checklist=site.settings.checklist,
            version=body.version,
        )
    )


@router.post("/{review_id}/answer")
async def answer_review(
    site: SiteOf, login: TicketReader, review_id: RowId, body: AnswerIn
) -> ReviewOut:
    """What whoever was reviewed says to it."""
    return ReviewOut.model_validate(
        await site.store.reviews.answer(review_id, body.answer, login.actor, version=body.version)
    )

"""Call reviews: what is still to be reviewed, results, one's own, averages over time."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response

from call_logs.quality import Item, averages
from call_logs.storage import InvalidValue, VersionConflict
from dashboard.web.access import note_access
from dashboard.web.inputs import RowId
from dashboard.web.outcome import MEANWHILE
from dashboard.web.render import go, page
from dashboard.web.signin import CallReviewer, Login, TicketReader
from dashboard.web.site import Site, SiteOf
from dashboard.web.texts import N_

router = APIRouter(prefix="/reviews")

ITEM = "item-"  # before an item's id in the form
WRONG = HTTPStatus.UNPROCESSABLE_ENTITY
NOTHING = N_("Give points to one item at least.")
TOO_LONG = N_("The text is too long: at most 2000 letters.")


@router.get("")
async def show_reviews(
    *,
    request: Request,
    site: SiteOf,
    login: TicketReader,
    month: Annotated[str, Query(max_length=7)] = "",
    person: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """All for whoever reviews; for everybody else their own."""
    await site.store.staff.current()  # the names that the page shows
    found = await site.store.reviews.list(login.actor, month=month, person=person)
    done = [each for each in found if each.score is not None]
    items = {each.id: each for each in site.settings.checklist.items}
    return await page(
        request,
        site,
        login,
        "quality/index.html",
        reviews=found,
        month=month,
        person=person,
        by_person=averages((each.person, each.score or 0) for each in done),
        by_month=averages((each.month, each.score or 0) for each in done),
        by_item=averages(
            (name, 100 * got / items[name].most)
            for each in done
            for name, got in each.points.items()
            if name in items
        ),
        checklist=site.settings.checklist,
    )


@router.get("/{review_id}")
async def show_review(
    request: Request, site: SiteOf, login: TicketReader, review_id: RowId
) -> Response:
    await note_access(site, login, "looked", "review", review_id)
    return await _one(request, site, login, review_id)


@router.post("/{review_id}")
async def score(
    request: Request,
    site: SiteOf,
    login: CallReviewer,
    review_id: RowId,
    *,
    version: Annotated[RowId, Form()],
    remark: Annotated[str, Form(max_length=10_000)] = "",
) -> Response:
    form = await request.form()
    given = {each.id: str(form.get(f"{ITEM}{each.id}", "")) for each in _items(site)}
    points = {name: int(text) for name, text in given.items() if text in ("0", "1", "2")}
    try:
        await site.store.reviews.score(
            review_id,
            points,
            remark,
            login.actor,
            checklist=site.settings.checklist,
            version=version,
        )
    except InvalidValue as error:
        problem = TOO_LONG if error.field == "remark" else NOTHING
        return await _one(request, site, login, review_id, WRONG, problem=problem)
    except VersionConflict:
        return await _one(request, site, login, review_id, HTTPStatus.CONFLICT, problem=MEANWHILE)
    return go(f"/reviews/{review_id}")


@router.post("/{review_id}/answer")
async def answer(
    request: Request,
    site: SiteOf,
    login: TicketReader,
    review_id: RowId,
    *,
    version: Annotated[RowId, Form()],
    text: Annotated[str, Form(max_length=10_000)] = "",
) -> Response:
    try:
        await site.store.reviews.answer(review_id, text, login.actor, version=version)
    except InvalidValue:
        return await _one(request, site, login, review_id, WRONG, problem=TOO_LONG)
    except VersionConflict:
        return await _one(request, site, login, review_id, HTTPStatus.CONFLICT, problem=MEANWHILE)
    return go(f"/reviews/{review_id}")


def _items(site: Site) -> tuple[Item, ...]:
    return site.settings.checklist.items


async def _one(
    request: Request,
    site: Site,
    login: Login,
    review_id: int,
    status: HTTPStatus = HTTPStatus.OK,
    *,
    problem: str | None = None,
) -> Response:
    review = await site.store.reviews.get(review_id, login.actor)
    return await page(
        request,
        site,
        login,
        "quality/review.html",
        status,
        review=review,
        versions=await site.store.reviews.versions(review_id, login.actor),
        checklist=site.settings.checklist,
        problem=problem,
    )

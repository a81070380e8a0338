"""People, schedules, policies and the rest of the roster: looking at them and changing them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from call_logs.roster import (
    ANY_CATEGORY,
    DUTY,
    EntryKind,
    ImportFailed,
    ImportProblem,
    Policy,
    SavedEntry,
    document_of,
)
from call_logs.storage import VersionConflict
from dashboard.oncall.entry_text import BLANKS, entry_changes, entry_text, read_entry_text
from dashboard.web.access import note_access
from dashboard.web.inputs import RowId
from dashboard.web.render import go, page
from dashboard.web.signin import Login, RosterManager
from dashboard.web.site import Site, SiteOf

router = APIRouter(prefix="/roster")

TEXT_LIMIT = 100_000
LINE_LIMIT = 2000
NEW = "+"  # no entry can be called so
HISTORY_PAGE = 50
# The order in which a roster is built up.
KINDS = (
    EntryKind.PERSON,
    EntryKind.DEPARTMENT,
    EntryKind.SCHEDULE,
    EntryKind.POLICY,
    EntryKind.HOLIDAY,
    EntryKind.LINE,
    EntryKind.LEAVE,
    EntryKind.OVERRIDE,
)


@dataclass(frozen=True)
class _Form:
    """An entry being edited: what was typed, and the version that it was read with."""

    kind: EntryKind
    entry_id: str
    typed: Mapping[str, object] = field(repr=False)
    version: int = 0
    problems: Sequence[ImportProblem] = ()
    clash: bool = False

    @property
    def is_new(self) -> bool:
        return self.entry_id == NEW

    @classmethod
    def of(cls, saved: SavedEntry) -> _Form:
        is_person = saved.kind is EntryKind.PERSON
        typed = _typed_person(saved.document) if is_person else _typed(saved.document)
        return cls(saved.kind, saved.id, typed, saved.version)


@router.get("")
async def show_roster(
    request: Request, site: SiteOf, login: RosterManager, done: str = ""
) -> Response:
    """Everything on the roster, and what of it cannot be used."""
    entries = await site.store.roster.entries()
    await note_access(site, login, "looked", "roster", again=True)
    return await page(
        request,
        site,
        login,
        "oncall/roster.html",
        kinds=KINDS,
        entries={kind: [each for each in entries if each.kind is kind] for kind in KINDS},
        built_in=_built_in(entries, (await site.store.roster.current()).built_in),
        problems=await site.store.roster.problems(),
        owners=await site.store.directory.count(),
        done=done,
    )


def _built_in(
    entries: Sequence[SavedEntry], policies: Mapping[str, Policy]
) -> dict[str, Mapping[str, object]]:
    """Policies that hold because the company has not written its own: one for any category
    stands before every built-in one but that of key 0."""
    own = {entry.id for entry in entries if entry.kind is EntryKind.POLICY}
    names = {DUTY} if ANY_CATEGORY in own else set(policies)
    return {name: document_of(policy) for name, policy in policies.items() if name in names - own}


@router.get("/history")
async def show_history(
    request: Request, site: SiteOf, login: RosterManager, before: RowId | None = None
) -> Response:
    """Who changed what, newest first."""
    changes = await site.store.roster.history(before=before, limit=HISTORY_PAGE + 1)
    return await page(
        request,
        site,
        login,
        "oncall/roster_history.html",
        changes=changes[:HISTORY_PAGE],
        entry_changes=entry_changes,
        older=changes[HISTORY_PAGE - 1].id if len(changes) > HISTORY_PAGE else None,
    )


@router.get("/entry/{kind}/{entry_id}")
async def open_entry(
    request: Request, site: SiteOf, login: RosterManager, kind: EntryKind, entry_id: str
) -> Response:
    """An entry's form; that of `NEW` is an empty one."""
    if entry_id == NEW:
        return await _show(request, site, login, _Form(kind, NEW, _blank(kind)))
    saved = await site.store.roster.get(kind, entry_id)
    await note_access(site, login, "looked", "roster", entry_id, again=True)
    return await _show(request, site, login, _Form.of(saved))


@router.post("/entry/person/{entry_id}")
async def save_person(
    *,
    request: Request,
    site: SiteOf,
    login: RosterManager,
    entry_id: str,
    version: Annotated[RowId, Form()],
    id: Annotated[str, Form(max_length=40)] = "",
    name: Annotated[str, Form(max_length=100)] = "",
    contacts: Annotated[str, Form(max_length=LINE_LIMIT)] = "",
    roles: Annotated[str, Form(max_length=LINE_LIMIT)] = "",
    languages: Annotated[str, Form(max_length=100)] = "",
    categories: Annotated[str, Form(max_length=LINE_LIMIT)] = "",
    notices: Annotated[str, Form(max_length=LINE_LIMIT)] = "",
    refer: Annotated[bool, Form()] = False,
    active: Annotated[bool, Form()] = False,
) -> Response:
    """Save a person from the plain form; lists are lines or have `;` between their parts."""
    document: dict[str, object] = {
        "id": id.strip() if entry_id == NEW else entry_id,
        "name": name.strip(),
        "contacts": contacts,
        "roles": roles,
        "languages": languages,
        "categories": categories,
        "notices": notices,
        "refer": refer,
        "active": active,
    }
    form = _Form(EntryKind.PERSON, entry_id, document, version)
    return await _save(request, site, login, form, document)


@router.post("/entry/{kind}/{entry_id}")
async def save_text(
    *,
    request: Request,
    site: SiteOf,
    login: RosterManager,
    kind: EntryKind,
    entry_id: str,
    version: Annotated[RowId, Form()],
    text: Annotated[str, Form(max_length=TEXT_LIMIT)] = "",
) -> Response:
    """Save any other entry from its text."""
    form = _Form(kind, entry_id, {"text": text}, version)
    try:
        document = read_entry_text(text, kind)
    except ImportFailed as error:
        return await _show(request, site, login, replace(form, problems=error.problems))
    return await _save(request, site, login, form, document)


@router.post("/entry/{kind}/{entry_id}/remove")
async def remove_entry(
    request: Request, site: SiteOf, login: RosterManager, kind: EntryKind, entry_id: str
) -> Response:
    """Take an entry off; refused while others name it."""
    try:
        await site.store.roster.remove(kind, entry_id, login.actor)
    except ImportFailed as error:
        form = _Form.of(await site.store.roster.get(kind, entry_id))
        return await _show(request, site, login, replace(form, problems=error.problems))
    return go("/roster?done=removed")


async def _save(
    request: Request, site: Site, login: Login, form: _Form, document: Mapping[str, object]
) -> Response:
    """Save what the form says, or show it again with every mistake."""
    named = document.get("category" if form.kind is EntryKind.POLICY else "id")
    if not form.is_new and named not in (None, form.entry_id):
        message = f"the entry is `{form.entry_id}`; to rename it enter a new one and remove this"
        problem = ImportProblem(form.kind.value, message)
        return await _show(request, site, login, replace(form, problems=(problem,)))
    try:
        await _saved(site, login, form, document)
    except ImportFailed as error:
        return await _show(request, site, login, replace(form, problems=error.problems))
    except VersionConflict:
        return await _show(request, site, login, replace(form, clash=True))
    return go("/roster?done=saved")


async def _saved(
    site: Site, login: Login, form: _Form, document: Mapping[str, object]
) -> SavedEntry:
    """Raises:
    ImportFailed: every mistake in the entry.
    VersionConflict: somebody else changed it, or a new one would take another's place.
    """
    roster, actor = site.store.roster, login.actor
    if form.kind is not EntryKind.HOLIDAY or form.is_new:
        return await roster.save(form.kind, document, actor, version=form.version)
    # A holiday has no name but what it says: changed, it is another one.
    before = await roster.get(form.kind, form.entry_id)
    saved = await roster.save(form.kind, document, actor)
    if saved.id != before.id:
        await roster.remove(form.kind, before.id, actor)
    return saved


async def _show(request: Request, site: Site, login: Login, form: _Form) -> Response:
    status = HTTPStatus.OK
    if form.clash:
        status = HTTPStatus.CONFLICT
    elif form.problems:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    return await page(request, site, login, "oncall/roster_entry.html", status, form=form)


def _blank(kind: EntryKind) -> Mapping[str, object]:
    if kind is EntryKind.PERSON:
        return _typed_person({"active": True, "languages": ["zh-CN"]})
    return {"text": BLANKS[kind]}


def _typed(document: Mapping[str, object]) -> Mapping[str, object]:
    return {"text": entry_text(document)}


def _typed_person(document: Mapping[str, Any]) -> Mapping[str, object]:
    """A person's document as the fields of the form."""
    return {
        "id": document.get("id", ""),
        "name": document.get("name", ""),
        "contacts": "\n".join(document.get("contacts", ())),
        "roles": "; ".join(document.get("roles", ())),
        "languages": "; ".join(document.get("languages", ())),
        "categories": "; ".join(document.get("categories", ())),
        "notices": "\n".join(document.get("notices", ())),
        "refer": document.get("refer", False),
        "active": document.get("active", True),
    }

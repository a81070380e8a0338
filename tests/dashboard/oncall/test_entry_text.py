"""Entries of the roster as text, and what changed in one."""

from __future__ import annotations

import tomllib

import pytest

from call_logs import Store
from call_logs.roster import EntryKind, ImportFailed
from dashboard.oncall.entry_text import BLANKS, entry_changes, entry_text, read_entry_text
from tests.dashboard import night
from tests.people import person


async def test_every_entry_reads_back_as_it_was(store: Store) -> None:
    await night.company(store)

    for saved in await store.roster.entries():
        read = read_entry_text(entry_text(saved.document), saved.kind)
        again = await store.roster.save(saved.kind, read, person("test"))
        assert again.document == saved.document
        assert again.version == saved.version, "nothing changed"


@pytest.mark.parametrize(
    "text", ['"quotes" and \\ backslash', "new\nline", "delete \x7f", "tab\t", "电梯 🚨", "\u2028"]
)
def test_any_text_survives(text: str) -> None:
    assert tomllib.loads(entry_text({"note": text, "people": [text]})) == {
        "note": text,
        "people": [text],
    }


def test_what_is_no_toml_is_refused_with_its_place() -> None:
    with pytest.raises(ImportFailed, match="line 2"):
        read_entry_text('id = "x"\nname = ?\nrole = ""', EntryKind.SCHEDULE)


@pytest.mark.parametrize("kind", list(BLANKS))
def test_what_a_new_entry_begins_with_is_toml(kind: EntryKind) -> None:
    assert read_entry_text(BLANKS[kind], kind)


def test_a_change_names_the_fields_that_differ_and_hides_passwords() -> None:
    before = {"id": "wang", "name": "Wang", "notices": ["mailto://u:secret@h"], "refer": False}
    after = {"id": "wang", "name": "Wang Gong", "notices": ["mailto://u:other@h"], "refer": False}

    assert entry_changes(before, after) == (
        ("name", "Wang", "Wang Gong"),
        ("notices", "***", "***"),
    )
    assert entry_changes(None, {"id": "a", "roles": []}) == (("id", "", "a"),)

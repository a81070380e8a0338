"""A TOML file laid over another: what holds, and where each entry stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from asr.lexicon.document import Document, DocumentError, read_document

SHIPPED = """\
gap = 6
words = ["one"]

[sets]
lift = ["lift"]

[node.main]
say = ["hello"]

[[node.main.choice]]
key = "1"
to = "help"

[[rules]]
name = "first"
"""


def document(folder: Path, name: str, text: str) -> Document:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_document(path)


@pytest.fixture
def shipped(tmp_path: Path) -> Document:
    return document(tmp_path, "shipped.toml", SHIPPED)


def test_tables_are_taken_together_and_arrays_of_tables_follow(
    tmp_path: Path, shipped: Document
) -> None:
    own = document(tmp_path, "own.toml", '[sets]\nsmell = ["smell"]\n[[rules]]\nname = "mine"\n')
    both = own.laid_over(shipped)
    assert both.data["sets"] == {"lift": ["lift"], "smell": ["smell"]}
    assert [rule["name"] for rule in both.data["rules"]] == ["first", "mine"]
    assert both.told("rules.1.name", "wrong") == f"{own.file}:4: wrong"
    assert both.told("rules.0.name", "wrong") == f"{shipped.file}:15: wrong"
    assert both.told("sets.smell.0", "wrong") == f"{own.file}:2: wrong"


def test_lists_stand_for_the_shipped_ones_except_where_they_are_to_grow(
    tmp_path: Path, shipped: Document
) -> None:
    text = 'words = ["one", "two"]\n[sets]\nlift = ["hoist"]\n[node.main]\nsay = ["bye"]\n'
    both = document(tmp_path, "own.toml", text).laid_over(shipped, joins=("sets",))
    assert both.data["sets"]["lift"] == ["lift", "hoist"]
    assert both.data["words"] == ["one", "two"]
    assert both.data["node"]["main"]["say"] == ["bye"]
    assert both.data["node"]["main"]["choice"] == [{"key": "1", "to": "help"}]


def test_a_table_with_the_key_of_another_takes_its_place(tmp_path: Path, shipped: Document) -> None:
    own = document(
        tmp_path,
        "own.toml",
        '[[node.main.choice]]\nkey = "2"\nto = "new"\n'
        '[[node.main.choice]]\nkey = "1"\nto = "bye"\n',
    )
    both = own.laid_over(shipped)
    assert both.data["node"]["main"]["choice"] == [
        {"key": "1", "to": "bye"},
        {"key": "2", "to": "new"},
    ]
    assert both.place("node.main.choice.0.to").line == 6
    assert both.place("node.main.choice.1").line == 1


def test_what_has_another_shape_is_told_and_changes_nothing(
    tmp_path: Path, shipped: Document
) -> None:
    own = document(tmp_path, "own.toml", 'sets = "x"\nrules = 3\ngap = [1]\n')
    both = own.laid_over(shipped)
    assert both.data == shipped.data
    assert [both.told(name, fact) for name, fact in both.clashes] == [
        f"{own.file}:1: sets must be a table",
        f"{own.file}:2: rules must be a list",
        f"{own.file}:3: gap must be a single value",
    ]


def test_entries_that_are_left_out_leave_no_trace(tmp_path: Path, shipped: Document) -> None:
    text = '[[rules]]\nname = "bad"\n[[rules]]\nname = "good"\n[sets]\nbad = []\n'
    own = document(tmp_path, "own.toml", text)
    both = own.laid_over(shipped, without={"rules.0", "sets.bad"})
    assert [rule["name"] for rule in both.data["rules"]] == ["first", "good"]
    assert both.place("rules.1").line == 3
    assert "bad" not in both.data["sets"]


def test_a_file_that_is_no_toml_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"own.toml:2: not a TOML file"):
        document(tmp_path, "own.toml", "a = 1\nb = = 2\n")
    with pytest.raises(DocumentError, match=r"none.toml:1: cannot be read: No such file"):
        read_document(tmp_path / "none.toml")


def test_files_of_any_editor_are_read_or_told_how_to_save_them(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_bytes("words = ['电梯']\r\n".encode("utf-8-sig"))
    assert read_document(path).data == {"words": ["电梯"]}
    path.write_bytes("words = ['电梯']".encode("gbk"))
    with pytest.raises(DocumentError, match="save it as UTF-8"):
        read_document(path)

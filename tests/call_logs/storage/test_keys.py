from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from call_logs.storage import KeyProblem, Keys, Tampered


def load(path: Path) -> Keys:
    return Keys.load(path, environ={})


def test_the_key_file_is_made_at_the_first_start_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "home" / "hotline.key"
    load(path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_was_sealed_opens_after_a_restart(tmp_path: Path) -> None:
    sealed = load(tmp_path / "key").seal("三号楼".encode(), "tickets.text")
    assert load(tmp_path / "key").open(sealed, "tickets.text") == "三号楼".encode()


def test_ciphertexts_of_equal_values_differ_and_show_nothing() -> None:
    keys = Keys.generate()
    first, second = (keys.seal(b"13800138000", "calls.caller") for _ in range(2))
    assert first != second
    assert b"138" not in first


def test_every_changed_byte_is_noticed() -> None:
    keys = Keys.generate()
    sealed = keys.seal(b"words", "tickets.text")
    for index in range(len(sealed)):
        changed = bytearray(sealed)
        changed[index] ^= 1
        with pytest.raises((Tampered, KeyProblem)):
            keys.open(bytes(changed), "tickets.text")
    with pytest.raises(Tampered):
        keys.open(sealed[:-1], "tickets.text")


def test_a_value_moved_to_another_column_does_not_open() -> None:
    keys = Keys.generate()
    with pytest.raises(Tampered):
        keys.open(keys.seal(b"words", "tickets.text"), "tickets.name")


def test_after_a_rotation_old_data_opens_and_stays_searchable(tmp_path: Path) -> None:
    path = tmp_path / "key"
    old = load(path)
    sealed, hashed = old.seal(b"words", "tickets.text"), old.search_hash("+8613800138000", "phone")
    first = old.current_id
    new = Keys.rotate(path)
    assert new.current_id != first
    assert new.open(sealed, "tickets.text") == b"words"
    assert new.search_hash("+8613800138000", "phone") == hashed
    # Who has the file open as it was follows it, reading and writing.
    assert old.open(new.seal(b"words", "tickets.text"), "tickets.text") == b"words"
    assert old.seal(b"words", "tickets.text")[1:5] == new.current_id


def test_a_key_that_is_forgotten_opens_nothing_and_what_was_found_is_found(tmp_path: Path) -> None:
    path = tmp_path / "key"
    keys = load(path)
    first = keys.current_id
    sealed, hashed = keys.seal(b"words", "tickets.text"), keys.search_hash("x", "phone")
    link = keys.lasting("acknowledge-link")
    secret = path.read_text().split()[-1]
    Keys.rotate(path)
    held = path.open("rb")  # as whoever undeletes it
    Keys.forget(path, {first})
    assert secret not in path.read_text()
    assert held.read().strip(b"\0") == b""
    for each in (keys, load(path)):
        assert each.search_hash("x", "phone") == hashed
        assert each.lasting("acknowledge-link") == link
        assert first not in each.ids
        with pytest.raises(KeyProblem, match="not in the key file"):
            each.open(sealed, "tickets.text")
    with pytest.raises(KeyProblem, match="would hold no key"):
        Keys.forget(path, set(load(path).ids))


def test_a_file_that_is_damaged_while_the_program_runs_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "key"
    keys = load(path)
    first = keys.current_id
    path.write_text("nonsense\n")
    assert keys.current_id == first
    path.unlink()
    assert keys.open(keys.seal(b"words", "x"), "x") == b"words"


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key"
    load(path)
    path.chmod(0o644)
    with pytest.raises(KeyProblem, match="chmod 600"):
        load(path)


@pytest.mark.parametrize("text", ["", "# nothing\n", "abc def\n", "00000001 c2hvcnQ=\n"])
def test_a_malformed_key_file_is_refused_without_showing_it(tmp_path: Path, text: str) -> None:
    path = tmp_path / "key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(KeyProblem) as problem:
        load(path)
    assert "c2hvcnQ=" not in str(problem.value)


def test_a_missing_key_beside_old_data_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(KeyProblem, match="backup"):
        Keys.load(tmp_path / "key", environ={}, create=False)


def test_the_environment_can_hold_the_keys(tmp_path: Path) -> None:
    path = tmp_path / "key"
    sealed = load(path).seal(b"words", "x")
    Keys.rotate(path)
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    keys = Keys.load(tmp_path / "none", environ={"HOTLINE_KEY": ";".join(lines)})
    assert keys.open(sealed, "x") == b"words"
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("replace", [Keys.rotate, lambda path: Keys.forget(path, ())])
def test_what_a_kill_left_of_a_key_file_is_removed_and_stops_nobody(
    tmp_path: Path, replace: Callable[[Path], Keys]
) -> None:
    path = tmp_path / "key"
    load(path)
    halves = [path.with_name(f".key.{number}") for number in (os.getpid(), 1)]
    for each in halves:
        each.write_bytes(path.read_bytes())
    other = path.with_name(".key.old")
    other.write_text("a person's")
    replace(path)
    assert not any(each.exists() for each in halves)
    assert other.exists()


def test_repr_shows_no_secret(tmp_path: Path) -> None:
    path = tmp_path / "key"
    keys = load(path)
    secret = path.read_text().split()[-1]
    assert secret not in repr(keys) + repr(vars(keys))


def test_derived_keys_differ_by_purpose_and_salt() -> None:
    keys = Keys.generate()
    derived = {
        keys.derive("a"),
        keys.derive("b"),
        keys.derive("a", b"salt"),
        keys.derive("a", b"s"),
    }
    assert len(derived) == 4
    assert keys.derive("a") == keys.derive("a")

"""Set-up: what the lock files promise, and the scripts around them."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parent.parent
LOCKS = ("requirements.lock", "requirements-test.lock")
SCRIPT_LIMIT_S = 30


def locked(name: str) -> list[Requirement]:
    """The requirements of a lock file; a package may stand there once for each Python."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return [
        Requirement(line.removesuffix("\\").strip())
        for line in text.splitlines()
        if re.match(r"[A-Za-z0-9]", line)
    ]


def version(requirement: Requirement) -> Version:
    (only,) = requirement.specifier
    assert only.operator == "=="
    return Version(only.version)


def wanted(*extras: str) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"]]
    for extra in extras:
        lines += project["optional-dependencies"][extra]
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_a_hash(name: str) -> None:
    entries = re.split(r"^(?=[A-Za-z0-9])", (ROOT / name).read_text("utf-8"), flags=re.MULTILINE)
    bare = [entry.split()[0] for entry in entries[1:] if "--hash=sha256:" not in entry]
    assert len(entries) > 50
    assert not bare


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_names_no_index(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert "index" not in text
    assert "find-links" not in text


@pytest.mark.parametrize("name", LOCKS)
def test_one_pre_release_is_allowed(name: str) -> None:
    early = {item.name for item in locked(name) if version(item).is_prerelease}
    assert early == {"baresip-python"}


@pytest.mark.parametrize("name", LOCKS)
def test_nothing_huge_came_in(name: str) -> None:
    heavy = {"torch", "tensorflow", "onnxruntime", "nvidia-cublas"}
    assert not heavy & {item.name for item in locked(name)}


@pytest.mark.parametrize(("name", "extras"), [(LOCKS[0], ()), (LOCKS[1], ("test", "ko", "s3"))])
def test_the_locks_satisfy_the_project(name: str, extras: tuple[str, ...]) -> None:
    versions = {item.name.lower(): version(item) for item in locked(name)}
    for requirement in wanted(*extras):
        found = versions[requirement.name.lower()]
        assert requirement.specifier.contains(found, prereleases=True), requirement


def test_both_locks_agree() -> None:
    runtime, everything = (
        {(item.name, str(item.marker)): version(item) for item in locked(name)} for name in LOCKS
    )
    assert runtime.items() <= everything.items()


def run(script: str, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / "tools" / script, *words],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=SCRIPT_LIMIT_S,
        check=False,
    )


def test_a_python_that_is_new_enough_is_found() -> None:
    found = run("find-python").stdout.strip()
    code = (
        "import sqlite3, sys; print(sys.version_info >= (3, 11) and "
        "(sys.version_info < (3, 12) or sqlite3.sqlite_version_info >= (3, 42)))"
    )
    answer = subprocess.run(
        [found, "-c", code], capture_output=True, text=True, timeout=SCRIPT_LIMIT_S, check=True
    )
    assert answer.stdout.strip() == "True"


@pytest.fixture
def bare_path(tmp_path: Path) -> Path:
    """A PATH with bash, env and id alone: no Python, no Node, no package manager."""
    for name in ("bash", "env", "id"):
        real = next(
            folder / name for folder in map(Path, ("/bin", "/usr/bin")) if (folder / name).exists()
        )
        (tmp_path / name).symlink_to(real)
    return tmp_path


def test_a_named_python_is_taken_or_refused_never_replaced() -> None:
    ended = run("find-python", PYTHON="/bin/false")
    assert (ended.returncode, ended.stdout) == (1, "")


def test_without_a_python_the_advice_is_to_name_one(bare_path: Path) -> None:
    ended = run("find-python", PATH=str(bare_path), PYTHON="")
    assert ended.returncode == 1
    assert "PYTHON=" in ended.stderr


def test_without_node_the_advice_is_to_install_it(bare_path: Path) -> None:
    ended = run("need-node", PATH=str(bare_path))
    assert ended.returncode == 1
    assert "install it" in ended.stderr


def test_an_old_node_is_refused(bare_path: Path) -> None:
    for name in ("node", "npm"):
        program = bare_path / name
        program.write_text('#!/bin/bash\n[ "$1" = --version ] && echo v16.1.0\nexit 1\n')
        program.chmod(0o755)
    ended = run("need-node", PATH=str(bare_path))
    assert ended.returncode == 1
    assert "v16.1.0 is too old" in ended.stderr


def test_missing_programs_are_named_and_the_tests_do_not_start(bare_path: Path) -> None:
    ended = run("need-debian-packages", "env=env", "sip-tester=sipp", PATH=str(bare_path))
    assert ended.returncode == 1
    assert "apt-get install sip-tester\n" in ended.stderr


def test_a_program_off_the_path_is_looked_for_where_it_lies(bare_path: Path) -> None:
    ended = run("need-debian-packages", "postgresql=/nowhere/*/initdb", PATH=str(bare_path))
    assert ended.returncode == 1
    assert "apt-get install postgresql\n" in ended.stderr


def test_nothing_is_installed_when_nothing_is_missing(bare_path: Path) -> None:
    ended = run("need-debian-packages", "bash=bash", "coreutils=/usr/bin/*env", PATH=str(bare_path))
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_a_second_set_up_has_nothing_to_do(tmp_path: Path) -> None:
    """The stamps are newer than what they stand for: make would run no command."""
    done = tmp_path / "done"
    done.mkdir()
    for stamp in ("runtime", "test", "browser"):
        (done / stamp).touch()
    planned = subprocess.run(
        ["make", "-n", "setup", f"DONE={done}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=SCRIPT_LIMIT_S,
        check=True,
    )
    assert "Nothing to be done" in planned.stdout

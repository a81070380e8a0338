"""docs/promises.md names tests that exist: a promise whose attack is gone is not kept any more."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "promises.md"
_REFERENCE = re.compile(r"`((?:tests|benchmarks)/[^`]+)`")
_ROW = re.compile(r"^\| (?!promise|---)(.+?) \| (.+) \|$", re.MULTILINE)


@cache
def names(file: str) -> frozenset[str]:
    """Classes and functions of a file of tests, whatever they stand in."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds))


def rows() -> list[tuple[str, list[str]]]:
    found = _ROW.findall(PAGE.read_text(encoding="utf-8"))
    return [(promise, _REFERENCE.findall(tests)) for promise, tests in found]


def test_there_are_promises() -> None:
    assert len(rows()) > 100


@pytest.mark.parametrize(("promise", "tests"), rows())
def test_each_promise_is_held_by_tests_that_exist(promise: str, tests: list[str]) -> None:
    assert tests, f"nothing holds: {promise}"
    for test in tests:
        file, *parts = test.split("::")
        assert (ROOT / file).is_file(), f"{file} is gone, which held: {promise}"
        missing = set(parts) - names(file)
        assert not missing, f"{test} is gone, which held: {promise}"

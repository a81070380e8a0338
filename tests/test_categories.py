"""Categories are data: no program text decides by the name of one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from asr.lexicon import known_categories

ROOT = Path(__file__).parent.parent
PACKAGES = ("asr", "call_logs", "ivr", "dashboard", "hotline")
# The demo's own two callers say sentences, and it tells whether these were understood.
ALLOWED = {"hotline/demo/demo.py": {"lighting", "lift_entrapment"}}
# Words that also mean something else: a role, a kind of ticket, a key of the lexicon.
OTHER_MEANINGS = {"security", "suggestion", "question"}


def constants(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_no_program_text_names_a_category() -> None:
    known = known_categories(ROOT / "ivr" / "packs" / "zh-CN" / "lexicon.toml")
    names = "|".join(sorted(known.keys() - OTHER_MEANINGS))
    named = re.compile(f"((confirm|advice|category)_)?({names})")
    found = {
        (path.relative_to(ROOT).as_posix(), text)
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if "node_modules" not in path.parts
        for text in constants(path)
        if named.fullmatch(text)
    }
    allowed = {(file, text) for file, texts in ALLOWED.items() for text in texts}
    assert found == allowed

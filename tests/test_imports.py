"""The import rules of docs/architecture.md, read from the table itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
_ROW = re.compile(r"\| `(\w+)/` \|[^|]*\| ([^|]+) \|")


@cache
def allowed() -> dict[str, frozenset[str]]:
    """Package -> packages of ours that it may import."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = dict(_ROW.findall(text))
    packages = frozenset(rows)
    rights = {}
    for package, cell in rows.items():
        if cell.strip() == "all":
            rights[package] = packages
        else:
            rights[package] = frozenset(re.findall(r"`(\w+)`", cell))
            assert rights[package] <= packages
    return rights


def sources() -> list[Path]:
    return sorted(
        path
        for package in allowed()
        for path in (ROOT / package).rglob("*.py")
        if "node_modules" not in path.parts
    )


@cache
def public_names(package: str) -> frozenset[str]:
    """`__all__` of a package's `__init__`, read without importing it."""
    tree = ast.parse((ROOT / Path(*package.split(".")) / "__init__.py").read_text("utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return frozenset(ast.literal_eval(node.value))
    return frozenset()


def imports(path: Path) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """Line, module and names of every import, those inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, item.name, ()) for item in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports name their package in full"
            yield node.lineno, node.module or "", tuple(item.name for item in node.names)


def is_package(module: str) -> bool:
    return (ROOT / Path(*module.split(".")) / "__init__.py").is_file()


def test_the_table_names_the_five_packages() -> None:
    assert set(allowed()) == {"asr", "call_logs", "ivr", "dashboard", "hotline"}
    assert allowed()["asr"] == frozenset()
    assert allowed()["dashboard"] == {"call_logs"}


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_what_its_package_may(path: Path) -> None:
    own = path.relative_to(ROOT).parts[0]
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {own} may not import {module}"
        for line, module, _ in imports(path)
        if (package := module.split(".")[0]) in allowed()
        and package != own
        and package not in allowed()[own]
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_takes_only_public_names_of_other_packages(path: Path) -> None:
    own = path.relative_to(ROOT).parts[0]
    wrong = []
    for line, module, names in imports(path):
        if module.split(".")[0] not in allowed() or module.split(".")[0] == own:
            continue
        where = f"{path.relative_to(ROOT)}:{line}"
        if not is_package(module):
            wrong.append(f"{where}: {module} is a module inside another package")
        wrong += [
            f"{where}: {name} is not in the __all__ of {module}"
            for name in names
            if name not in public_names(module) and not is_package(f"{module}.{name}")
        ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("package", ["asr", "call_logs", "dashboard", "ivr", "ivr.endpoint"])
def test_a_package_defines_every_name_it_promises(package: str) -> None:
    module = __import__(package, fromlist=["__all__"])
    missing = [name for name in public_names(package) if not hasattr(module, name)]
    assert public_names(package)
    assert not missing

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


def packages() -> list[str]:
    return sorted(
        ".".join(path.parent.relative_to(ROOT).parts)
        for path in sources()
        if path.name == "__init__.py"
    )


@pytest.mark.parametrize("package", packages())
def test_a_package_defines_every_name_it_promises(package: str) -> None:
    module = __import__(package, fromlist=["__all__"])
    missing = [name for name in public_names(package) if not hasattr(module, name)]
    assert not missing


@cache
def rooms() -> dict[str, tuple[str, ...]]:
    """Package -> its rooms and the modules that stand beside them, lowest first."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    return {
        package: tuple(re.findall(r"[\w/]+", cell.replace("`", "")))
        for package, cell in re.findall(r"^- `(\w+)`: (.+)$", _section(text, "Rooms"), re.M)
    }


def _section(text: str, title: str) -> str:
    return text.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def room_of(module: str) -> str:
    """The room that a module of ours is in, as the list writes it: `endpoint/baresip`, `errors`."""
    package, *inner = module.split(".")
    steps = rooms()[package]
    return next(
        (room for size in range(len(inner), 0, -1) if (room := "/".join(inner[:size])) in steps),
        "",
    )


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_takes_only_from_rooms_below_its_own(path: Path) -> None:
    own = module_of(path)
    package = own.split(".")[0]
    if package not in rooms() or own == package:
        return
    steps = rooms()[package]
    here = room_of(own)
    assert here, f"{own} is in no room of docs/architecture.md"
    wrong = []
    for line, module, names in imports(path):
        if module.split(".")[0] != package:
            continue
        targets = {f"{module}.{name}" if module == package else module for name in names}
        for target in targets or {module}:
            there = room_of(target)
            if path.name == "__init__.py" and there.startswith(f"{here}/"):
                continue  # the face of a room opens the rooms inside it
            if there != here and (not there or steps.index(there) > steps.index(here)):
                wrong.append(f"{path.relative_to(ROOT)}:{line}: {here} is below {target}")
    assert not wrong, "\n".join(wrong)


def test_no_circle_of_files() -> None:
    """A room's face takes from its files, so a file that takes from its own room's face is a
    circle too."""
    modules = {module_of(path) for path in sources()}
    arrows = {module: set[str]() for module in modules}
    for path in sources():
        own = module_of(path)
        for _, module, names in _taken_at_import(path):
            for name in names or ("",):
                target = f"{module}.{name}" if f"{module}.{name}" in modules else module
                if target in modules and target != own:
                    arrows[own].add(target)
    done: set[str] = set()
    for start in sorted(arrows):
        _walk(start, arrows, (), done)


def _taken_at_import(path: Path) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """A face imports what opens its rooms only when it is asked to."""
    late = {
        node.lineno
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if path.name == "__init__.py" and isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.ImportFrom)
    }
    yield from (each for each in imports(path) if each[0] not in late)


def _walk(at: str, arrows: dict[str, set[str]], way: tuple[str, ...], done: set[str]) -> None:
    assert at not in way, " -> ".join((*way[way.index(at) :], at))
    if at in done:
        return
    for target in sorted(arrows[at]):
        _walk(target, arrows, (*way, at), done)
    done.add(at)

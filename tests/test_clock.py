"""One clock: whatever decides by the time asks the clock that it was given."""

from __future__ import annotations

import ast

from tests.test_imports import ROOT, sources

CLOCK = "call_logs/storage/clock.py"
TELLS_TIME = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.time_ns",
    "time.localtime",
    "time.gmtime",
}

# Files that may name the system clock, not only as what is taken when none is given.
OF_THE_SYSTEM = {
    "call_logs/jobs/engine.py": "compares with times that DBOS wrote by the system's clock",
    "call_logs/storage/holder.py": "when this process began, shown to people",
    "hotline/backup.py": "a backup is named, and files are compared, by the system's clock",
    "hotline/checks/machine.py": "looks at the system's clock itself",
    "hotline/checks/oncall.py": "the configuration is checked before there is a store",
    "hotline/commands/roster.py": "a command that ends at once",
    "ivr/packs/phrasebook.py": "the default of what is handed in",
}


def _told(tree: ast.AST) -> set[str]:
    """What asks the time past the clock, however it was imported."""
    modules = {"time": "time", "datetime": "datetime"}
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for item in node.names:
                if item.name in modules:
                    names[item.asname or item.name] = item.name
        elif isinstance(node, ast.ImportFrom) and node.module in modules:
            for item in node.names:
                # datetime.datetime and datetime.date go by their own names below.
                owner = "" if node.module == "datetime" else "time."
                names[item.asname or item.name] = owner + item.name
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            first, _, rest = ast.unparse(node).partition(".")
            if first in names:
                full = names[first] + ("." + rest if rest else "")
                found |= {full, full.removeprefix("datetime.")} & TELLS_TIME
    return found


def test_nothing_asks_the_time_past_the_clock() -> None:
    found = {
        name: told
        for path in sources()
        if (name := path.relative_to(ROOT).as_posix()) != CLOCK
        and (told := _told(ast.parse(path.read_text(encoding="utf-8"))))
    }
    assert not found, f"ask the clock that was handed in (docs/decisions/clock.md): {found}"


def test_the_rule_sees_every_way_of_asking() -> None:
    for source in (
        "import time\ntime.time()",
        "from time import time as t\nt()",
        "from datetime import datetime\nfield(default_factory=datetime.now)",
        "import datetime as d\nd.datetime.now(d.UTC)",
        "from datetime import date\ndate.today()",
    ):
        assert _told(ast.parse(source)), source
    assert not _told(ast.parse("import time\ntime.monotonic()\ntime.sleep(1)"))


def test_the_systems_clock_is_named_only_as_a_default() -> None:
    """A call of it, or a method of it handed on, decides something by a clock that no test
    can turn."""
    used = set()
    for path in sources():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "SYSTEM_CLOCK":
                used.add(path.relative_to(ROOT).as_posix())
    assert used == set(OF_THE_SYSTEM)

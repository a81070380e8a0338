"""No background work that can die in silence: what goes on as long as the program does is a
`call_logs.Loop`. Whatever else goes round and waits stands here, with what ends it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.test_imports import ROOT, sources

HELPER = "call_logs/storage/loops.py"
COMMANDS = "hotline/commands/"  # they end with the command

# A function, or a file whose functions all end with one call or command: what ends it, or which
# Loop begins it again.
GOES_ROUND = {
    "call_logs/storage/changes.py::follow": "a generator: its follower ends it",
    "call_logs/owners/directory.py": "the last row",
    "call_logs/privacy/due.py::_pages": "the last row",
    "call_logs/privacy/rekeying.py::_seal_table": "the last row",
    "call_logs/privacy/seal.py::_calls_of": "the last call",
    "call_logs/reports/ledger.py": "the last ticket that is found",
    "call_logs/reports/pages.py": "the last row of the time",
    "call_logs/jobs/transcription.py::_follow": "the Loop of changes for jobs",
    "call_logs/storage/journal.py::_replay": "the end of the spool",
    "call_logs/storage/lease.py::acquire": "the last holder, who moves or does not",
    "dashboard/reports/printing.py::_lock": "the end of whoever prints before, or its time",
    "dashboard/web/changes.py::gathered": "its page, which sees what it raises",
    "hotline/demo/caller.py": "one call of the demonstration",
    "hotline/demo/console.py": "the demonstration",
    "hotline/demo/line.py::eventually": "its limit",
    "hotline/supervision.py::_watch": "systemd, which hears no more of it",
    "hotline/supervision.py::open_port": "its limit",
    "hotline/supervision.py::until_lost": "the program, which ends with it",
    "ivr/dispatch/beside.py::_until_held": "its own limit",
    "ivr/dispatch/hold_treatment.py": "the call",
    "ivr/call/conversation.py": "the call",
    "ivr/endpoint/options.py": "its caller's limit",
    "ivr/endpoint/pyvoip/endpoint.py::_run_clock": "the Loop of the rtp clock",
    "ivr/endpoint/resolver.py": "its limit",
    "ivr/flow/walk.py": "the call",
    "ivr/after/follow_up.py": "the round, whose job is durable",
    "ivr/media/call_media.py::_run": "the Loop of the media clock",
    "ivr/after/owner_calls.py::opening": "the call",
    "ivr/flow/owner_news.py::_until_they_talk": "the call, which cancels it",
    "ivr/after/orders.py": "the search that it watches",
    "ivr/dispatch/talk.py": "the talk",
    "ivr/dispatch/dispatch_log.py::_written": "the store's answer",
    "ivr/call/visit.py": "the visit",
}


def functions() -> Iterator[tuple[str, ast.AsyncFunctionDef]]:
    for path in sources():
        name = path.relative_to(ROOT).as_posix()
        if name != HELPER and not name.startswith(COMMANDS):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.AsyncFunctionDef):
                    yield f"{name}::{node.name}", node


def own(function: ast.AST) -> Iterator[ast.AST]:
    """What stands in a function, without the functions in it."""
    for child in ast.iter_child_nodes(function):
        if not isinstance(child, ast.AsyncFunctionDef | ast.FunctionDef):
            yield child
            yield from own(child)


def goes_round(function: ast.AsyncFunctionDef) -> bool:
    """`while True` with any wait in it, another `while` with a sleep, and who follows changes."""
    for node in own(function):
        if isinstance(node, ast.AsyncFor) and ".follow(" in ast.unparse(node.iter):
            return True
        if isinstance(node, ast.While):
            waits = [inner for inner in own(node) if isinstance(inner, ast.Await | ast.AsyncFor)]
            sleeps = any("sleep(" in ast.unparse(wait) for wait in waits)
            if sleeps or (waits and isinstance(node.test, ast.Constant)):
                return True
    return False


def test_what_goes_on_as_long_as_the_program_is_a_loop_that_cannot_die() -> None:
    found = {name for name, function in functions() if goes_round(function)}
    files = {name.partition("::")[0] for name in found}
    new = {name for name in found if not {name, name.partition("::")[0]} & set(GOES_ROUND)}
    assert not new, f"make them a call_logs.Loop, or write down here what ends them: {new}"
    assert set(GOES_ROUND) <= found | files

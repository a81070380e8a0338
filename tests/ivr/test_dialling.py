"""No way past the rule: every INVITE and every REFER of ours is judged by `may_dial`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("asr", "call_logs", "dashboard", "hotline", "ivr")


def _calls(name: str) -> Iterator[tuple[str, str]]:
    """File and enclosing function of every call of a method or function of this name."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            tree = ast.parse(path.read_text("utf-8"))
            for function in ast.walk(tree):
                if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                    continue
                for node in ast.walk(function):
                    if isinstance(node, ast.Call) and name in (
                        getattr(node.func, "attr", ""),
                        getattr(node.func, "id", ""),
                    ):
                        yield path.relative_to(ROOT).as_posix(), function.name


def test_what_makes_an_invite_is_called_only_where_the_rule_was_asked() -> None:
    base = {("ivr/endpoint/endpoint_base.py", "dial")}
    assert set(_calls("dial_uri")) == base
    assert set(_calls("_send_call")) == base
    # pyVoIP's INVITE, and the dialog that it is sent in.
    pyvoip = {("ivr/endpoint/pyvoip/endpoint.py", "_send_call")}
    assert set(_calls("calling_dialog")) == pyvoip
    assert {where for where in _calls("invite") if where[1] != "invite"} == pyvoip
    # baresip's agents dial in the stack alone; everybody else speaks to an endpoint.
    in_stack = {where for where in _calls("dial") if where[0].startswith("ivr/endpoint/")}
    assert in_stack == {("ivr/endpoint/baresip/endpoint.py", "_send_call")}


def test_who_hands_a_caller_over_asks_the_rule_first() -> None:
    """A REFER makes a PBX dial."""
    outside = {where for where in _calls("transfer") if not where[0].startswith("ivr/endpoint/")}
    assert {file for file, _ in outside} == {"ivr/dispatch/transfer.py"}
    assert set(_calls("uri_of")) >= outside


def test_endpoints_are_made_in_one_place_with_the_rule_of_the_configuration() -> None:
    for stack in ("BaresipEndpoint", "PyVoipEndpoint"):
        assert set(_calls(stack)) == {("ivr/endpoint/__init__.py", "open_endpoint")}
    source = (ROOT / "hotline/config/config.py").read_text("utf-8")
    assert "dialling=self.dialling" in source

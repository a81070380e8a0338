"""Nothing that people can set, call or open is missing from the documentation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import typer.main

from call_logs.calls import CallEvent, CallRecord
from call_logs.recordings import Recording, Transcript
from call_logs.tickets import Ticket, TicketChange
from hotline.cli import app
from hotline.config.sections import NAMED_SECTIONS, SECTIONS, keys_of

ROOT = Path(__file__).parent.parent
ALL_SECTIONS = {**SECTIONS, **NAMED_SECTIONS}
IN_SAMPLE = {
    "trunk NAME": "trunk main",
    "deadlines CLASS": "deadlines general",
    "keep CLASS": "keep urgent",
}
KEYS = [(name, key) for name, section in ALL_SECTIONS.items() for key in keys_of(section)]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def commands(group: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every command by its full name."""
    for name, command in group.commands.items():
        if getattr(command, "invoke_without_command", False):
            yield f"{prefix}{name}", command
        if hasattr(command, "commands"):
            yield from commands(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command


COMMANDS = dict(commands(typer.main.get_command(app)))


def documented_keys(section: str) -> list[str]:
    part = text("docs/configuration.md").partition(f"## `[{section}]`\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE)


def sample_keys(section: str) -> list[str]:
    """Keys in the sample, those behind a comment mark too."""
    header = IN_SAMPLE.get(section, section)
    part = text("sip.example.conf").partition(f"[{header}]\n")[2]
    part = re.split(r"^\[", part, maxsplit=1, flags=re.MULTILINE)[0]
    return re.findall(r"^(?:# )?(\w+) =", part, re.MULTILINE)


@pytest.mark.parametrize(("section", "key"), KEYS)
def test_every_key_is_explained(section: str, key: str) -> None:
    assert key in documented_keys(section)


@pytest.mark.parametrize("section", ALL_SECTIONS)
def test_no_key_is_explained_that_does_not_exist(section: str) -> None:
    known = keys_of(ALL_SECTIONS[section])
    assert sorted(documented_keys(section)) == sorted(known)


@pytest.mark.parametrize("section", ALL_SECTIONS)
def test_the_sample_has_every_key_once(section: str) -> None:
    known = keys_of(ALL_SECTIONS[section])
    assert sorted(sample_keys(section)) == sorted(known)


def test_every_key_of_the_sample_has_a_comment_above_it() -> None:
    lines = text("sip.example.conf").splitlines()
    bare = [
        line
        for above, line in pairwise(lines)
        if re.match(r"(# )?\w+ =", line)
        and not (above.startswith("# ") and not re.match(r"# \w+ =", above))
        and not re.match(r"# (tls_key) =", line)  # explained together with its certificate
    ]
    assert not bare


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_explained(command: str) -> None:
    assert re.search(rf"\| `hotline {command}[ `]", text("docs/commands.md"))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_explained(command: str) -> None:
    row = next(
        line
        for line in text("docs/commands.md").splitlines()
        if re.match(rf"\| `hotline {command}[ `]", line)
    )
    everywhere = {"--config", "--help"}
    options = {
        option
        for parameter in COMMANDS[command].params
        for option in parameter.opts
        if option.startswith("--")
    }
    missing = [name for name in options - everywhere if not re.search(rf"{name}\b", row)]
    missing = [name for name in missing if name != "--password-stdin"]
    assert not missing


@pytest.mark.parametrize("command", sorted(set(COMMANDS) - {"demo", "sample", "tickets verify"}))
def test_every_command_takes_a_configuration(command: str) -> None:
    options = {option for parameter in COMMANDS[command].params for option in parameter.opts}
    assert "--config" in options


@pytest.mark.parametrize(
    "value", [Ticket, CallRecord, CallEvent, Recording, TicketChange, Transcript]
)
def test_every_json_field_is_explained(value: type) -> None:
    page = text("docs/commands.md")
    names = {"class" if item.name == "ticket_class" else item.name for item in fields(value)}
    assert not [name for name in names if f"`{name}`" not in page]


def pages() -> list[Path]:
    return sorted((ROOT / "docs").rglob("*.md"))


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert not [link for link in links if not (page.parent / link).exists()]


@pytest.mark.parametrize(
    "page",
    [page for page in pages() if "decisions" not in page.parts],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_the_readme_leads_to_every_page(page: Path) -> None:
    assert str(page.relative_to(ROOT)) in text("README.md")

"""The file of secrets means to commands what it means to systemd."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hotline.config.environment_file import read_environment_file
from hotline.config.file import ConfigError
from hotline.config.reading import load_config

COMMAND = Path(sys.executable).with_name("hotline")


def read(tmp_path: Path, text: str) -> dict[str, str]:
    file = tmp_path / "environment"
    file.write_text(text, encoding="utf-8")
    return read_environment_file(file)


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("NAME=plain", "plain"),
        ("  NAME = blanks around  ", "blanks around"),
        ("NAME=a#b # c", "a#b # c"),  # no comment: systemd takes it all
        ('NAME="quoted; with = and #"', "quoted; with = and #"),
        ("NAME='$HOME \\n stays'", "$HOME \\n stays"),
        (r'NAME="a \"b\" \\ c"', r'a "b" \ c'),
        (r"NAME=a\ b", "a b"),
        ("NAME=one\\\ntwo", "onetwo"),
        ("NAME=", ""),
        ("NAME=first\nNAME=second", "second"),
        ("# NAME=x\n; NAME=y\n\nNAME=密码", "密码"),
    ],
)
def test_a_value_is_read_as_systemd_reads_it(tmp_path: Path, line: str, value: str) -> None:
    assert read(tmp_path, line + "\n") == {"NAME": value}


def test_a_line_that_is_no_value_is_told_without_what_it_says(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        read(tmp_path, "GOOD=1\nthe secret alone\n1BAD=geheim\n")
    text = str(refused.value)
    assert "line 2" in text
    assert "line 3" in text
    assert "secret" not in text.replace(str(tmp_path), "")
    assert "geheim" not in text


CONFIG = """
[hotline]
languages = zh-CN
[trunk main]
server = sip.example.com
username = hotline
password = ${TRUNK_PASSWORD}
register = yes
[notices]
urls = ${NOTICE_URL}
"""


def run(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, *words],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **environment},
        input="a long password 1\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_command_beside_the_service_needs_no_secret_of_the_service(tmp_path: Path) -> None:
    (tmp_path / "hotline.conf").write_text(CONFIG)
    added = run(tmp_path, "user", "add", "ana", "--role", "admin", "--password-stdin")
    assert added.returncode == 0, added.stderr
    refused = run(tmp_path, "serve")
    assert refused.returncode == 1
    assert "the environment has no TRUNK_PASSWORD" in refused.stderr
    assert "`environment` beside this one" in refused.stderr


def test_the_file_beside_the_configuration_gives_commands_what_it_gives_the_service(
    tmp_path: Path,
) -> None:
    (tmp_path / "hotline.conf").write_text(CONFIG)
    secrets = tmp_path / "environment"
    secrets.write_text("TRUNK_PASSWORD=geheim\nNOTICE_URL=json://127.0.0.1\n")
    checked = run(tmp_path, "check", "--json")
    assert "the environment has no" not in checked.stdout + checked.stderr
    secrets.rename(tmp_path / "elsewhere")
    checked = run(tmp_path, "check", "--json")
    assert "the environment has no TRUNK_PASSWORD" in checked.stdout
    for words, environment in (
        (("--environment-file", "elsewhere", "check", "--json"), {}),
        (("check", "--json"), {"HOTLINE_ENVIRONMENT_FILE": "elsewhere"}),
    ):
        checked = run(tmp_path, *words, **environment)
        assert "the environment has no" not in checked.stdout + checked.stderr
    assert "geheim" not in checked.stdout + checked.stderr


def test_a_named_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "hotline.conf").write_text(CONFIG)
    told = run(tmp_path, "--environment-file", "absent", "check")
    assert told.returncode == 1
    assert "absent: cannot be read" in told.stderr


def test_what_a_section_of_our_own_lacks_is_a_mistake_for_every_command(tmp_path: Path) -> None:
    file = tmp_path / "hotline.conf"
    file.write_text("[database]\nurl = postgresql://h:${DATABASE_PASSWORD}@db/hotline\n")
    with pytest.raises(ConfigError, match="DATABASE_PASSWORD"):
        load_config(file, {}, service=False)


def test_the_version_is_told() -> None:
    told = subprocess.run([COMMAND, "--version"], capture_output=True, text=True, check=True)
    assert told.stdout.startswith("hotline ")

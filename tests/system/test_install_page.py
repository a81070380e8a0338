"""docs/install.md, followed to the letter in an empty Debian: each line is run as it stands there.

What a chroot lacks is stood in for: systemd (a script that starts what the unit says, as its user
and with its file of secrets) and the address that the program is fetched from (this tree).
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.program import free_tcp_port
from tests.wire.ports import free_hotline_port

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "install.md"
RELEASE = "trixie"
WALK_LIMIT_S = 1500
COMMAND_LIMIT_S = 900

SYSTEMCTL = """#!/bin/bash
# Starts and stops what the unit says, as systemd would.
unit=/etc/systemd/system/hotline.service
value() { sed -n "s/^$1=-\\{0,1\\}//p" "$unit"; }
stop() {
    [ -e /run/hotline.pid ] || return 0
    pid=$(cat /run/hotline.pid)
    kill "$pid" && tail --pid="$pid" -f /dev/null
    rm -f /run/hotline.pid
}
start() {
    set -a; . "$(value EnvironmentFile)"; set +a
    cd "$(value WorkingDirectory)" || exit 1
    user="--reuid=$(value User) --regid=$(value Group) --init-groups"
    setpriv $user $(value ExecStart) >/run/hotline.log 2>&1 &
    echo $! >/run/hotline.pid
}
case "$*" in
daemon-reload) ;;
"enable --now hotline") start ;;
"restart hotline") stop; start ;;
"stop hotline") stop ;;
*) echo "systemctl $*: not known here" >&2; exit 1 ;;
esac
"""
JOURNALCTL = """#!/bin/bash
# A person looks again until there is something to see.
for _ in $(seq 120); do
    grep -q "answering calls" /run/hotline.log && break
    kill -0 "$(cat /run/hotline.pid)" || break
    sleep 0.5
done
tail -n 20 /run/hotline.log
"""


def blocks(heading: str) -> list[str]:
    """The indented lines below a heading, a block each."""
    section = PAGE.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    found, block = [], ""
    for line in section.splitlines():
        if line.startswith("    "):
            block += line[4:] + "\n"
        elif block:
            found.append(block)
            block = ""
    return [*found, block] if block else found


class EmptyDebian:
    """A Debian without anything, in a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, path: str, text: str, mode: int = 0o755) -> None:
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(mode)

    def run(self, script: str) -> str:
        """Run lines as root, each of which must succeed."""
        kept = ("http_proxy", "https_proxy", "no_proxy", "PIP_CERT", "NODE_EXTRA_CA_CERTS")
        done = subprocess.run(
            ["chroot", self.root, "/bin/bash", "-euo", "pipefail", "-c", script],
            env={
                "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "HOME": "/root",
                "LANG": "C.UTF-8",
                "DEBIAN_FRONTEND": "noninteractive",
                **{name: os.environ[name] for name in kept if name in os.environ},
            },
            capture_output=True,
            text=True,
            timeout=COMMAND_LIMIT_S,
            check=False,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        return done.stdout + done.stderr


def mirror() -> str:
    """Where this machine's Debian packages come from."""
    for file in Path("/etc/apt").rglob("*"):
        if file.suffix in {".list", ".sources"}:
            found = re.search(r"\bhttps?://\S+/debian/?(?=\s)", file.read_text() + "\n")
            if found:
                return found[0]
    pytest.skip("this machine's packages do not come from Debian")


def unmount(folder: Path) -> None:
    subprocess.run(["umount", "--lazy", "--recursive", folder], check=False)


@pytest.fixture
def debian(tmp_path: Path) -> Iterator[EmptyDebian]:
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        pytest.skip("only root on Debian, with debootstrap, can make an empty Debian")
    root = tmp_path / "debian"
    made = subprocess.run(
        ["debootstrap", "--variant=minbase", "--include=ca-certificates", RELEASE, root, mirror()],
        check=False,
        capture_output=True,
        text=True,
        timeout=COMMAND_LIMIT_S,
    )
    if made.returncode:
        pytest.skip(f"Debian {RELEASE} cannot be fetched now: {made.stdout[-200:]}")
    shutil.copy("/etc/resolv.conf", root / "etc" / "resolv.conf")
    shutil.copy("/etc/ssl/certs/ca-certificates.crt", root / "etc/ssl/certs/ca-certificates.crt")
    for file in (Path("/root/.npmrc"), Path("/etc/apt/apt.conf.d/proxy")):
        if file.exists():
            shutil.copy(file, root / str(file).lstrip("/"))
    with contextlib.ExitStack() as stack:
        for name in ("proc", "dev"):
            subprocess.run(["mount", "--rbind", f"/{name}", root / name], check=True)
            stack.callback(unmount, root / name)
        empty = EmptyDebian(root)
        stack.callback(empty.run, "systemctl stop hotline || true")
        yield empty


@pytest.mark.timeout(WALK_LIMIT_S)
def test_an_administrator_with_the_page_alone_has_a_running_service_and_upgrades_it(
    debian: EmptyDebian,
) -> None:
    debian.write("/usr/local/sbin/systemctl", SYSTEMCTL)
    debian.write("/usr/local/bin/journalctl", JOURNALCTL)
    source = debian.root / "srv" / "hotline.git"
    subprocess.run(["git", "clone", "-q", "--bare", ROOT, source], check=True)
    install, check, beside = blocks("As a service")
    (address,) = re.findall(r"https://\S+\.git", install)
    debian.write("/etc/gitconfig", f'[url "/srv/hotline.git"]\n\tinsteadOf = {address}\n', 0o644)

    debian.run("apt-get update")
    debian.run(install)
    sip, http = free_hotline_port(), free_tcp_port()
    config = debian.root / "etc" / "hotline" / "hotline.conf"
    text = config.read_text(encoding="utf-8")
    assert "home = /var/lib/hotline" in text
    own = text.replace("0.0.0.0:5060", f"127.0.0.1:{sip}")
    config.write_text(own.replace("127.0.0.1:8080", f"127.0.0.1:{http}"), encoding="utf-8")
    debian.write("/etc/hotline/environment", _secrets(text), 0o640)
    log = debian.run(check)
    assert "answering calls" in log, log
    assert "first login" in log
    debian.write("/root/password", "a long password 1\n", 0o600)
    # No PBX answers in here, which doctor tells with an exit code of its own.
    told = debian.run(beside.replace("hotline doctor", "hotline doctor || true"))
    assert "wang" in told
    assert "key file" in told
    before = debian.run("cat /run/hotline.pid")
    (upgrade,) = blocks("Upgrading")
    debian.run(upgrade)
    assert debian.run("cat /run/hotline.pid") != before
    log = debian.run("journalctl -u hotline --no-pager -n 20")
    assert "answering calls" in log, log


def _secrets(config: str) -> str:
    """Something for each ${NAME} that the sample uses."""
    used = [line for line in config.splitlines() if not line.lstrip().startswith("#")]
    names = dict.fromkeys(re.findall(r"\$\{(\w+)\}", "\n".join(used)))
    return "".join(f"{name}=geheim\n" for name in names)

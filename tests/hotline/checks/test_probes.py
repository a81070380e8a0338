"""Ports and files are tried for real, and let go."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from hotline.checks.probes import bind_problem, existing_parent, file_problem, folder_problem
from hotline.config.addresses import Address


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_a_taken_port_is_told_and_a_free_one_let_go(transport: str) -> None:
    kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as holder:
        holder.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            holder.listen()
        address = Address("127.0.0.1", holder.getsockname()[1])
        assert "is taken" in bind_problem(address, transport)
    assert bind_problem(address, transport) == ""
    assert bind_problem(address, transport) == ""


def test_an_address_of_another_machine_is_told() -> None:
    assert "no address of this machine" in bind_problem(Address("192.0.2.1", 5060), "udp")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    assert "no file" in file_problem(tmp_path / "x.pem")
    assert "cannot be read" in file_problem(tmp_path)
    (tmp_path / "y.pem").write_text("")
    assert file_problem(tmp_path / "y.pem") == ""


def test_a_folder_below_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "is a file" in folder_problem(tmp_path / "file" / "home")
    assert folder_problem(tmp_path / "a" / "b") == ""
    assert not (tmp_path / "a").exists()
    assert existing_parent(tmp_path / "a" / "b") == tmp_path


def test_a_folder_of_another_user_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Root may write everywhere, so the question to the system is answered for it here.
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "cannot be written" in folder_problem(tmp_path)

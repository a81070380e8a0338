"""`check_file`: what can be known to be wrong before a start."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from hotline.checks.check import Severity, check_file

ROOT = Path(__file__).parents[3]
TRUNK = "[trunk a]\nserver = 127.0.0.1:5999\n"
CHINESE = "[hotline]\nlanguages = zh-CN\n"  # one pack to load instead of three


@pytest.fixture
def free_port() -> int:
    """A port that nobody holds; `check` only tries it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def findings(folder: Path, text: str, severity: Severity) -> list[str]:
    path = folder / "hotline.conf"
    # At the end, so that lines keep their numbers.
    path.write_text(text if "[hotline]" in text else text + CHINESE, encoding="utf-8")
    return [str(item) for item in check_file(path, {}) if item.severity is severity]


def mistakes(folder: Path, text: str) -> list[str]:
    return findings(folder, text, Severity.MISTAKE)


def warnings(folder: Path, text: str) -> list[str]:
    return findings(folder, text, Severity.WARNING)


def test_the_sample_has_no_mistakes() -> None:
    told = check_file(ROOT / "sip.example.conf", {})
    assert [str(item) for item in told if item.severity is Severity.MISTAKE] == []


def test_mistakes_of_the_file_and_of_the_machine_are_told_together(tmp_path: Path) -> None:
    told = mistakes(
        tmp_path,
        f"{TRUNK}[sip]\nlisten = 192.0.2.1:5060\nmax_calls = 0\n[oncall]\nroster = none.toml\n",
    )
    assert [line.partition(":")[0] for line in told] == ["line 4", "line 5", "line 7"]
    assert "no address of this machine" in told[0]
    assert "from 1 to 200" in told[1]
    assert "there is no file" in told[2]


def test_what_pyvoip_cannot_do_is_refused(tmp_path: Path) -> None:
    told = mistakes(
        tmp_path,
        "[sip]\nstack = pyvoip\ntransport = udp, tcp\ncodecs = opus, pcma\nmax_calls = 80\n"
        "[trunk a]\nserver = pbx\nsrtp = required\ncodecs = pcma\n",
    )
    assert [line.partition(":")[0] for line in told] == ["line 3", "line 4", "line 5", "line 8"]
    for line, fragment in zip(told, ("UDP only", "Opus", "max_calls", "SRTP"), strict=True):
        assert fragment.lower() in line.lower()


def test_pyvoip_with_its_own_defaults_is_fine(tmp_path: Path) -> None:
    assert mistakes(tmp_path, f"[sip]\nstack = pyvoip\n{TRUNK}") == []


def test_a_taken_port_is_a_warning_because_the_hotline_may_be_running(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
        text = f"[sip]\nlisten = 127.0.0.1:{port}\ntransport = udp\n{TRUNK}"
        told = [line for line in warnings(tmp_path, text) if "[sip] listen" in line]
    assert len(told) == 1
    assert told[0].startswith("line 2: warning: [sip] listen: ")


def test_one_port_for_sip_and_pages_is_a_mistake(tmp_path: Path, free_port: int) -> None:
    text = (
        f"[sip]\nlisten = 127.0.0.1:{free_port}\n"
        f"[dashboard]\nlisten = 127.0.0.1:{free_port}\n{TRUNK}"
    )
    assert any("port of [sip] listen" in line for line in mistakes(tmp_path, text))


def test_no_trunk_is_a_warning(tmp_path: Path) -> None:
    assert any("nobody can call" in line for line in warnings(tmp_path, ""))


TLS = "[sip]\ntransport = udp, tls\ntls_certificate = sip.pem\n[trunk a]\ntransport = tls\n"


def test_a_server_that_need_not_prove_itself_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "sip.pem").touch()
    told = warnings(tmp_path, f"{TLS}server = pbx\ntls_verify = no\n")
    assert [line for line in told if "can take its place" in line]
    assert not [line for line in warnings(tmp_path, f"{TLS}server = pbx\n") if "tls_verify" in line]


def test_a_ca_file_must_be_there_and_mean_something(tmp_path: Path) -> None:
    (tmp_path / "sip.pem").touch()
    told = mistakes(tmp_path, f"{TLS}server = pbx\nca_file = absent.pem\n")
    assert any("[trunk a] ca_file: there is no file" in line for line in told)
    told = warnings(tmp_path, f"{TRUNK}ca_file = sip.pem\ntls_verify = no\n")
    assert sum("means nothing without transport = tls" in line for line in told) == 2


def test_a_trunk_open_to_everybody_is_a_warning(tmp_path: Path) -> None:
    told = warnings(tmp_path, f"{TRUNK}allow = 0.0.0.0/0\n")
    assert any("whole internet" in line for line in told)


def test_settings_of_what_is_dialled_that_open_too_much_are_warnings(tmp_path: Path) -> None:
    text = "[dial]\nprefixes = +1\nextensions = [0-9]{1,8}\n"
    found = warnings(tmp_path, text)
    assert any("line 2" in line and "whole continent" in line for line in found)
    assert any("line 3" in line and "your PBX has" in line for line in found)
    found = warnings(tmp_path, "[dial]\ncall_back_extensions = yes\n")
    assert any("line 2" in line and "extensions names none" in line for line in found)
    fine = "[dial]\nprefixes = +852\nextensions = 8\\d{3}\ncall_back_extensions = yes\n"
    assert not [line for line in warnings(tmp_path, fine) if "[dial]" in line]


def test_a_codec_that_sip_lacks_is_a_mistake(tmp_path: Path) -> None:
    told = mistakes(tmp_path, f"[sip]\ncodecs = pcma\n{TRUNK}codecs = g722\n")
    assert any("which [sip] codecs lacks" in line for line in told)


@pytest.mark.parametrize(
    ("listen", "open_to_network"), [("127.0.0.1:1", False), ("0.0.0.0:18999", True)]
)
def test_pages_on_the_network_without_tls_are_a_warning(
    tmp_path: Path, listen: str, open_to_network: bool
) -> None:
    told = warnings(tmp_path, f"[dashboard]\nlisten = {listen}\n{TRUNK}")
    assert any("without TLS" in line for line in told) is open_to_network


def test_a_key_that_others_may_read_is_a_mistake(tmp_path: Path) -> None:
    key = tmp_path / "k"
    key.write_text("x")
    key.chmod(0o644)
    told = mistakes(tmp_path, f"[recordings]\nkey_file = k\n{TRUNK}")
    assert any("chmod 600" in line for line in told)
    key.chmod(0o600)
    assert mistakes(tmp_path, f"[recordings]\nkey_file = k\n{TRUNK}") == []


def test_a_home_below_a_file_is_a_mistake(tmp_path: Path) -> None:
    told = mistakes(tmp_path, f"[hotline]\nhome = hotline.conf/home\n{TRUNK}")
    assert any("[hotline] home" in line and "is a file" in line for line in told)


def test_checking_makes_nothing(tmp_path: Path) -> None:
    mistakes(tmp_path, TRUNK)
    assert [item.name for item in tmp_path.iterdir()] == ["hotline.conf"]


def test_a_missing_model_is_a_warning_and_a_wrong_one_a_mistake(tmp_path: Path) -> None:
    text = f"[hotline]\nlanguages = zh-CN\n{TRUNK}"
    assert any("models install zh-CN" in line for line in warnings(tmp_path, text))
    wrong = f"{text}[asr]\nmodel = ./nowhere\n"
    assert any("[asr] model" in line for line in mistakes(tmp_path, wrong))


def test_the_synthetic_model_is_a_warning(tmp_path: Path) -> None:
    text = f"[hotline]\nlanguages = zh-CN\n[asr]\nmodel = embedded\n{TRUNK}"
    assert any("synthetic voice" in line for line in warnings(tmp_path, text))
    assert mistakes(tmp_path, text) == []


def test_targets_of_a_category_that_nobody_hears_are_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "hotline.conf"
    path.write_text("[hotline]\nhome = h\n[deadlines important lift_falt]\non_site = 2 h\n")
    told = [finding for finding in check_file(path, {}) if "deadlines" in finding.text]
    assert [(finding.line, finding.severity) for finding in told] == [(3, Severity.WARNING)]
    assert "did you mean lift_fault?" in told[0].text

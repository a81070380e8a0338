"""`make test`: what needs its second run is told last, and too much of it is a fault."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LIMIT_S = 100
# A dozen processes a run: most of their time would go into plugins that these suites do not use.
FEW_PLUGINS = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "xdist.plugin"}
UNSTEADY = """
from pathlib import Path
import pytest

@pytest.mark.parametrize("number", range({count}))
def test_unsteady(number):
    seen = Path("seen-%d" % number)
    before = seen.exists()
    seen.touch()
    assert before
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A suite with one sound test in each lane."""
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n wire: keeps pace\n busy: a core\n")
    sound = "import pytest\n\n@pytest.mark.wire\ndef test_wire(): pass\n\ndef test_quick(): pass\n"
    for path in ("tests/urgent/test_ring.py", "tests/system/test_start.py", "tests/test_wire.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(sound.replace("_wire(", f"_{Path(path).stem}("))
    busy = sound.replace("@pytest.mark.wire", "@pytest.mark.wire\n@pytest.mark.busy")
    (tmp_path / "tests/test_busy.py").write_text(busy)
    return tmp_path


def run(suite: Path) -> subprocess.CompletedProcess[str]:
    with subprocess.Popen(
        [sys.executable, ROOT / "tools" / "run-tests"],
        cwd=suite,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | FEW_PLUGINS,
    ) as running:
        try:
            said, _ = running.communicate(timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            running.terminate()  # it ends what it began, as a kill would not
            raise
        return subprocess.CompletedProcess(running.args, running.returncode, said)


def test_a_sound_suite_passes_and_nothing_passed_second(suite: Path) -> None:
    done = run(suite)
    assert done.returncode == 0, done.stdout
    assert "0 passed only at the second run" in done.stdout
    assert done.stdout.rstrip().endswith("0 failed")


def test_what_passed_only_at_the_second_run_is_told_last_and_kept(suite: Path) -> None:
    (suite / "tests" / "test_unsteady.py").write_text(UNSTEADY.format(count=2))
    done = run(suite)
    assert done.returncode == 0, done.stdout
    end = done.stdout.rsplit("\n\n", 1)[-1]
    assert "2 passed only at the second run" in end
    assert "tests/test_unsteady.py::test_unsteady[1]" in end
    kept = (suite / ".setup" / "tests" / "passed-second.txt").read_text().split()
    assert len(kept) == 2


def test_more_than_three_of_them_are_a_fault(suite: Path) -> None:
    (suite / "tests" / "test_unsteady.py").write_text(UNSTEADY.format(count=4))
    done = run(suite)
    assert done.returncode == 1
    assert "4 passed only at the second run" in done.stdout


def test_a_fault_that_stays_is_named_in_the_end(suite: Path) -> None:
    (suite / "tests" / "urgent" / "test_broken.py").write_text(
        "import pytest\n\n@pytest.mark.wire\ndef test_broken(): assert False\n"
    )
    done = run(suite)
    assert done.returncode == 1
    assert done.stdout.rstrip().endswith("tests/urgent/test_broken.py::test_broken")


def test_a_lane_that_cannot_begin_is_a_fault_even_if_it_could_the_second_time(suite: Path) -> None:
    (suite / "tests" / "urgent" / "test_torn.py").write_text(
        "from pathlib import Path\n\nseen = Path('torn').exists()\nPath('torn').touch()\n"
        "if not seen: raise ImportError\n"
    )
    done = run(suite)
    assert done.returncode == 1
    assert "no-time-kept: pytest ended with" in done.stdout  # the first lane
    assert "0 passed only at the second run" in done.stdout


def test_a_lane_without_tests_is_a_fault(suite: Path) -> None:
    for path in suite.glob("tests/**/test_*.py"):
        path.write_text("def test_quick(): pass\n")
    done = run(suite)
    assert done.returncode == 1
    assert "wire: pytest ended with 5" in done.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="a network of its own needs root")
def test_wire_tests_run_side_by_side_each_in_a_network_of_its_own(suite: Path) -> None:
    """All wait for each other, and hold the same port."""
    for other in ("urgent/test_ring.py", "test_wire.py"):  # nobody has two to run
        (suite / "tests" / other).unlink()
    (suite / "tests" / "test_port.py").write_text(
        "import os, socket, time\nfrom pathlib import Path\n\nimport pytest\n\n"
        "@pytest.mark.wire\n@pytest.mark.parametrize('number', range(3))\n"
        "def test_port(number):\n"
        "    with socket.create_server(('127.0.0.1', 5060)):\n"
        "        Path(f'here-{number}').write_text(os.readlink('/proc/thread-self/ns/net'))\n"
        "        while len(found := list(Path().glob('here-*'))) < 3: time.sleep(0.1)\n"
        "        assert len({each.read_text() for each in found}) == 3\n"
    )
    done = run(suite)
    assert done.returncode == 0, done.stdout


def test_a_stop_of_the_run_leaves_no_telephone_of_a_test(suite: Path) -> None:
    (suite / "tests" / "test_phone.py").write_text(
        "import subprocess\nfrom pathlib import Path\n\nimport pytest\n\n@pytest.mark.wire\n"
        "def test_phone():\n"
        "    with subprocess.Popen(['sleep', '1000']) as phone:\n"
        "        Path('new').write_text(str(phone.pid))\n"
        "        Path('new').rename('phone')\n"
    )
    with subprocess.Popen([sys.executable, ROOT / "tools" / "run-tests"], cwd=suite) as running:
        wait_until((suite / "phone").exists)
        phone = int((suite / "phone").read_text())
        running.send_signal(signal.SIGTERM)
        assert running.wait(LIMIT_S) == 1
    wait_until(lambda: not Path(f"/proc/{phone}").exists())


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + LIMIT_S
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_the_start_is_also_tried_without_the_variable(
    suite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")
    (suite / "tests" / "system" / "test_start.py").write_text(
        "import os\nfrom pathlib import Path\n\n"
        "def test_start(): Path('seen-' + os.environ.get('PYTHONUNBUFFERED', 'unset')).touch()\n"
    )
    assert run(suite).returncode == 0
    assert (suite / "seen-unset").exists()
    assert (suite / "seen-1").exists()


def test_what_python_compiles_is_kept_for_the_next_process(
    suite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    run(suite)
    assert list((suite / "tests" / "__pycache__").glob("test_wire*.pyc"))

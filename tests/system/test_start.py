"""What must not keep the telephone from being answered after a start, and what must say why."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.asr.speech import say
from tests.call_logs.test_broken_rows import TABLES, break_into
from tests.program import Program, calls_of, ended_call
from tests.wire.audio import write_wav
from tests.wire.phone import BaresipPhone

NUMBER = "13600000031"
STOP_S = 20.0


async def is_answered(program: Program, wav: Path) -> None:
    async with program.store() as store, BaresipPhone(user=NUMBER) as phone:
        before = len(await calls_of(store, NUMBER))
        await phone.dial(program.uri)
        await phone.established()
        await phone.say(wav)
        await phone.hang_up()
        await ended_call(store, NUMBER)
        assert len(await calls_of(store, NUMBER)) == before + 1


@pytest.fixture(scope="module")
def wav(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_wav(tmp_path_factory.mktemp("wav") / "leak.wav", say("卫生间水管漏水"))


async def test_rows_of_every_kind_of_nonsense_in_all_tables(tmp_path: Path, wav: Path) -> None:
    roster = tmp_path / "roster.toml"
    roster.write_text(
        '[[person]]\nid = "wang"\nname = "王工"\nroles = ["engineer"]\n'
        'contacts = ["sip:wang@127.0.0.1"]\n'
    )
    async with Program(tmp_path, {"oncall": f"roster = {roster}"}, forked=False) as program:
        await is_answered(program, wav)
        await program.kill()
        broken = break_into(tmp_path / "home" / "hotline.db", TABLES)
        assert broken["calls"]
        assert broken["recordings"]
        await program.start(well=False)
        async with BaresipPhone(user="13600000032") as phone:
            await phone.dial(program.uri)
            await phone.established()


async def test_a_first_roster_with_mistakes_and_own_prompts_that_nobody_knows(
    tmp_path: Path, wav: Path
) -> None:
    roster = tmp_path / "roster.toml"
    roster.write_text('[[person]]\nid = "wang"\nnonsense = 1\n')
    prompts = tmp_path / "home" / "prompts" / "zh-CN"
    prompts.mkdir(parents=True)
    (prompts / "of_an_older_version.wav").write_bytes(b"RIFF")
    (prompts / "greeting.wav").write_bytes(b"no sound")
    sections = {"oncall": f"roster = {roster}"}
    async with Program(tmp_path, sections, forked=False) as program:
        assert "the first roster was not imported" in program.output()
        assert "a recording is left out" in program.output()
        await is_answered(program, wav)


@pytest.mark.parametrize("damage", ["garbage", "cut", "page"])
async def test_a_damaged_database_says_what_to_put_in_its_place(
    tmp_path: Path, damage: str
) -> None:
    async with Program(tmp_path, forked=False) as program:
        os.kill(program.pid, signal.SIGTERM)
        assert await program.ended(STOP_S) == 0
        file = tmp_path / "home" / "hotline.db"
        data = bytearray(file.read_bytes())
        match damage:
            case "garbage":
                data[:] = os.urandom(len(data))
            case "cut":
                del data[5000:]
            case "page":
                data[100:4096] = os.urandom(3996)
        file.write_bytes(data)
        with pytest.raises(RuntimeError, match="is damaged") as refused:
            await program.start()
        assert "put a backup in its place" in str(refused.value)
        assert "Traceback" not in str(refused.value)
        assert program.exit_code not in (0, None)

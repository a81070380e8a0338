"""A real store on a file of its own, and a small company to fill it with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from call_logs.keys import Keys
from call_logs.recording_files import RecordingFiles
from call_logs.store import Store

COMPANY = """
[[person]]
id = "wang"
name = "王工"
roles = ["engineer"]
contacts = ["13812345678", "ext:8001 via office"]
notices = ["mailto://wang:secret@example.com"]

[[person]]
id = "li"
name = "李工"
roles = ["engineer", "operator"]
contacts = ["sip:li@127.0.0.1:5070"]

[[person]]
id = "zhao"
name = "赵经理"
roles = ["manager"]
contacts = ["13912345678"]
refer = true

[[schedule]]
id = "night"
name = "夜班"

  [[schedule.weekly]]
  people = ["zhao"]
  days = "周一至周五"
  start = "08:00"
  end = "20:00"
  holidays = "never"

  [[schedule.rotation]]
  people = ["wang", "li"]
  since = 2026-01-05
  handover = 09:00:00

[[leave]]
person = "wang"
from = 2026-02-01
until = 2026-02-03
note = "探亲"

[[override]]
schedule = "night"
from = 2026-03-01T20:00:00
until = 2026-03-02T08:00:00
people = ["zhao"]
replaces = "li"

[[holiday]]
name = "国庆节"
from = 2026-10-01
until = 2026-10-07

[[holiday]]
name = "国庆节调休"
from = 2026-10-10
works_as = "fri"

[[policy]]
category = "flooding"

  [[policy.level]]
  who = ["on-call:engineer", "person:zhao"]
  ringing = "all_at_once"
  ring_s = 30
  repeats = 2

[[line]]
id = "lift-3-1"
name = "3号楼1号梯"
trunk = "lifts"
caller = "021-5551 2345"
building = "3"
lift = "1"
category = "lift_entrapment"
"""


@asynccontextmanager
async def open_store(folder: Path, keys: Keys, *, node: str = "main") -> AsyncIterator[Store]:
    """The store of `folder`; opened twice it is the same one, as after a restart."""
    store = await Store.open(
        f"sqlite:///{folder / 'hotline.db'}",
        keys=keys,
        recordings=RecordingFiles(folder / "recordings"),
        spool=folder / "spool",
        node=node,
    )
    try:
        yield store
    finally:
        await store.close()

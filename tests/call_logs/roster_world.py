"""A small company to fill a store with, and a look at what is written on the disk."""

from __future__ import annotations

from pathlib import Path

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
answer_keys = ",1"
"""


def on_disk(folder: Path) -> bytes:
    """Every byte of the SQLite database in `folder`, what its log holds included."""
    return b"".join(file.read_bytes() for file in sorted(folder.glob("hotline.db*")))

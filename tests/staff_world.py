"""A company with departments, people who can be told, and whoever is at work in it."""

from __future__ import annotations

from call_logs import Store
from call_logs.users import HOTLINE

PEOPLE = """
[[person]]
id = "li"
name = "李工"
roles = ["engineer"]
contacts = ["13800138001"]
notices = ["json://127.0.0.1:{port}/li"]

[[person]]
id = "wang"
name = "王工"
roles = ["engineer"]
contacts = ["13800138002"]
notices = ["json://127.0.0.1:{port}/wang"]

[[person]]
id = "head"
name = "周主任"
contacts = ["13800138003"]
languages = ["en"]
notices = ["json://127.0.0.1:{port}/head"]

[[person]]
id = "boss"
name = "赵经理"
roles = ["manager"]
contacts = ["13800138004"]
notices = ["json://127.0.0.1:{port}/boss"]

[[person]]
id = "second"
name = "钱经理"
roles = ["manager"]
contacts = ["13800138005"]

[[department]]
id = "repairs"
name = "工程部"
head = "head"
deputy = "wang"
members = ["li"]
categories = ["lighting", "water_leak"]
"""


async def company(store: Store, port: int = 9) -> None:
    await store.roster.import_toml(PEOPLE.format(port=port), HOTLINE)


async def away(store: Store, person: str, start: str, until: str) -> None:
    await store.roster.import_toml(
        f'[[leave]]\nperson = "{person}"\nfrom = {start}\nuntil = {until}\n', HOTLINE
    )

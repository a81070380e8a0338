"""One owner's whole story: from the complaint on the telephone to the closed file.

The telephone's part is real calls; what people do at their desks goes through the store, in the
name and with the rights of each, as their pages do it.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from call_logs import Store
from call_logs.casework import RecordKind, read_record
from call_logs.tickets import Affected, Ticket, TicketClass, TicketStatus, edit
from call_logs.users import COMMAND_LINE, Actor, Role
from hotline.demo.line import eventually, telephone
from hotline.demo.pictures import Camera

__all__ = ["OWNER", "Story", "complaint"]

OWNER = "13800138005"
PHOTO = Path(__file__).with_name("pipe.jpeg")
SURVEY_LIMIT_S = 180.0  # the hotline looks each minute who is to be asked
HEARD_LIMIT_S = 60.0

complaint: tuple[dict[str, Any], ...] = (
    {"wait": 2.0},
    {"press": "3"},
    {"wait": 2.0},
    {"press": "6#"},
    {"wait": 2.0},
    {"press": "2*1101#"},
    {"wait": 2.0},
    {"press": "1"},  # the place is right
    {"wait": 2.0},
    {"press": "1"},  # and so is the number
    {"listen": 20},
    {"say": "卫生间水管漏水请派人来修"},
    {"hangup": True},
)
SURVEY: tuple[dict[str, Any], ...] = (
    {"listen": 30},  # who calls, about what, and the question
    {"press": "5"},
    {"listen": 30},
    {"wait": 2.0},
    {"hangup": True},
)


@dataclass(frozen=True)
class Staff:
    operator: Actor
    engineer: Actor
    manager: Actor


class Story:
    """Told step by step; `say` prints a line, `camera` makes a picture of the page."""

    def __init__(
        self, store: Store, *, server: str, owner_port: int, say: Callable[[str], None]
    ) -> None:
        """`owner_port`: where the hotline's calls to numbers go, and the owner's telephone is."""
        self._store, self._say = store, say
        self._server, self._owner_port = server, owner_port
        self._camera: Camera | None = None

    async def tell(self, ticket: Ticket, camera: Camera | None) -> tuple[tuple[str, bool], ...]:
        """Raises:
        RuntimeError: the owner's telephone failed.
        """
        self._camera = camera
        staff = await self._staff()
        desk = f"/tickets/{ticket.id}"
        if ticket.call_id is not None:
            await self._picture("call", f"/calls/{ticket.call_id}")
        await self._picture("received", desk)
        for line, step, picture, page in (
            (
                "the operator registers it and gives it to the engineer",
                self._register,
                "team",
                desk,
            ),
            ("the engineer comes, looks and takes a photo", self._visit, "visit", desk),
            ("the cause is found, measures are planned", self._plan, "planned", desk),
            ("the manager approves the plan", self._approve, "approved", desk),
            ("the work is done", self._work, "resolved", desk),
            ("the operator tells the owner the result", self._told, "told", desk),
        ):
            self._say(line)
            await step(ticket.id, staff)
            await self._picture(picture, page)
        self._say("the hotline calls the owner and asks how content they are")
        asked = await self._survey(ticket.id)
        await self._picture("surveyed", desk)
        closed = ticket
        if asked:
            self._say("the operator writes down what was learnt and closes the ticket")
            closed = await self._close(ticket.id, staff)
        await self._picture("closed", desk, height=3200)
        await self._picture("list", "/tickets")
        await self._picture("lessons", "/reports/lessons")
        evidence = await self._store.evidence.of_ticket(ticket.id, staff.manager)
        return (
            ("the plan was approved by the manager", await self._approved_by(ticket.id, "zhao")),
            ("the photo is kept with the visit", len(evidence) == 1),
            ("the owner gave 5 of 5 on the telephone", asked and closed.satisfaction == 5),
            ("it is closed with its lesson", closed.closed_at is not None and bool(closed.lessons)),
        )

    async def _picture(self, name: str, page: str, *, height: int = 2300) -> None:
        if self._camera is not None:
            taken = await self._camera.take(name, page, height=height)
            self._say(f"  picture {taken}")

    async def _staff(self) -> Staff:
        async def employed(name: str, full_name: str, role: Role) -> Actor:
            user = await self._store.users.add(
                name, secrets.token_urlsafe(9), role, COMMAND_LINE, full_name=full_name
            )
            return Actor.of(user)

        return Staff(
            await employed("chen", "陈客服", Role.OPERATOR),
            await employed("wang.gong", "王工", Role.ENGINEER),
            await employed("zhao", "赵经理", Role.MANAGER),
        )

    # -- what people do -----------------------------------------------------------------

    async def _register(self, id_: int, staff: Staff) -> None:
        tickets = self._store.tickets
        await tickets.update(
            id_,
            staff.operator,
            edit(ticket_class=TicketClass.IMPORTANT, name="周女士", happened="昨晚开始"),
            note="楼下已渗水，按重要处理",
        )
        await tickets.update(id_, staff.operator, edit(assignee="wang"))
        await tickets.move(id_, TicketStatus.REGISTERED, staff.operator, "已电话联系业主")
        await self._store.team.take_proposed(id_, staff.operator)

    async def _visit(self, id_: int, staff: Staff) -> None:
        await self._store.tickets.move(id_, TicketStatus.INVESTIGATING, staff.engineer)
        seen = "卫生间给水支管接头处滴水，地面积水，楼下顶板有水渍"
        visit = await self._record(
            id_, staff.engineer, RecordKind.VISIT, who="王工", at=self._now(), seen=seen
        )
        await self._store.evidence.add(
            id_,
            staff.engineer,
            _pieces(PHOTO.read_bytes()),
            name="接头滴水.jpeg",
            note="给水支管接头",
            record_id=visit,
        )
        await self._record(
            id_,
            staff.operator,
            RecordKind.STATEMENT,
            side="owner",
            name="周女士",
            contact=OWNER,
            at=self._now(),
            said="昨晚九点听到滴水声，今早地上已有积水",
        )

    async def _plan(self, id_: int, staff: Staff) -> None:
        await self._record(
            id_,
            staff.engineer,
            RecordKind.TASK,
            what="关闭支管阀门，更换接头和一段支管，试压",
            who="王工",
            material="PPR 接头 2 个、支管 1 米",
            cost=18_000,
            due=self._now() + timedelta(days=1),
        )
        await self._store.tickets.move(
            id_,
            TicketStatus.PLANNED,
            staff.engineer,
            changes=edit(
                cause="接头老化开裂",
                affected=Affected.BUILDING,
                plan="更换接头和支管，试压合格后恢复供水",
            ),
        )

    async def _approve(self, id_: int, staff: Staff) -> None:
        await self._store.tickets.move(id_, TicketStatus.APPROVED, staff.manager, "同意，当天完成")

    async def _work(self, id_: int, staff: Staff) -> None:
        tickets = self._store.tickets
        await tickets.move(id_, TicketStatus.IN_PROGRESS, staff.engineer)
        await tickets.move(id_, TicketStatus.RESOLVED, staff.engineer, "试压合格，已恢复供水")

    async def _told(self, id_: int, staff: Staff) -> None:
        result = "漏水的接头和支管已更换，试压合格，供水已恢复，请放心使用"
        await self._store.tickets.move(
            id_, TicketStatus.FEEDBACK_GIVEN, staff.operator, changes=edit(result=result)
        )

    async def _close(self, id_: int, staff: Staff) -> Ticket:
        lesson = "同批接头已用十年，列入六号楼下季度巡检"
        await self._store.tickets.update(id_, staff.operator, edit(lessons=lesson))
        return await self._store.tickets.move(id_, TicketStatus.CLOSED, staff.operator)

    async def _survey(self, id_: int) -> bool:
        """Whether the owner, who is called by the program, has given a score."""
        script = {
            "server": self._server,
            "number": OWNER,
            "steps": SURVEY,
            "sip_port": self._owner_port,
            "rtp_ports": (29000, 29999),
            "answers": True,
            "longest_s": SURVEY_LIMIT_S,
        }
        await telephone(script, SURVEY_LIMIT_S)

        async def scored() -> bool:
            return (await self._store.tickets.get(id_)).satisfaction is not None

        return await eventually(scored, HEARD_LIMIT_S)

    # -- helpers ------------------------------------------------------------------------

    def _now(self) -> Any:
        return self._store.clock.now()

    async def _record(self, id_: int, actor: Actor, kind: RecordKind, **values: Any) -> int:
        """The id of the new record."""
        clean = {
            name: value.isoformat() if hasattr(value, "isoformat") else value
            for name, value in values.items()
        }
        record = await self._store.records.add(id_, read_record(kind, clean, whole=True), actor)
        return record.id

    async def _approved_by(self, id_: int, name: str) -> bool:
        return any(
            line.actor == name and line.changes.get("status", ("", ""))[1] == "approved"
            for line in await self._store.tickets.history(id_)
        )


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content

"""What the program as a whole measures for `/metrics`: looked at when somebody asks."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import Gauge, Info

from call_logs import Health, Store
from call_logs.storage import StoreError
from hotline.version import version
from ivr.endpoint import Endpoint, TrunkState

__all__ = ["Measurements"]

BUILD = Info("hotline_build", "Version of the program")
HEALTH = Gauge("hotline_health", "Parts: 0 well, 1 degraded, 2 failed", ["part"])
TRUNK_UP = Gauge("hotline_trunk_up", "1 while calls can come and go by the trunk", ["trunk"])
TRUNK_REGISTERED = Gauge(
    "hotline_trunk_registered", "1 while the trunk has us registered", ["trunk"]
)
SIP_PORT_UP = Gauge("hotline_sip_port_up", "1 while every SIP socket of ours answers")
REFUSED_REQUESTS = Gauge(
    "hotline_sip_refused_requests", "SIP requests of strangers and floods not let in, so far"
)
TRANSCRIPTS = Gauge("hotline_transcripts", "Recordings by how far they are written out", ["status"])
TICKETS = Gauge("hotline_open_tickets", "Tickets that are not closed", ["class"])
OVERDUE = Gauge("hotline_overdue_tickets", "Tickets that are not closed and late")
SPOOL_BYTES = Gauge("hotline_spool_bytes", "Writes that wait for the database on the disk")
WRITES_WAITING = Gauge("hotline_writes_waiting", "Writes that wait for the database in memory")
UNHEARD_SECONDS = Gauge(
    "hotline_unheard_seconds", "Live speech that the threads were too slow to listen to, so far"
)
DISK_FREE_BYTES = Gauge("hotline_disk_free_bytes", "Free space where recordings are written")


class Measurements:
    """Brings the gauges up to date. Awaited on the program's loop before they are read."""

    def __init__(self, store: Store, endpoint: Endpoint, dropped_s: Callable[[], float]) -> None:
        """`dropped_s`: seconds of live speech that nobody had time to listen to."""
        self._store = store
        self._endpoint = endpoint
        BUILD.info({"version": version()})
        UNHEARD_SECONDS.set_function(dropped_s)

    async def __call__(self, health: Health) -> None:
        HEALTH.clear()
        for check in health.checks:
            HEALTH.labels(check.name).set(check.level)
        for trunk, report in self._endpoint.trunks.items():
            TRUNK_UP.labels(trunk).set(not report.away)
            TRUNK_REGISTERED.labels(trunk).set(report.state is TrunkState.REGISTERED)
        SIP_PORT_UP.set(not self._endpoint.port_problems)
        REFUSED_REQUESTS.set(self._endpoint.refused_requests)
        WRITES_WAITING.set(self._store.writes_waiting)
        try:
            SPOOL_BYTES.set(await self._store.spool_bytes())
            DISK_FREE_BYTES.set(await self._store.recordings.free_bytes())
            for status, count in (await self._store.transcripts.counts()).items():
                TRANSCRIPTS.labels(status).set(count)
            counts = await self._store.tickets.counts()
        except (StoreError, OSError):
            return  # health tells what is away; the gauges keep what they knew last
        for ticket_class, count in counts.by_class.items():
            TICKETS.labels(ticket_class).set(count)
        OVERDUE.set(counts.overdue)

"""What the phone side measures for `/metrics` (Prometheus)."""

from __future__ import annotations

import asyncio

from prometheus_client import Counter, Gauge, Histogram

from ivr.endpoint import Endpoint
from ivr.media.call_media import MediaClock

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5)

CALLS = Counter("hotline_calls", "Incoming calls taken", ["trunk"])
ANSWERED = Histogram(
    "hotline_answer_seconds", "From the INVITE's arrival in Python to the 200 OK", buckets=_SECONDS
)
LIVE_CALLS = Gauge("hotline_live_calls", "Calls going on now, both directions")
MEDIA = Gauge("hotline_media_calls", "Calls whose sound is moved now")
TASKS = Gauge("hotline_tasks", "Tasks on the event loop")
LATE_TICKS = Gauge("hotline_media_late_ticks", "Media ticks later than the audio written ahead")
OPEN_SEARCHES = Gauge("hotline_urgent_open", "Urgent cases whose search is not closed")
UNSEARCHED = Gauge("hotline_urgent_without_search", "Urgent cases for which nobody is being rung")


def watch(endpoint: Endpoint, clock: MediaClock) -> None:
    """Let the gauges show this endpoint, clock and loop, read when somebody asks: on a thread
    of its own. Called on the loop."""
    loop = asyncio.get_running_loop()
    LIVE_CALLS.set_function(lambda: float(len(endpoint.calls)))
    MEDIA.set_function(lambda: float(clock.calls))
    TASKS.set_function(lambda: float(len(asyncio.all_tasks(loop))))
    LATE_TICKS.set_function(lambda: float(clock.late_ticks))

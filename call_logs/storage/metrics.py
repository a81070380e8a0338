"""What the memory measures for `/metrics` (Prometheus)."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

_SECONDS = (10, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1800, 3600)

ACCEPT_SECONDS = Histogram(
    "hotline_urgent_accept_seconds",
    "From the opening of an urgent case's search to a person's acceptance",
    buckets=_SECONDS,
)
OUTCOMES = Counter(
    "hotline_urgent_steps",
    "Steps of urgent cases: ringing (again), accepted, unanswered, closed",
    ["status"],
)

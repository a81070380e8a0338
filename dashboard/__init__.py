"""The operators' pages and the REST API, over `call_logs` alone."""

from dashboard.app import create_app
from dashboard.settings import (
    DashboardSettings,
    HealthCheck,
    HealthItem,
    HealthState,
    Measure,
    SpeechCheck,
    SpeechStatus,
    StuckCheck,
)

__all__ = [
    "DashboardSettings",
    "HealthCheck",
    "HealthItem",
    "HealthState",
    "Measure",
    "SpeechCheck",
    "SpeechStatus",
    "StuckCheck",
    "create_app",
]

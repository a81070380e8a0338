"""The operators' pages and the REST API, over `call_logs` alone."""

from dashboard.app import create_app
from dashboard.settings import (
    DashboardSettings,
    HealthCheck,
    HealthItem,
    HealthState,
    SpeechCheck,
    SpeechStatus,
)

__all__ = [
    "DashboardSettings",
    "HealthCheck",
    "HealthItem",
    "HealthState",
    "SpeechCheck",
    "SpeechStatus",
    "create_app",
]

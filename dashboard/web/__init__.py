"""The frame of all pages: the site, who is signed in, words, errors."""

from dashboard.web.settings import (
    DashboardSettings,
    HealthCheck,
    HealthItem,
    HealthState,
    InboundMessages,
    Measure,
    OwnerForm,
    SpeechCheck,
    SpeechStatus,
    StuckCheck,
    Told,
)
from dashboard.web.views import Views

__all__ = [
    "DashboardSettings",
    "HealthCheck",
    "HealthItem",
    "HealthState",
    "InboundMessages",
    "Measure",
    "OwnerForm",
    "SpeechCheck",
    "SpeechStatus",
    "StuckCheck",
    "Told",
    "Views",
]

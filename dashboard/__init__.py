"""The operators' pages and the REST API, over `call_logs` alone."""

from dashboard.app import create_app
from dashboard.labels import ROOMS

__all__ = ["ROOMS", "create_app"]

"""The operators' pages and the REST API, over `call_logs` alone."""

from dashboard.app import create_app

__all__ = ["create_app"]

"""Imports every module with tables, so that `Base.metadata` knows them all."""

from call_logs import dispatch_tables, models, roster_tables

metadata = models.Base.metadata

__all__ = ["dispatch_tables", "metadata", "roster_tables"]

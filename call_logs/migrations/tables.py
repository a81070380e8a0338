"""Imports every module with tables, so that `Base.metadata` knows them all."""

from call_logs import models

metadata = models.Base.metadata

__all__ = ["metadata"]

"""The ledger as a file, and what the tickets come to."""

from dashboard.reports.ledger_file import LedgerFormat, write_ledger
from dashboard.reports.ledger_sheet import LedgerSheet
from dashboard.reports.period import Period

__all__ = ["LedgerFormat", "LedgerSheet", "Period", "write_ledger"]

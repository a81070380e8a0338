"""The ledger as a file, and what the tickets come to."""

from dashboard.reports.ledger_file import LedgerFormat, write_ledger
from dashboard.reports.ledger_sheet import LedgerSheet
from dashboard.reports.period import Period
from dashboard.reports.printing import NotPrinted
from dashboard.reports.report import report_pdf

__all__ = [
    "LedgerFormat",
    "LedgerSheet",
    "NotPrinted",
    "Period",
    "report_pdf",
    "write_ledger",
]

"""The directory of owners."""

from call_logs.owners.directory import Owner, Owners
from call_logs.owners.sheets import read_owners_csv, write_owners_csv

__all__ = ["Owner", "Owners", "read_owners_csv", "write_owners_csv"]

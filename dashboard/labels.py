"""The labels of all rooms, for the templates."""

from __future__ import annotations

from dashboard.calls import labels as calls
from dashboard.casework import labels as casework
from dashboard.dispatches import labels as dispatches
from dashboard.oncall import labels as oncall
from dashboard.people import labels as people
from dashboard.privacy import labels as privacy
from dashboard.registers import labels as registers
from dashboard.reports import labels as reports
from dashboard.system import labels as system
from dashboard.tickets import labels as tickets

ROOMS = (calls, dispatches, oncall, tickets, casework, registers, reports, people, system, privacy)

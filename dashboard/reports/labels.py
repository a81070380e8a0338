"""What the reports call what no field of a ticket is."""

from __future__ import annotations

from dashboard.web.texts import N_

NUMBER = N_("Number")

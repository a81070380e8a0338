"""What the reports call what no field of a ticket is."""

from __future__ import annotations

from dashboard.web.texts import N_

NUMBER = N_("Number")

# What a ticket waits for, by `WorkStep`.
WORK_STEPS = {
    "taken": N_("Until somebody took it"),
    "on_site": N_("Until somebody came"),
    "resolved": N_("Until it was solved"),
    "told": N_("Until the owner was told"),
    "closed": N_("Until it was closed"),
}

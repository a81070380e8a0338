"""What each role may do: one table, asked by the store, pages, API and templates alike."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from call_logs.users.user import Role


class Permission(StrEnum):
    """A right that a page or a button needs."""

    SEE_TICKETS = "see_tickets"
    SEE_ALL_TICKETS = "see_all_tickets"  # also those that are somebody else's
    SEE_NAMES = "see_names"  # of the owners who told it
    SEE_NUMBERS = "see_numbers"  # theirs
    CONFIDE = "confide"  # mark a ticket as sensitive, or as being about somebody who works here
    WORK_TICKETS = "work_tickets"  # notes, moves, corrections
    APPROVE = "approve"  # move a ticket to `approved`
    LISTEN = "listen"  # recordings and transcripts
    SEE_CALLS = "see_calls"  # the list and the live page
    CONTROL_CALLS = "control_calls"
    SEE_SYSTEM = "see_system"
    SEE_ACCESS = "see_access"
    MANAGE_USERS = "manage_users"
    SEE_ONCALL = "see_oncall"  # who is on call, and the drills
    SEE_REPORTS = "see_reports"  # counts and times, without names
    DESTROY = "destroy"  # evidence that should not be there, before its time
    SEE_SIDES = "see_sides"  # who said what: the names in statements of a dispute
    EXPORT = "export"  # the ledger: every ticket with names and numbers, as a file
    ANNOUNCE = "announce"  # known faults, to all who call
    REVIEW_CALLS = "review_calls"  # how well people talked with callers
    SET_TARGETS = "set_targets"  # how soon tickets are due
    WRITE_ARTICLES = "write_articles"  # what the company knows, beside tickets
    MANAGE_ROSTER = "manage_roster"  # people, numbers, shifts, leave, owners; drills
    DO_FIRM_TASKS = "do_firm_tasks"  # those of the own firm, and nothing else of their tickets


_P = Permission

# An engineer works on tickets and needs neither the owners' voices nor other calls, nor tickets
# of others: who does not need a record does not see it (`call_logs.viewing`).
ROLE_PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.ENGINEER: frozenset(
        {_P.SEE_TICKETS, _P.SEE_NAMES, _P.SEE_NUMBERS, _P.WORK_TICKETS, _P.SEE_ONCALL}
    ),
    Role.OPERATOR: frozenset(
        {
            _P.SEE_TICKETS,
            _P.SEE_ALL_TICKETS,
            _P.SEE_NAMES,
            _P.SEE_NUMBERS,
            _P.CONFIDE,
            _P.WORK_TICKETS,
            _P.LISTEN,
            _P.SEE_CALLS,
            _P.CONTROL_CALLS,
            _P.SEE_ONCALL,
            _P.SEE_SIDES,
        }
    ),
    Role.MANAGER: frozenset(_P) - {_P.MANAGE_USERS, _P.DO_FIRM_TASKS},
    Role.ADMIN: frozenset(_P) - {_P.DO_FIRM_TASKS},
    Role.FIRM: frozenset({_P.DO_FIRM_TASKS}),
}


# The program itself, and whoever runs its commands on its machine. A plan is approved by a
# person, in a name, and nobody but a firm does its tasks as the firm.
PROGRAM_PERMISSIONS = frozenset(_P) - {_P.APPROVE, _P.DO_FIRM_TASKS}


def may(role: Role, permission: Permission) -> bool:
    return permission in ROLE_PERMISSIONS[role]

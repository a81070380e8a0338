"""Ways out of a node before its work is done."""

from __future__ import annotations

from ivr.errors import PhoneError
from ivr.packs.menu import NodeKind


class Jump(PhoneError):
    """Go to the menu's node of this kind."""

    def __init__(self, to: NodeKind) -> None:
        super().__init__(f"the caller goes on to a {to} node")
        self.to = to


class Back(PhoneError):
    """Go back to where the caller came from."""


class HungUp(PhoneError):
    """The caller is gone; what was said is kept."""

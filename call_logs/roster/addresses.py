"""An address in the property, and the lines that stand at one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

__all__ = ["Address", "KnownLine"]


@dataclass(frozen=True, repr=False)
class Address:
    """Where something is; empty: unknown. The fields are those of a ticket, and the lift."""

    building: str = ""
    unit: str = ""
    floor: str = ""
    room: str = ""
    area: str = ""
    lift: str = ""

    @classmethod
    def of(cls, document: Mapping[str, object]) -> Address:
        """From the document that `as_document` makes; unknown keys are left out."""
        known = {field.name for field in fields(cls)}
        return cls(**{key: str(value) for key, value in document.items() if key in known})

    def as_document(self) -> dict[str, str]:
        """Only the fields that are known."""
        return {key: value for key, value in vars(self).items() if value}

    def __bool__(self) -> bool:
        return any(vars(self).values())

    def __repr__(self) -> str:
        return "Address(...)" if self else "Address()"


@dataclass(frozen=True)
class KnownLine:
    """A telephone line with a known place: a lift's intercom, an alarm panel, a gate.

    A call by `trunk` (when given) from `caller` (when given) stands at `address`. With a
    `category` it goes straight to dispatch, else to the menu node `menu`. Some lift
    telephones want a key from whoever answers, or they hang up and call somebody else.
    """

    id: str
    name: str
    address: Address
    trunk: str = ""
    caller: str = ""  # normal spelling, see `call_logs.storage.phone`
    category: str = ""
    menu: str = ""
    answer_keys: str = ""  # sent when it is answered; a comma waits a second
    test_key: str = ""  # what its periodic test call presses: no emergency
    test_every_h: int = 0  # hours in which a test call must come; 0: none does

    def __repr__(self) -> str:
        return f"Line({self.id!r})"

    def matches(self, trunk: str, caller: str) -> bool:
        """`caller` in normal spelling. A line bound to nothing matches nothing."""
        bound = bool(self.trunk or self.caller)
        return bound and self.trunk in ("", trunk) and self.caller in ("", caller)

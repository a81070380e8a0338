"""A telephone that knows Replaces (RFC 3891): baresip 4.10 from the Python wheel.

`BaresipPhone` is what Debian ships (1.0), which cannot be joined with a call that it has.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.wire.phone import BaresipPhone

PROGRAM = Path(__file__).with_name("softphone_program.py")


class Softphone(BaresipPhone):
    """As `BaresipPhone`, over UDP with G.711 A-law: its WAV is said over and over.

    An INVITE that replaces a call of its own is answered at once. A REFER is carried out,
    or with `transfers="reject"` refused by the report (NOTIFY 603) after its 202.
    """

    def __init__(
        self,
        *,
        port: int | None = None,
        user: str = "phone",
        wav: Path | None = None,
        answers: bool = False,
        transfers: str = "auto",
    ) -> None:
        super().__init__(port=port, user=user, wav=wav, answers=answers)
        self._transfers = transfers

    def _arguments(self) -> list[str]:
        return [sys.executable, str(PROGRAM), str(self._folder)]

    def _write_configuration(self) -> None:
        settings = {
            "port": self.port,
            "control_port": self._control_port,
            "user": self.user,
            "wav": str(self._wav or self._padded(None, 0.0)),
            "answers": self._answers,
            "transfers": self._transfers,
        }
        (self._folder / "phone.json").write_text(json.dumps(settings))

"""The first administrator's password: told once, where whoever installs the program finds it.

Under systemd standard output is a journal that others may read and that is kept for long; so the
password also stands in a file that only the service's user can read, and that goes away when
somebody has signed in with it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from pathlib import Path

from call_logs import Store
from call_logs.users import Role, User

__all__ = ["FirstLogin"]

logger = logging.getLogger(__name__)

NAME = "first-login.txt"


class FirstLogin:
    """Made at each start; does something at the first one."""

    def __init__(self, store: Store, home: Path) -> None:
        self._store = store
        self._file = home / NAME

    async def tell(self) -> None:
        """Make the first administrator when there is nobody, and tell how they sign in."""
        created = await self._store.users.ensure_admin()
        if created is not None:
            name, password = created
            try:
                await asyncio.to_thread(self._write, name, password)
                where = f"; until then it is in {self._file} too"
            except OSError as error:
                logger.error("the first login could not be kept", extra={"errno": error.errno})
                where = ""
            print(
                f"The dashboard's first login: {name} / {password}  "
                f"(shown once, to be changed at the first sign-in{where})",
                file=sys.stderr,
                flush=True,
            )
        if self._file.exists():
            self._store.users.on_login = self._forget

    def _write(self, name: str, password: str) -> None:
        descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(f"user: {name}\npassword: {password}\n")

    def _forget(self, user: User) -> None:
        """An administrator is in: nobody needs the file any more."""
        if user.role is not Role.ADMIN:
            return
        self._file.unlink(missing_ok=True)
        logger.info("the first login was used; its file is gone")
        self._store.users.on_login = lambda user: None

"""The form of owners, as the configuration has it."""

from __future__ import annotations

from dashboard.web import OwnerForm
from hotline.config.config import Config
from hotline.written_words import WrittenWords

__all__ = ["owner_form"]


def owner_form(config: Config, told: WrittenWords) -> OwnerForm | None:
    """The form as `[owner_form]` says; None: there is none."""
    section = config.owner_form
    if not section.on:
        return None
    return OwnerForm(
        public_url=config.dashboard.public_url.rstrip("/"),
        phone=section.phone,
        told=told,
        photos=section.photos,
        photo_bytes=section.photo_mb * 1_000_000,
        per_address=section.per_address,
        per_link=section.per_link,
    )

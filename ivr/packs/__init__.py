"""A language: its menu, its prompts and its ways of saying numbers, moments and places."""

from ivr.packs.company import CompanyPack
from ivr.packs.pack import (
    Pack,
    PackError,
    languages,
    lexicon_files,
    load_pack,
    site_categories,
)
from ivr.packs.phrasebook import Phrasebook

__all__ = [
    "CompanyPack",
    "Pack",
    "PackError",
    "Phrasebook",
    "languages",
    "lexicon_files",
    "load_pack",
    "site_categories",
]

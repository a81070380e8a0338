"""A language: its menu, its prompts and its ways of saying numbers, moments and places."""

from ivr.packs.pack import Pack, PackError, languages, load_pack
from ivr.packs.phrasebook import Phrasebook

__all__ = ["Pack", "PackError", "Phrasebook", "languages", "load_pack"]

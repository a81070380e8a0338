"""A company's own pack: files of its own beside its recordings, laid over the shipped packs.

They lie in the home folder, which no upgrade touches: `packs/<language>/` with any of
`lexicon.toml`, `menu.toml`, `prompts.toml`, `forms.toml` and `articles.toml` (docs/packs.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from asr.lexicon import DocumentError, Place, read_document

LEXICON, MENU, PROMPTS, FORMS, ARTICLES = FILES = (
    "lexicon.toml",
    "menu.toml",
    "prompts.toml",
    "forms.toml",
    "articles.toml",
)


@dataclass(frozen=True)
class CompanyPack:
    """The folder of a company's own files, and the languages that it serves callers in."""

    folder: Path
    languages: tuple[str, ...]

    def file(self, language: str, name: str) -> Path | None:
        """One of `FILES`, if the company has written it."""
        path = self.folder / language / name
        return path if path.is_file() else None

    @property
    def lexicons(self) -> tuple[Path, ...]:
        """The lexicons that there are, of all languages."""
        files = (self.file(language, LEXICON) for language in self.languages)
        return tuple(file for file in files if file is not None)

    def declared_twice(self) -> tuple[str, ...]:
        """Categories that a second language's file declares again: which of the two holds?"""
        first: dict[str, Place] = {}
        found = []
        for path in self.lexicons:
            try:
                document = read_document(path)
            except DocumentError:
                continue  # loading the lexicon tells it
            for name in document.data.get("categories", ()):
                place = document.place(f"categories.{name}")
                if (other := first.setdefault(name, place)) is not place:
                    found.append(
                        f"{place}: {name} is declared in {other} already, for all languages; "
                        "leave only its [[rules]] here"
                    )
        return tuple(found)

    @property
    def strangers(self) -> tuple[Path, ...]:
        """What lies in the folder and is never read: a misspelt name, a language that is not
        served."""
        read = {self.folder / language / name for language in self.languages for name in FILES}
        if not self.folder.is_dir():
            return ()
        return tuple(
            path
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and path not in read and not path.name.startswith(".")
        )

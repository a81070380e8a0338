"""`rendered.json` beside a pack's recordings: which text each was made from.

So a recording that is older than its text is found before a caller hears it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from ivr.prompts.recording import Recording
from ivr.prompts.texts import PromptTexts

FILE = "rendered.json"

Ledger = Mapping[str, Mapping[str, str]]


def read_ledger(folder: Path) -> Ledger:
    """Recording -> fingerprint of its text and of its file; empty when there is none yet."""
    path = folder / FILE
    ledger: Ledger = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return ledger


def write_ledger(folder: Path, ledger: Ledger) -> None:
    """Put it in place at once: a renderer that is stopped leaves the old or the new one."""
    new = folder / f".{FILE}.new"
    new.write_text(json.dumps(ledger, indent=0, sort_keys=True) + "\n", "utf-8")
    new.replace(folder / FILE)


def entry(recording: Recording, folder: Path) -> Mapping[str, str]:
    """What the ledger says of a recording that is up to date."""
    path = folder / f"{recording.id}.wav"
    content = hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path.exists() else ""
    return {"text": recording.fingerprint, "file": content}


def stale(texts: PromptTexts, folder: Path) -> tuple[str, ...]:
    """Recordings whose file is missing, changed by hand, or made from another text."""
    ledger = read_ledger(folder)
    return tuple(
        recording.id
        for recording in texts.recordings.values()
        if ledger.get(recording.id) != entry(recording, folder)
    )


def orphans(texts: PromptTexts, folder: Path) -> tuple[Path, ...]:
    """Sound files that belong to no text."""
    return tuple(path for path in sorted(folder.glob("*.wav")) if path.stem not in texts.recordings)

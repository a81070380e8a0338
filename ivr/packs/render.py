"""Renders the packs' recordings from their texts: `python -m ivr.packs.render`.

Only what is new or whose text changed is rendered; files that no text asks for
are removed. `rendered.json` beside the recordings says which text each was made
from, so that a stale one is found (`stale`).
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from ivr.media.pcm import wav_bytes
from ivr.packs.pack import languages, pack_folder
from ivr.prompts.texts import PromptTexts, read_prompt_texts
from ivr.prompts.voice import render

RATE_HZ = 16000
LEDGER = "rendered.json"

Ledger = Mapping[str, Mapping[str, str]]


def read_ledger(folder: Path) -> Ledger:
    """Recording -> fingerprint of its text and of its file; empty when there is none yet."""
    path = folder / LEDGER
    ledger: Ledger = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return ledger


def stale(texts: PromptTexts, folder: Path) -> tuple[str, ...]:
    """Recordings whose file is missing, changed by hand, or made from another text."""
    ledger = read_ledger(folder)
    return tuple(
        recording.id
        for recording in texts.recordings.values()
        if ledger.get(recording.id)
        != {
            "text": recording.fingerprint,
            "file": _file_fingerprint(folder / f"{recording.id}.wav"),
        }
    )


def orphans(texts: PromptTexts, folder: Path) -> tuple[Path, ...]:
    """Sound files that belong to no text."""
    return tuple(path for path in sorted(folder.glob("*.wav")) if path.stem not in texts.recordings)


def render_pack(texts: PromptTexts, folder: Path) -> tuple[str, ...]:
    """Bring `folder` up to date with `texts`; returns the ids of what was rendered.

    Raises:
        VoiceError: espeak-ng is missing or refuses a text.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rendered = stale(texts, folder)
    for name in rendered:
        recording = texts.recordings[name]
        pcm = render(
            recording.spoken,
            recording.language,
            RATE_HZ,
            words_per_minute=recording.words_per_minute,
        )
        (folder / f"{name}.wav").write_bytes(wav_bytes(pcm, RATE_HZ))
    for path in orphans(texts, folder):
        path.unlink()
    ledger = {
        recording.id: {
            "text": recording.fingerprint,
            "file": _file_fingerprint(folder / f"{recording.id}.wav"),
        }
        for recording in texts.recordings.values()
    }
    (folder / LEDGER).write_text(json.dumps(ledger, indent=0, sort_keys=True) + "\n", "utf-8")
    return rendered


def _file_fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path.exists() else ""


def main() -> int:
    """Render every pack; returns the exit status."""
    for language in languages():
        folder = pack_folder(language)
        texts, mistakes = read_prompt_texts(folder / "prompts.toml", language)
        if texts is None:
            print("\n".join(mistakes), file=sys.stderr)
            return 1
        rendered = render_pack(texts, folder / "prompts")
        print(f"{language}: {len(rendered)} of {len(texts.recordings)} recordings rendered")
    return 0


if __name__ == "__main__":
    sys.exit(main())

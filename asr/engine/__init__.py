"""Speech to text: models, recognisers, whole recordings."""

from asr.engine.capabilities import Capabilities, LiveEngine
from asr.engine.model_download import install_model
from asr.engine.models import EMBEDDED_NAME, RECOMMENDED, ModelInfo, embedded_model, find_model
from asr.engine.recogniser import Recogniser, SpeechModel, Word, load_model
from asr.engine.thread_priority import WRITING_DOWN, stand_back
from asr.engine.transcriber import Transcript, transcribe

__all__ = [
    "EMBEDDED_NAME",
    "RECOMMENDED",
    "WRITING_DOWN",
    "Capabilities",
    "LiveEngine",
    "ModelInfo",
    "Recogniser",
    "SpeechModel",
    "Transcript",
    "Word",
    "embedded_model",
    "find_model",
    "install_model",
    "load_model",
    "stand_back",
    "transcribe",
]

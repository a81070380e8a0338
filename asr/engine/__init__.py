"""Speech to text: models, recognisers, whole recordings."""

from asr.engine.live_engine import Capabilities, LiveEngine, LiveModel, LiveRecogniser
from asr.engine.loading import load_model
from asr.engine.model_download import install_model
from asr.engine.models import EMBEDDED_NAME, RECOMMENDED, ModelInfo, embedded_model, find_model
from asr.engine.recogniser import Recogniser, SpeechModel
from asr.engine.recording_engine import RecordingEngine, measure_recording_engine
from asr.engine.second_hearing import second_is_better
from asr.engine.thread_priority import WRITING_DOWN, stand_back
from asr.engine.transcriber import Transcript, transcribe
from asr.engine.whisper import Whisper, check_whisper_folder, has_whisper
from asr.engine.whisper_install import WHISPER, WHISPER_LICENCE, install_whisper
from asr.engine.whisper_process import WhisperProcess
from asr.engine.word import Word

__all__ = [
    "EMBEDDED_NAME",
    "RECOMMENDED",
    "WHISPER",
    "WHISPER_LICENCE",
    "WRITING_DOWN",
    "Capabilities",
    "LiveEngine",
    "LiveModel",
    "LiveRecogniser",
    "ModelInfo",
    "Recogniser",
    "RecordingEngine",
    "SpeechModel",
    "Transcript",
    "Whisper",
    "WhisperProcess",
    "Word",
    "check_whisper_folder",
    "embedded_model",
    "find_model",
    "has_whisper",
    "install_model",
    "install_whisper",
    "load_model",
    "measure_recording_engine",
    "second_is_better",
    "stand_back",
    "transcribe",
]

"""Speech to text: models, recogniser, live listeners, transcripts, and what they mean."""

from asr.capabilities import Capabilities, LiveEngine
from asr.ear import Heard
from asr.errors import (
    DownloadFailed,
    EngineFailed,
    ModelBroken,
    ModelNotFound,
    SpeechError,
    TranscriptionCancelled,
)
from asr.evaluate import EvaluateError, Report, evaluate
from asr.lexicon import Category, Classification, Hit, Lexicon, LexiconError, load_lexicon
from asr.listener import Listener, Listeners
from asr.live_decoder import LiveLexicon
from asr.model_download import install_model
from asr.models import EMBEDDED_NAME, RECOMMENDED, ModelInfo, embedded_model, find_model
from asr.numbers import ends_in_number, find_number
from asr.places import Place, find_place
from asr.priority import WRITING_DOWN, stand_back
from asr.recogniser import Recogniser, SpeechModel, Word, load_model
from asr.text import written
from asr.transcriber import Transcript, transcribe
from asr.voice_meter import VoiceMeter

__all__ = [
    "EMBEDDED_NAME",
    "RECOMMENDED",
    "WRITING_DOWN",
    "Capabilities",
    "Category",
    "Classification",
    "DownloadFailed",
    "EngineFailed",
    "EvaluateError",
    "Heard",
    "Hit",
    "Lexicon",
    "LexiconError",
    "Listener",
    "Listeners",
    "LiveEngine",
    "LiveLexicon",
    "ModelBroken",
    "ModelInfo",
    "ModelNotFound",
    "Place",
    "Recogniser",
    "Report",
    "SpeechError",
    "SpeechModel",
    "Transcript",
    "TranscriptionCancelled",
    "VoiceMeter",
    "Word",
    "embedded_model",
    "ends_in_number",
    "evaluate",
    "find_model",
    "find_number",
    "find_place",
    "install_model",
    "load_lexicon",
    "load_model",
    "stand_back",
    "transcribe",
    "written",
]

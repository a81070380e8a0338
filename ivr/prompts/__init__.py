"""What is said: recordings, their texts, and the voice for what is not recorded."""

from ivr.prompts.importing import (
    ImportFailed,
    export_prompt,
    import_prompt,
    list_prompts,
    restore_prompt,
)
from ivr.prompts.recordings import PromptMissing, Prompts
from ivr.prompts.voice import Voice, VoiceError

__all__ = [
    "ImportFailed",
    "PromptMissing",
    "Prompts",
    "Voice",
    "VoiceError",
    "export_prompt",
    "import_prompt",
    "list_prompts",
    "restore_prompt",
]

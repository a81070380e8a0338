from __future__ import annotations

import pytest

from asr import SpeechModel, embedded_model, load_model


@pytest.fixture(scope="session")
def chinese() -> SpeechModel:
    """The real engine with the small test model."""
    return load_model(embedded_model())

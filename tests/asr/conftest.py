from __future__ import annotations

import pytest

from asr.engine import SpeechModel, embedded_model, load_model


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "korean: loads the Korean model (530 MB of memory)")


@pytest.fixture(scope="session")
def chinese() -> SpeechModel:
    """The real engine with the small test model."""
    model = load_model(embedded_model())
    assert isinstance(model, SpeechModel)
    return model

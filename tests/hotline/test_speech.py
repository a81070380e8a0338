"""What health says of the languages that are promised."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from call_logs.storage import Check, Checks, Severity
from hotline.config.config import Config
from hotline.config.sections import AsrSection, HotlineSection
from hotline.speech import SpeechModels


async def check_of(config: Config) -> Check:
    checks = Checks()
    speech = SpeechModels(config, checks)

    async def nobody() -> None:
        return

    await speech.start(nobody)
    try:
        found = {check.name: check for check in await checks.look()}
    finally:
        await speech.close()
    return found["speech models"]


@pytest.mark.parametrize(("languages", "ok"), [(("zh-CN",), True), (("zh-CN", "en"), False)])
async def test_a_promised_language_without_a_model_is_degraded(
    tmp_path: Path, languages: tuple[str, ...], ok: bool
) -> None:
    config = Config(
        hotline=HotlineSection(home=tmp_path, languages=languages),
        asr=replace(AsrSection(), model=(("zh-CN", "embedded"),)),
    )
    check = await check_of(config)
    assert check.ok is ok
    if not ok:
        assert check.severity is Severity.DEGRADED
        assert "none for en" in check.detail
        assert "hotline models install" in check.detail

"""Where a language's model is looked for."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from asr.engine import EMBEDDED_NAME, embedded_model, find_model, load_model
from asr.errors import ModelBroken, ModelNotFound


def fake_model(folder: Path) -> Path:
    """A folder with the files a model must have, empty."""
    for name in ("am/final.mdl", "graph/HCLr.fst", "graph/Gr.fst"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def test_without_any_model_there_is_none(tmp_path: Path) -> None:
    assert find_model("zh-CN", configured=None, home=tmp_path) is None
    assert find_model("en", configured="", home=tmp_path) is None


def test_the_embedded_model_is_never_found_by_itself(tmp_path: Path) -> None:
    shutil.copytree(embedded_model().path, tmp_path / "models" / EMBEDDED_NAME)
    assert find_model("zh-CN", configured=None, home=tmp_path) is None


FIRST_NAME = "vosk-model-tiny-zh-espeak"  # in configurations of older programs


@pytest.mark.parametrize("name", ["embedded", EMBEDDED_NAME, FIRST_NAME])
def test_the_embedded_model_serves_when_it_is_named(tmp_path: Path, name: str) -> None:
    info = find_model("zh-CN", configured=name, home=tmp_path)
    assert info == embedded_model()
    assert info is not None
    assert info.synthetic_only


def test_the_embedded_model_stays_synthetic_when_named_by_its_path(tmp_path: Path) -> None:
    info = find_model("zh-CN", configured=str(embedded_model().path), home=tmp_path)
    assert info is not None
    assert info.synthetic_only


def test_a_copy_of_the_first_embedded_model_stays_synthetic(tmp_path: Path) -> None:
    folder = fake_model(tmp_path / FIRST_NAME)
    info = find_model("zh-CN", configured=str(folder), home=tmp_path)
    assert info is not None
    assert info.synthetic_only


def test_the_embedded_model_does_not_speak_english(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match="zh-CN"):
        find_model("en", configured="embedded", home=tmp_path)


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("zh-CN", "vosk-model-small-cn-0.22"),
        ("zh-CN", "vosk-model-cn-0.22"),
        ("en", "vosk-model-small-en-us-0.15"),
        ("en", "vosk-model-en-us-0.22-lgraph"),
        ("en", "vosk-model-en-in-0.5"),
    ],
)
def test_a_model_in_the_home_folder_is_found_by_its_name(
    tmp_path: Path, language: str, name: str
) -> None:
    path = fake_model(tmp_path / "models" / name)
    fake_model(tmp_path / "models" / "vosk-model-small-ru-0.22")
    info = find_model(language, configured=None, home=tmp_path)
    assert info is not None
    assert (info.path, info.name, info.source) == (path, name, "home")


def test_the_recommended_model_goes_before_others(tmp_path: Path) -> None:
    fake_model(tmp_path / "models" / "vosk-model-cn-0.22")
    fake_model(tmp_path / "models" / "vosk-model-small-cn-0.22")
    info = find_model("zh-CN", configured=None, home=tmp_path)
    assert info is not None
    assert info.name == "vosk-model-small-cn-0.22"


def test_a_half_copied_model_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "models" / "vosk-model-small-cn-0.22").mkdir(parents=True)
    fake_model(tmp_path / "models" / "vosk-model-cn-0.22")
    info = find_model("zh-CN", configured=None, home=tmp_path)
    assert info is not None
    assert info.name == "vosk-model-cn-0.22"


def test_a_configured_name_is_looked_for_in_the_home_folder(tmp_path: Path) -> None:
    path = fake_model(tmp_path / "models" / "ours")
    info = find_model("zh-CN", configured="ours", home=tmp_path)
    assert info is not None
    assert (info.path, info.source) == (path.resolve(), "config")


def test_an_older_flat_model_is_a_model(tmp_path: Path) -> None:
    for name in ("final.mdl", "HCLG.fst"):
        (tmp_path / name).touch()
    assert find_model("en", configured=str(tmp_path), home=tmp_path) is not None


def test_a_configured_model_that_is_missing_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match="hotline models install zh-CN"):
        find_model("zh-CN", configured="/nowhere/model", home=tmp_path)


def test_a_configured_folder_that_is_no_model_says_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(ModelBroken, match=r"am/final\.mdl"):
        find_model("zh-CN", configured=str(tmp_path), home=tmp_path)


def test_a_damaged_model_is_an_error_and_not_a_crash(tmp_path: Path) -> None:
    path = tmp_path / "model"
    shutil.copytree(embedded_model().path, path)
    (path / "am" / "final.mdl").write_bytes(b"not a model")
    info = find_model("zh-CN", configured=str(path), home=tmp_path)
    assert info is not None
    with pytest.raises(ModelBroken, match="install the model again"):
        load_model(info)

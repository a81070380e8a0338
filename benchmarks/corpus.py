"""How well the lexicons hear what is urgent: labelled text, and Chinese audio made from it."""

from __future__ import annotations

import asyncio
import json
import wave
from pathlib import Path
from tempfile import TemporaryDirectory

from asr.engine import LiveModel, embedded_model, load_model
from asr.evaluation.score import Report, evaluate
from asr.lexicon import Lexicon, load_lexicon
from benchmarks.report import Row
from benchmarks.sound import RATE_HZ
from hotline.config.sections import UrgentSection
from ivr.packs import load_pack
from tests.asr.speech import say
from tests.callers import CLIPS, on_a_bad_line, pcm
from tests.wire.audio import write_wav

CORPUS = Path(__file__).parents[1] / "tests" / "corpus"
LANGUAGES = ("zh-CN", "en", "ko")
VOICES = ("f5", "m8", "klatt")  # none of them was heard in the model's training
HELD_OUT = "held-out.jsonl"  # sentences that no rule was written for
QUICK_SENTENCES = 40
#: Noise below the speech in dB, and share of packets lost, of the lines of human-like callers.
LINES: dict[str, tuple[float | None, float]] = {
    "clean": (None, 0.0),
    "noise at 15 dB": (15.0, 0.0),
    "5 percent lost": (None, 0.05),
}


async def measure(quick: bool) -> list[Row]:
    """On a thread: it only computes."""
    return await asyncio.to_thread(_measure, QUICK_SENTENCES if quick else 0)


def _measure(most: int) -> list[Row]:
    rows = []
    for language in LANGUAGES:
        lexicon = load_lexicon(load_pack(language).lexicon_path)
        for part in ("dev.jsonl", HELD_OUT):
            report = _score(CORPUS / language / part, lexicon)
            rows += _rows(f"{language} text, {part.removesuffix('.jsonl')}", report)
    lexicon = load_lexicon(load_pack("zh-CN").lexicon_path)
    with TemporaryDirectory(prefix="corpus-") as folder:
        spoken = _spoken(CORPUS / "zh-CN" / HELD_OUT, Path(folder), most)
        report = _score(spoken, lexicon, load_model(embedded_model()))
    rows += _rows("zh-CN audio, held-out", report)
    rows.append(Row("zh-CN audio: false alarms", report.false_alarms_per_hour, "an hour of speech"))
    if report.delay_s is not None:
        rows.append(Row("zh-CN audio: phrase's end to hit, p95", report.delay_s["p95"], "s"))
    with TemporaryDirectory(prefix="callers-") as folder:
        for line, bad in LINES.items():
            labelled = _callers(Path(folder), line, bad)
            report = _score(labelled, lexicon, load_model(embedded_model()))
            rows += _rows(f"zh-CN human-like callers, {line}", report)
    return rows


def _callers(folder: Path, line: str, bad: tuple[float | None, float]) -> Path:
    """The clips of human-like voices over a line of this noise and loss, as labelled audio."""
    snr_db, loss = bad
    lines = []
    for clip in CLIPS:
        name = f"{line}-{clip.name}.wav".replace(" ", "-")
        write_wav(folder / name, on_a_bad_line(pcm(clip.name), snr_db=snr_db, loss=loss))
        said = {"text": clip.says, "wav": name, "expected": clip.means, "voice": clip.voice}
        lines.append(json.dumps(said, ensure_ascii=False))
    path = folder / f"{line}.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _score(path: Path, lexicon: Lexicon, model: LiveModel | None = None) -> Report:
    """With the levels that a call is led by: a hit that only asks the caller counts as an alarm."""
    urgent = UrgentSection()
    return evaluate(
        [path], lexicon.language, lexicon, model, level=urgent.confirm, sure=urgent.sure
    )


def _rows(name: str, report: Report) -> list[Row]:
    note = f"{report.urgent} urgent of {report.sentences}"
    return [
        Row(f"{name}: recall", 100 * report.recall, "%", note=note),
        Row(f"{name}: precision", 100 * report.precision, "%", note=note),
        Row(f"{name}: recall at once", 100 * report.sure_recall, "%", note="without a question"),
        Row(f"{name}: precision at once", 100 * report.sure_precision, "%"),
    ]


def _spoken(labelled: Path, folder: Path, most: int) -> Path:
    """The sentences as calls over a G.711 line, the voices in turn."""
    lines = []
    sentences = [json.loads(line) for line in labelled.read_text(encoding="utf-8").splitlines()]
    if most:
        sentences = sentences[:: max(1, len(sentences) // most)]
    for number, sentence in enumerate(sentences):
        name = f"{number}.wav"
        pcm = say(sentence["text"], f"cmn-latn-pinyin+{VOICES[number % len(VOICES)]}")
        with wave.open(str(folder / name), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE_HZ)
            file.writeframes(pcm)
        lines.append(json.dumps({**sentence, "wav": name}, ensure_ascii=False))
    path = folder / labelled.name
    path.write_text("\n".join(lines), encoding="utf-8")
    return path

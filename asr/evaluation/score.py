"""How well a lexicon (and a speech model) hears what is urgent, on labelled text or audio.

One JSON line is one sentence: `{"text": "...", "expected": "fire"}`, or
`{"wav": "calls/17.wav", "expected": null}` with the path relative to the file it stands in.
`expected` is a category of the lexicon; null, or a category that is not urgent, means that
nobody must be woken. A line of audio may also have its `text` (shown in the report) and
`phrase_end_s`, the end of the urgent phrase in seconds; `voice` and `snr_db` tell whose recording
it is and how noisy (`asr.evaluation.tracing`).
"""

from __future__ import annotations

import json
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asr.audio.wav_file import AudioError, read_wav
from asr.engine.live_engine import LiveModel
from asr.errors import SpeechError
from asr.evaluation.audio import listen
from asr.evaluation.tracing import Conditions, Stage, conditions, stage_of
from asr.lexicon.lexicon import Hit, Lexicon

__all__ = ["EvaluateError", "Report", "evaluate"]

ModelSource = LiveModel | Callable[[], LiveModel | None] | None
"""A model, what loads one when a line has audio, or none."""

# Usual speaking rates (units a second), to guess the length of sentences given as text.
_CHARACTERS_A_SECOND = {"zh-CN": 4.5, "ko": 6.0, "en": 14.0}


class EvaluateError(SpeechError):
    """Labelled data cannot be used; `mistakes` lists all of them as `file:line: fact`."""

    def __init__(self, mistakes: tuple[str, ...]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True)
class Confusion:
    """An urgent sentence that was heard as another kind of urgent."""

    sentence: str
    expected: str
    heard: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """The scores of recordings that have a condition in common."""

    name: str
    sentences: int
    urgent: int
    recall: float
    precision: float
    stages: dict[str, int]  # how many of its errors came of which stage

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        scores = {"recall": round(self.recall, 4), "precision": round(self.precision, 4)}
        return {**vars(self), **scores}


@dataclass(frozen=True)
class Report:
    """Scores of one evaluation.

    An urgent sentence counts as heard when any urgent category is: a person is reached either
    way. Whether it was the expected one is told by `category_accuracy` and `confused`. With no
    urgent sentence `recall` is 1.0; with no alarm `precision` is 1.0.

    A hit that only asks the caller counts like one that acts at once; `sure_recall` and
    `sure_precision` count those alone that act at once.
    """

    language: str
    sentences: int
    urgent: int
    recall: float
    precision: float
    sure_recall: float
    sure_precision: float
    category_accuracy: float  # of the urgent sentences heard, how many as what they are
    missed: tuple[str, ...]
    false_alarms: tuple[str, ...]
    confused: tuple[Confusion, ...]
    recall_by_category: dict[str, float]
    model: str | None  # that listened to the audio
    speech_hours: float
    speech_is_estimated: bool  # text has no length; its speaking time is a guess
    delays_s: tuple[float, ...]  # audio only: from the phrase's end to the hit, in stream time
    groups: tuple[Group, ...] = ()  # audio only: all of it, then by voice, then by SNR

    @property
    def false_alarms_per_hour(self) -> float:
        """False alarms per hour of speech."""
        return len(self.false_alarms) / self.speech_hours if self.speech_hours else 0.0

    @property
    def delay_s(self) -> dict[str, float] | None:
        """Median, 95th percentile and largest delay; None without audio."""
        if not self.delays_s:
            return None
        ordered = sorted(self.delays_s)
        return {
            "p50": round(statistics.median(ordered), 3),
            "p95": round(ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], 3),
            "max": round(ordered[-1], 3),
        }

    def to_dict(self) -> dict[str, Any]:
        """The report as `hotline evaluate --json` prints it."""
        return {
            "language": self.language,
            "sentences": self.sentences,
            "urgent": self.urgent,
            "recall": round(self.recall, 4),
            "precision": round(self.precision, 4),
            "sure_recall": round(self.sure_recall, 4),
            "sure_precision": round(self.sure_precision, 4),
            "category_accuracy": round(self.category_accuracy, 4),
            "recall_by_category": {
                category: round(recall, 4) for category, recall in self.recall_by_category.items()
            },
            "missed": list(self.missed),
            "false_alarms": list(self.false_alarms),
            "confused": [
                {"sentence": one.sentence, "expected": one.expected, "heard": list(one.heard)}
                for one in self.confused
            ],
            "false_alarms_per_hour": round(self.false_alarms_per_hour, 2),
            "model": self.model,
            "speech_hours": round(self.speech_hours, 4),
            "speech_is_estimated": self.speech_is_estimated,
            "delay_s": self.delay_s,
            "groups": [group.to_dict() for group in self.groups],
        }


@dataclass(frozen=True)
class _Example:
    """One labelled line; `place` is `file:line`."""

    place: str
    text: str
    wav: Path | None
    expected: str | None
    phrase_end_s: float | None
    conditions: Conditions


@dataclass(frozen=True)
class _Outcome:
    """What was heard in one example."""

    sentence: str
    expected: str | None  # None when not urgent
    heard: tuple[str, ...]  # urgent categories
    speech_s: float
    level: float = 0.0  # of the surest
    delay_s: float | None = None
    conditions: Conditions | None = None  # of audio
    stage: Stage | None = None  # of an error in audio

    @property
    def is_wrong(self) -> bool:
        return bool(self.heard) != bool(self.expected)


def evaluate(
    paths: Sequence[Path],
    language: str,
    lexicon: Lexicon,
    model: ModelSource = None,
    *,
    level: float = 0.0,
    sure: float = 0.8,
) -> Report:
    """Score labelled sentences in JSON Lines files, or in all `*.jsonl` of folders. Blocking.

    Hits below `level` do not count (`[urgent]` asks a caller from a level on, and acts at once
    from `sure` on). Audio is streamed through the parts that listen to live calls, as fast as
    the machine can; a `model` that is a function is called when there is some.

    Raises:
        EvaluateError: with every bad line, missing file, and audio without a model, at once.
        SpeechError: the model cannot be loaded.
    """
    mistakes: list[str] = []
    if lexicon.language != language:
        mistakes.append(f"the lexicon is for {lexicon.language}, not for {language}")
    examples = [
        example for path in _files(paths, mistakes) for example in _read(path, lexicon, mistakes)
    ]
    if callable(model):
        model = model() if any(example.wav for example in examples) else None
    if model is None:
        mistakes.extend(
            f"{example.place}: audio needs a speech model; install one or give the text"
            for example in examples
            if example.wav and not example.text
        )
    if not examples and not mistakes:
        mistakes.append(f"no labelled sentence in {', '.join(map(str, paths))}")
    if mistakes:
        raise EvaluateError(tuple(mistakes))
    outcomes = []
    for example in examples:
        try:
            outcomes.append(_try(example, lexicon, model, level))
        except AudioError as error:
            mistakes.append(f"{example.place}: {error}")
    if mistakes:
        raise EvaluateError(tuple(mistakes))
    estimated = any(example.wav is None or model is None for example in examples)
    listened = model is not None and any(example.wav for example in examples)
    name = model.info.name if model is not None and listened else None
    return _report(language, outcomes, sure, name, estimated)


def _files(paths: Iterable[Path], mistakes: list[str]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            found = sorted(path.rglob("*.jsonl"))
            if not found:
                mistakes.append(f"{path}: no *.jsonl file in this folder")
            yield from found
        elif path.is_file():
            yield path
        else:
            mistakes.append(f"{path}: there is no such file or folder")


def _read(path: Path, lexicon: Lexicon, mistakes: list[str]) -> Iterator[_Example]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        mistakes.append(f"{path}: cannot be read: {error}")
        return
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        place = f"{path}:{number}"
        try:
            yield _example(place, path.parent, json.loads(line), lexicon)
        except ValueError as error:  # json.JSONDecodeError is one
            mistakes.append(f"{place}: {error}")


def _example(place: str, folder: Path, data: Any, lexicon: Lexicon) -> _Example:
    if not isinstance(data, dict):
        raise ValueError('a line is one object, {"text": ..., "expected": ...}')
    if "expected" not in data:
        raise ValueError("`expected` is missing; write null when the sentence is not urgent")
    text, wav, expected = data.get("text"), data.get("wav"), data["expected"]
    for key, said in (("text", text), ("wav", wav)):
        if said is not None and (not isinstance(said, str) or not said.strip()):
            raise ValueError(f"`{key}` is a string that is not empty")
    if text is None and wav is None:
        raise ValueError("a line needs `text` or `wav`")
    if expected is not None and expected not in lexicon.categories:
        known = ", ".join(lexicon.categories)
        raise ValueError(f"no category is named {expected!r}; known are null, {known}")
    end_s = data.get("phrase_end_s")
    if end_s is not None and (not isinstance(end_s, int | float) or end_s < 0):
        raise ValueError("`phrase_end_s` is a time in seconds")
    path = folder / wav if wav else None
    if path is not None and not path.is_file():
        raise ValueError(f"there is no file {path}")
    made = conditions(data, path.stem if path else "")
    return _Example(place, text or "", path, expected, end_s, made)


def _try(example: _Example, lexicon: Lexicon, model: LiveModel | None, level: float) -> _Outcome:
    expected = example.expected if example.expected in lexicon.urgent else None
    if example.wav is None or model is None:
        hits = _alarms(lexicon.hits(example.text), lexicon, level)
        speech_s = len(example.text) / _CHARACTERS_A_SECOND.get(lexicon.language, 10.0)
        return _Outcome(example.text, expected, _categories(hits), speech_s, _surest(hits))
    pcm, rate_hz = read_wav(example.wav)
    listening = listen(pcm, rate_hz, model, lexicon)
    alarms = [(hit, came_s) for hit, came_s in listening.hits if _alarms((hit,), lexicon, level)]
    delay_s = None
    if expected and alarms:
        hit, came_s = alarms[0]
        end_s = example.phrase_end_s
        delay_s = came_s - (listening.phrase_end_s(hit) if end_s is None else end_s)
    heard = _categories(hit for hit, _ in alarms)
    stage = None
    if bool(heard) != bool(expected):
        stage = stage_of(
            example.text,
            listening.text,
            urgent=bool(expected),
            alarm=lambda text: next(
                (hit.phrase for hit in _alarms(lexicon.hits(text), lexicon, level)), ""
            ),
            knows=model.knows,
        )
    return _Outcome(
        example.text or f"{example.wav.name}: {listening.text}",
        expected,
        heard,
        listening.duration_s,
        _surest(hit for hit, _ in alarms),
        delay_s,
        example.conditions,
        stage,
    )


def _alarms(hits: Iterable[Hit], lexicon: Lexicon, level: float) -> list[Hit]:
    return [hit for hit in hits if hit.category in lexicon.urgent and hit.level >= level]


def _categories(hits: Iterable[Hit]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(hit.category for hit in hits))


def _surest(hits: Iterable[Hit]) -> float:
    return max((hit.level for hit in hits), default=0.0)


def _scores(urgent: int, heard: int, false: int) -> tuple[float, float]:
    """Recall and precision."""
    return heard / urgent if urgent else 1.0, heard / (heard + false) if heard + false else 1.0


def _report(
    language: str,
    outcomes: Sequence[_Outcome],
    sure: float,
    model: str | None,
    estimated: bool,
) -> Report:
    urgent = [outcome for outcome in outcomes if outcome.expected]
    heard = [outcome for outcome in urgent if outcome.heard]
    right = [outcome for outcome in heard if outcome.expected in outcome.heard]
    false = [outcome for outcome in outcomes if outcome.heard and not outcome.expected]
    recall, precision = _scores(len(urgent), len(heard), len(false))
    sure_recall, sure_precision = _scores(
        len(urgent),
        sum(outcome.level >= sure for outcome in heard),
        sum(outcome.level >= sure for outcome in false),
    )
    asked = Counter(outcome.expected for outcome in urgent)
    answered = Counter(outcome.expected for outcome in heard)
    return Report(
        language=language,
        sentences=len(outcomes),
        urgent=len(urgent),
        recall=recall,
        precision=precision,
        sure_recall=sure_recall,
        sure_precision=sure_precision,
        category_accuracy=len(right) / len(heard) if heard else 1.0,
        missed=tuple(outcome.sentence for outcome in urgent if not outcome.heard),
        false_alarms=tuple(outcome.sentence for outcome in false),
        confused=tuple(
            Confusion(outcome.sentence, outcome.expected or "", outcome.heard)
            for outcome in heard
            if outcome.expected not in outcome.heard
        ),
        recall_by_category={
            category: answered[category] / count for category, count in asked.items() if category
        },
        model=model,
        speech_hours=sum(outcome.speech_s for outcome in outcomes) / 3600,
        speech_is_estimated=estimated,
        delays_s=tuple(outcome.delay_s for outcome in outcomes if outcome.delay_s is not None),
        groups=tuple(_groups(outcomes)),
    )


def _groups(outcomes: Sequence[_Outcome]) -> Iterator[Group]:
    audio = [(outcome, outcome.conditions) for outcome in outcomes if outcome.conditions]
    if not audio:
        return
    yield _group("all", [outcome for outcome, _ in audio])
    for voice in sorted({each.voice for _, each in audio} - {""}):
        yield _group(f"voice {voice}", [o for o, each in audio if each.voice == voice])
    for snr_db in sorted({each.snr_db for _, each in audio if each.snr_db is not None}):
        yield _group(f"{snr_db:g} dB", [o for o, each in audio if each.snr_db == snr_db])


def _group(name: str, outcomes: Sequence[_Outcome]) -> Group:
    urgent = [outcome for outcome in outcomes if outcome.expected]
    heard = sum(bool(outcome.heard) for outcome in urgent)
    false = sum(outcome.is_wrong for outcome in outcomes if not outcome.expected)
    recall, precision = _scores(len(urgent), heard, false)
    stages = Counter(str(outcome.stage) for outcome in outcomes if outcome.stage)
    return Group(name, len(outcomes), len(urgent), recall, precision, dict(stages))

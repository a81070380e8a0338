"""Do people understand the prompts? An independent ear hears them over a telephone line.

Whisper base, which has nothing to do with the voice or with our own recogniser, hears every
prompt (its slots filled with something usual) and a hundred ticket numbers, places, telephone
numbers and times, as the program joins them, after 8 kHz G.711. How errors are counted:
`tools.voices.clarity`. It needs `make voices`; what was heard once is not heard again.
"""

from __future__ import annotations

import hashlib
import json
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.report import Row
from ivr.media.pcm import wav_bytes
from ivr.packs.pack import Pack, load_pack
from ivr.packs.phrasebook import Digits, Moment, Number, Phrasebook, Prompt, Utterance
from ivr.prompts.voice import Voice
from tools.voices.clarity import Heard, compare
from tools.voices.client import PYTHON, Studio
from tools.voices.line import LINE_HZ, over_the_line

LANGUAGES = ("zh-CN", "en")
BARS = {"zh-CN": (0.05, "syllables"), "en": (0.03, "words")}
WORST = 0.25  # of a sentence that counts as not understood
SPOKEN = 100
SEED = 20261129
MEMORY = PYTHON.parents[1] / "heard.json"
MISHEARD = Path(__file__).with_name("results") / "misheard.txt"
HEARD = Path(__file__).with_name("heard")  # every prompt of a language with its error, kept

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


async def measure(quick: bool) -> list[Row]:
    """`quick`: every eighth prompt and sentence."""
    rows: list[Row] = []
    MISHEARD.parent.mkdir(exist_ok=True)
    MISHEARD.unlink(missing_ok=True)
    with Studio() as studio, TemporaryDirectory() as folder:
        ear = _Ear(studio, Path(folder))
        for language in LANGUAGES:
            book = Phrasebook(_pack(language), Voice(), now=lambda: NOW)
            prompts = [(name, filled(name, language)) for name in spoken_names(language)]
            spoken = [(f"{kind}-{count}", said) for count, (kind, said) in enumerate(_spoken())]
            step = 8 if quick else 1
            for what, sentences in (("prompts", prompts), ("spoken", spoken)):
                heard = {
                    name: await ear.hear(book, name, utterance, language)
                    for name, utterance in sentences[::step]
                }
                rows += _rows(what, language, [one for one in heard.values() if one.said])
                if not quick:
                    _keep(f"{language}-{what}", heard)
    return rows


def _rows(what: str, language: str, heard: Sequence[Heard]) -> Iterator[Row]:
    bar, unit = BARS[language]
    what = f"{language}, {what}, {unit} wrong"
    yield Row(
        what,
        sum(one.wrong for one in heard) / sum(one.said for one in heard),
        "",
        bar,
        note=f"{len(heard)} sentences, {sum(one.said for one in heard)} {unit}",
    )
    yield Row(f"{what}, the worst", max(one.rate for one in heard), "", WORST)
    yield Row(f"{what}, above {WORST}", sum(one.rate > WORST for one in heard), "sentences", 0)


def _keep(name: str, heard: Mapping[str, Heard]) -> None:
    """The list that a test reads: what was never heard stands in none."""
    HEARD.mkdir(exist_ok=True)
    lines = (f"{name}\t{one.wrong}\t{one.said}\n" for name, one in heard.items() if one.said)
    (HEARD / f"{name}.tsv").write_text("name\twrong\tof\n" + "".join(lines), encoding="utf-8")


class _Ear:
    """Remembers what it heard, by the sound: a run may be stopped and started again."""

    def __init__(self, studio: Studio, folder: Path) -> None:
        self._studio = studio
        self._file = folder / "line.wav"
        self._known: dict[str, str] = json.loads(MEMORY.read_text()) if MEMORY.exists() else {}

    async def hear(self, book: Phrasebook, name: str, utterance: Utterance, language: str) -> Heard:
        said = book.words([utterance])
        sound = wav_bytes(over_the_line(b"".join(await book.render([utterance], LINE_HZ))), LINE_HZ)
        key = hashlib.sha256(language.encode() + sound).hexdigest()[:24]
        if key not in self._known:
            self._file.write_bytes(sound)
            self._known[key] = self._studio.hear(self._file, language)
            MEMORY.write_text(json.dumps(self._known, ensure_ascii=False, indent=0))
        heard = compare(said, self._known[key], language)
        if heard.wrong:
            with MISHEARD.open("a", encoding="utf-8") as misheard:
                line = f"{language} {name} {heard.wrong}/{heard.said}: {said} | {self._known[key]}"
                print(line, file=misheard)
                print(line, file=sys.stderr, flush=True)
        return heard


@cache
def _pack(language: str) -> Pack:
    return load_pack(language, strict=False)


def spoken_names(language: str) -> list[str]:
    """Prompts in the pack's own language: the others are offers of another one."""
    texts = _pack(language).prompts.texts
    return [
        name
        for name, prompt in texts.prompts.items()
        if all(one.language == language for one in prompt.recordings)
    ]


def filled(name: str, language: str) -> Prompt:
    """A prompt with something usual in each of its open slots."""
    usual: dict[str, Utterance] = {
        "number": Digits("261129"),
        "digits": Digits("13805712468", phone=True),
        "count": Number(11),
        "minutes": Number(15),
        "people": Number(3),
        "when": Moment(NOW - timedelta(hours=3), UTC),
        "who": Prompt("role_engineer"),
        "category": Prompt("category_fire"),
        "what": Prompt("category_water_cut"),
        "place": Prompt("place_building", number=Number(6)),
    }
    if name.startswith("place_"):
        usual["number"] = Number(12)
    slots = _pack(language).prompts.texts.open_slots(name)
    return Prompt(name, **{slot: usual[slot] for slot in slots})


def _spoken() -> Iterator[tuple[str, Utterance]]:
    """A hundred sentences with numbers, places and times, the same ones every time."""
    rng = random.Random(SEED)
    for count in range(SPOKEN):
        if count % 4 == 0:
            number = Digits("".join(rng.choices("0123456789", k=6)))
            yield "ticket", Prompt("ticket_number", number=number)
        elif count % 4 == 1:
            kind, most = rng.choice(
                [("building", 30), ("unit", 6), ("floor", 33), ("lift", 8), ("room", 99)]
            )
            place = Prompt(f"place_{kind}", number=Number(rng.randint(1, most)))
            yield "place", Prompt("engineer_urgent", category=Prompt("category_fire"), place=place)
        elif count % 4 == 2:
            number = Digits("1" + "".join(rng.choices("0123456789", k=10)), phone=True)
            yield "telephone", Prompt("owner_number", number=number)
        else:
            at = NOW + timedelta(minutes=rng.randint(-200000, 60000))
            yield "time", Prompt("status_deadline", when=Moment(at, UTC))

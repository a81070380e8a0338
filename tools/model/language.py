"""A new language model for a Vosk model whose sounds and words stay as they are.

    .setup/voices/bin/python -m tools.model.language MODEL OUT

OUT becomes a copy of MODEL with another `graph/Gr.fst`, made of the corpus's development
sentences and of templates of places, numbers and names. Nothing held out is read. It needs
Debian's libfst-tools. With `--check` a tenth of the sentences is left out and tells the perplexity.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import random
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tools.model.kneser_ney import END, ORDER, START, History, LanguageModel, estimate

CORPUS = Path(__file__).parents[2] / "tests" / "corpus" / "zh-CN" / "dev.jsonl"
TEMPLATES = 1500
SEED = 20261129
# Most words of a calling tenant are rare in the newspapers that jieba counted: it is hardly asked.
NEWSPAPER = 0.1

_HANZI = re.compile("[\u4e00-\u9fff]+")
_DIGITS = "零一二三四五六七八九"
_FRAMES = (
    "我在{place}",
    "我住在{place}",
    "我是{place}的业主",
    "地址是{place}",
    "就在{place}",
    "我的电话是{telephone}",
    "电话{telephone}",
    "请打我手机{telephone}",
    "{telephone}",
    "{place}",
    "我姓{name}",
    "我姓{name}住在{place}电话是{telephone}",
    "工单号是{ticket}",
    "{number}个人",
    "下午{number}点",
    "今年{age}岁",
)
_NAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾"


def templates(rng: random.Random, count: int) -> Iterator[str]:
    """Places, telephone numbers and names as callers say them."""
    for _ in range(count):
        building, unit, floor = rng.randint(1, 30), rng.randint(1, 4), rng.randint(1, 33)
        room = f"{_digit_by_digit(str(floor))}零{rng.choice(_DIGITS[1:])}"
        place = rng.choice(
            (
                f"{spoken(building)}{rng.choice('号栋幢')}{'楼' * rng.randint(0, 1)}",
                f"{spoken(building)}号楼{spoken(unit)}单元",
                f"{spoken(building)}号楼{spoken(unit)}单元{room}",
                f"{spoken(building)}栋{room}",
                f"{spoken(floor)}楼",
                f"负{spoken(rng.randint(1, 3))}楼",
                f"{spoken(building)}号楼{spoken(floor)}层",
            )
        )
        telephone = rng.choice("35789") + "".join(str(rng.randint(0, 9)) for _ in range(9))
        yield rng.choice(_FRAMES).format(
            place=place,
            telephone="幺" + _digit_by_digit(telephone, one=rng.choice("一幺")),
            name=rng.choice(_NAMES),
            ticket=_digit_by_digit(str(rng.randint(1, 9999)), one=rng.choice("一幺")),
            number=spoken(rng.randint(1, 12)),
            age=spoken(rng.randint(2, 95)),
        )


def spoken(number: int) -> str:
    """1 to 99 as a Chinese numeral: 十五, 三十二."""
    tens, ones = divmod(number, 10)
    return ("" if tens < 2 else _DIGITS[tens]) + "十" * (tens > 0) + (_DIGITS[ones] if ones else "")


def _digit_by_digit(digits: str, one: str = "一") -> str:
    return "".join(one if digit == "1" else _DIGITS[int(digit)] for digit in digits)


def cutter(vocabulary: frozenset[str]) -> Callable[[str], list[str]]:
    """Cuts text into words of the vocabulary; what it lacks becomes single characters."""
    import jieba

    jieba.setLogLevel(60)

    def cut(text: str) -> list[str]:
        words: list[str] = jieba.lcut("".join(_HANZI.findall(text)))
        known = ([word] if word in vocabulary else list(word) for word in words)
        return [word for each in known for word in each if word in vocabulary]

    return cut


def word_ids(model: Path) -> dict[str, int]:
    """The numbers of the model's Chinese words."""
    lines = (line.split() for line in (model / "graph/words.txt").read_text("utf-8").splitlines())
    return {word: int(number) for word, number in lines if _HANZI.fullmatch(word)}


def general_shares(vocabulary: frozenset[str]) -> dict[str, float]:
    """How common each word is where nothing else is known: nearly flat."""
    import jieba

    lines = (Path(jieba.__file__).parent / "dict.txt").read_text("utf-8").splitlines()
    printed = {word: int(count) for word, count, *_ in map(str.split, lines)}
    total = sum(printed.get(word, 1) for word in vocabulary)
    return {
        word: NEWSPAPER * printed.get(word, 1) / total + (1 - NEWSPAPER) / len(vocabulary)
        for word in vocabulary
    }


def fst_text(model: LanguageModel, ids: dict[str, int]) -> str:
    """The model as OpenFst's text; the state of a sentence's start comes first, back-off is 0."""
    order = sorted(model.follows, key=lambda history: (history != (START,), len(history), history))
    states = {history: number for number, history in enumerate(order)}

    def state(history: History) -> int:
        return next(states[history[i:]] for i in itertools.count() if history[i:] in states)

    lines = []
    for history in order:
        here = states[history]
        for word, probability in model.follows[history].items():
            cost = f"{-math.log(probability):.5f}"
            if word == END:
                lines.append(f"{here} {cost}")
            else:
                target = state((*history, word)[-(ORDER - 1) :])
                lines.append(f"{here} {target} {ids[word]} {ids[word]} {cost}")
        if history:
            lines.append(f"{here} {state(history[1:])} 0 0 {-math.log(model.backoff[history]):.5f}")
    return "\n".join(lines) + "\n"


def build(source: Path, target: Path, sentences: Sequence[str]) -> None:
    """Copy `source` to `target` with a language model of `sentences` and the templates.

    Raises:
        FileExistsError: there is something at `target`.
        subprocess.CalledProcessError: OpenFst's tools failed.
    """
    ids = word_ids(source)
    model = _estimated(sentences, frozenset(ids))
    shutil.copytree(source, target)
    subprocess.run(
        "set -o pipefail; fstcompile | fstarcsort --sort_type=ilabel"
        f" | fstconvert --fst_type=const - '{target}/graph/Gr.fst'",
        shell=True,
        executable="/bin/bash",
        input=fst_text(model, ids).encode(),
        check=True,
    )


def check(source: Path, sentences: Sequence[str]) -> float:
    """The perplexity of every tenth sentence for a model of the others."""
    vocabulary = frozenset(word_ids(source))
    cut = cutter(vocabulary)
    model = _estimated([one for i, one in enumerate(sentences) if i % 10], vocabulary)
    return model.perplexity(words for text in sentences[::10] if (words := cut(text)))


def _estimated(sentences: Sequence[str], vocabulary: frozenset[str]) -> LanguageModel:
    cut = cutter(vocabulary)
    texts = [*sentences, *templates(random.Random(SEED), TEMPLATES)]
    rows = (words for text in texts if (words := cut(text)))
    return estimate(rows, general_shares(vocabulary))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("out", type=Path, nargs="?")
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    sentences = [json.loads(line)["text"] for line in CORPUS.read_text("utf-8").splitlines()]
    if given.check:
        print(f"perplexity {check(given.model, sentences):.1f}")
    if given.out:
        build(given.model, given.out, sentences)


if __name__ == "__main__":
    main()

"""How soon a call is answered, and how soon a key is obeyed, at ten new calls a second."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.peers import answer_times_s, owners
from benchmarks.report import Row, percentiles
from benchmarks.service import measured, service
from benchmarks.sound import MENU_HZ, NEXT_HZ, tones
from benchmarks.telephones import Heard, Telephones

RATE = 10.0
CALL_S = 3.0
KEY = "2"
LINES = 60
GREETING_S = 20.0


async def measure(quick: bool) -> list[Row]:
    """Each caller waits a second, presses 2, listens to what comes, and hangs up."""
    calls = 50 if quick else 300
    async with (
        service(live=False, greeting_s=GREETING_S) as program,
        Telephones(LINES, key=KEY) as telephones,
        owners(telephones.ports, program.remote, seconds=CALL_S, calls=calls, rate=RATE) as sipp,
    ):
        with measured(program.pid) as span:
            ended = await sipp.finished()
        heard = await telephones.take()
    if not ended.ok:
        raise RuntimeError(f"not every call went well: {ended.errors[-300:]}")
    answers = [1000 * each for each in answer_times_s(ended.messages)]
    firsts, lasts = key_times_ms(heard)
    return [
        *percentiles("INVITE to 200", answers, "ms", (50, 95, 99), bars={99: 100}),
        *percentiles(
            "key to next prompt's first packet", firsts, "ms", (50, 95, 99), bars={99: 150}
        ),
        *percentiles("key to menu's last packet", lasts, "ms", (50, 95, 99), bars={99: 200}),
        Row("processor", span.core_percent, "% of a core", note="about 30 calls at once"),
    ]


def key_times_ms(heard: Sequence[Heard]) -> tuple[list[float], list[float]]:
    """From the key's first packet to the next prompt's first, and to the menu's last."""
    firsts, lasts = [], []
    for call in heard:
        if call.key_s is None:
            continue
        hertz = tones(call.frames)
        after = call.times_s > call.key_s
        following = np.flatnonzero(after & (hertz == NEXT_HZ))
        still = np.flatnonzero(after & (hertz == MENU_HZ))
        if len(following):
            firsts.append(1000 * float(call.times_s[following[0]] - call.key_s))
            lasts.append(1000 * float(call.times_s[still[-1]] - call.key_s) if len(still) else 0.0)
    return firsts, lasts

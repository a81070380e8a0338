"""`python -m benchmarks [--quick] [NAME ...]`: measure, print a table, write JSON."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from benchmarks.machine import load, machine
from benchmarks.report import Result, Row, markdown, save, show

RESULTS = Path(__file__).with_name("results")
BASELINE = Path(__file__).with_name("baseline.json")

#: In the order of a call's life. Each is a module with `async def measure(quick) -> rows`.
NAMES = (
    "answering",
    "media",
    "spotting",
    "transcription",
    "corpus",
    "browser",
    "tickets",
    "pages",
    "growth",
    "strangers",
)

#: Only when named: what `ear` needs is not part of `make setup-test`, and `year` takes hours.
ON_REQUEST = ("ear", "year")
KNOWN = (*NAMES, *ON_REQUEST)

COLLECT = "measure nothing: make baseline.json and a Markdown table of what results/ holds"

Measure = Callable[[bool], Awaitable[Sequence[Row]]]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(KNOWN)}")
    parser.add_argument("--quick", action="store_true", help="fewer calls: a look, not a record")
    parser.add_argument("--collect", action="store_true", help=COLLECT)
    chosen = parser.parse_args()
    if chosen.collect:
        collect()
        return 0
    if unknown := set(chosen.names) - set(KNOWN):
        parser.error(f"no benchmark is named {', '.join(sorted(unknown))}")
    results = []
    for name in chosen.names or NAMES:
        print(f"{name} ...", file=sys.stderr, flush=True)
        results.append(run(name, quick=chosen.quick))
        save(results[-1], machine(), RESULTS)
    show(results)
    return int(any(result.failed for result in results))


def collect() -> None:
    """Join the results of earlier runs into the file that the repository keeps."""
    documents = [
        json.loads(path.read_text(encoding="utf-8"))
        for path in (RESULTS / f"{name}.json" for name in KNOWN)
        if path.exists()
    ]
    text = json.dumps(documents, ensure_ascii=False, indent=1)
    BASELINE.write_text(text + "\n", encoding="utf-8")
    print(markdown([Result.from_dict(document) for document in documents]))


def run(name: str, *, quick: bool) -> Result:
    """One benchmark; what keeps it from measuring is told in its result."""
    measure: Measure = import_module(f"benchmarks.{name}").measure
    started, before, clock = datetime.now(UTC), load(), time.monotonic()
    rows: Sequence[Row] = ()
    failed = ""
    try:
        rows = asyncio.run(_run(measure, quick))
    except Exception as error:
        # One benchmark that cannot run must not cost the numbers of all the others.
        logging.getLogger(__name__).exception("a benchmark failed")
        failed = f"{type(error).__name__}: {error}".splitlines()[0]
    return Result(
        name=name,
        started=started.isoformat(timespec="seconds"),
        seconds=round(time.monotonic() - clock, 1),
        load_before=round(before, 2),
        load_after=round(load(), 2),
        rows=rows,
        failed=failed,
    )


async def _run(measure: Measure, quick: bool) -> Sequence[Row]:
    return await measure(quick)


if __name__ == "__main__":
    sys.exit(main())

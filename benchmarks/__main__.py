# SPDX-License-Identifier: Apache-2.0
"""python -m benchmarks: the panel beside Horizon's own pages, over one embedded cloud.

Prints tables, and with --write keeps them in doc/benchmarks.rst.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks import acts, growth, report, screen, weights
from benchmarks.acts import Compared
from benchmarks.stage import Stage, stage
from benchmarks.weights import Weight

say = partial(print, flush=True)


def compared(on: Stage, migrating: list[int]) -> Iterator[Compared]:
    yield from acts.pages(on)
    yield from acts.submits(on)
    yield from acts.polls(on, tuple(migrating))


def weighed(on: Stage, options: argparse.Namespace) -> Iterator[Weight]:
    yield from weights.sizes(on)
    yield from screen.latencies(on, times=10)
    yield from weights.labour(on, polls=300, memory_polls=options.polls)
    yield from growth.past(on, tuple(options.past))
    yield from growth.viewers(on, tuple(options.viewers))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--migrating", type=int, nargs="*", default=[1, 20, 200], help="polls: how many migrate")
    parser.add_argument("--past", type=int, nargs="*", default=[1, 1000, 50_000], help="migrations in the database")
    parser.add_argument("--viewers", type=int, nargs="*", default=[1, 20, 100], help="browsers on one board")
    parser.add_argument("--polls", type=int, default=10_000, help="over which memory is watched")
    parser.add_argument("--write", type=Path, help="the document to write")
    options = parser.parse_args()
    with stage(live_migrations=300, report=say) as on:
        first = [say_while(one, report.line(one)) for one in compared(on, options.migrating)]
        second = [say_while(one, report.line(one)) for one in weighed(on, options)]
    text = report.document(first, second)
    say(text)
    if options.write:
        options.write.write_text(text)
    return 0 if all(one.within for one in (*first, *second)) else 1


def say_while(one: object, line: str) -> object:
    say(f"  {line}")
    return one


if __name__ == "__main__":
    sys.exit(main())

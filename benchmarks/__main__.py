# SPDX-License-Identifier: Apache-2.0
"""python -m benchmarks: the panel beside Horizon's own pages, over the embedded cloud.

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
from benchmarks.crowd import make_room
from benchmarks.drains import drains
from benchmarks.stage import Stage, stage
from benchmarks.weights import Weight

say = partial(print, flush=True)
# As many as ever leave one host: none of them is to wait for its turn.
LIVE_MIGRATIONS = 300
NUMBERS = {
    "draining": ([20, 100], "instances on the host that is emptied"),
    "migrating": ([1, 20, 200], "instances that migrate during a poll"),
    "viewers": ([1, 20, 100], "browsers on one board"),
    "past": ([1, 1000, 50_000], "old migrations in Nova's database"),
    "hosts": ([10, 100, 500], "compute hosts"),
}


def emptied(on: Stage, options: argparse.Namespace) -> Iterator[Compared | Weight]:
    yield from drains(on, options.draining)


def compared(on: Stage, options: argparse.Namespace) -> Iterator[Compared]:
    yield from acts.pages(on)
    yield from acts.submits(on)
    yield from acts.polls(on, options.migrating)


def weighed(on: Stage, options: argparse.Namespace) -> Iterator[Weight]:
    yield from weights.sizes(on)
    yield from screen.latencies(on, times=10)
    yield from weights.labour(on, polls=100, memory_polls=options.polls)
    yield from growth.viewers(on, options.viewers)
    yield from growth.past(on, options.past)
    yield from growth.hosts(on, options.hosts)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, (numbers, meaning) in NUMBERS.items():
        parser.add_argument(f"--{name}", type=int, nargs="*", default=numbers, help=f"{meaning} (%(default)s)")
    parser.add_argument("--polls", type=int, default=10_000, help="over which memory is watched (%(default)s)")
    parser.add_argument("--write", type=Path, help="the document to write")
    return parser.parse_args()


def main() -> int:
    options = parsed()
    measured = []
    for one in everything(options):
        measured.append(one)
        # A long run that is cut off leaves what it has found.
        if options.write:
            options.write.write_text(report.document(measured))
    say(report.document(measured))
    return 0 if all(one.within for one in measured) else 1


def everything(options: argparse.Namespace) -> Iterator[Compared | Weight]:
    """Told as soon as it is known."""
    for cloud, parts in (
        # Its hosts have nothing but what is drained from them.
        ({"computes": 4, "data": "bare"}, [emptied]),
        ({}, [compared, weighed]),
    ):
        with stage(live_migrations=LIVE_MIGRATIONS, report=say, **cloud) as on:
            make_room(on)
            for part in parts:
                for one in part(on, options):
                    say(f"  {report.line(one)}")
                    yield one


if __name__ == "__main__":
    sys.exit(main())

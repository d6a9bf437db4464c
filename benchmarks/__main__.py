# SPDX-License-Identifier: Apache-2.0
"""python -m benchmarks: compare the panel with Horizon's own pages, over the embedded cloud.

Prints tables, and with --write stores them in doc/benchmarks.rst.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import requests
from keystoneauth1.exceptions import ClientException as KeystoneError
from novaclient.exceptions import ClientException as NovaError
from playwright.sync_api import Error as PlaywrightError

from benchmarks import acts, growth, report, screen, weights
from benchmarks.acts import Compared
from benchmarks.crowd import make_room
from benchmarks.drains import drains
from benchmarks.stage import Stage, stage
from benchmarks.weights import Weight

Part = Callable[[Stage], Iterator[Compared | Weight]]

say = partial(print, flush=True)
# As many as ever leave one host, so that no migration waits in the queue.
LIVE_MIGRATIONS = 300
NUMBERS = {
    "draining": ([20, 100], "instances on the host that is emptied"),
    "migrating": ([1, 20, 200], "instances that migrate during a poll"),
    "viewers": ([1, 20, 100], "browsers on one board"),
    "past": ([1, 1000, 50_000], "old migrations in Nova's database"),
    "hosts": ([10, 100, 500], "compute hosts"),
}


# Errors that a service, a page or the browser may cause in a part of the run. The part then ends; the other parts run.
TROUBLE = (AssertionError, requests.RequestException, NovaError, KeystoneError, PlaywrightError)


def parts(options: argparse.Namespace) -> Iterator[tuple[dict[str, Any], list[Part]]]:
    """Return the clouds of the run, and the parts that run on each cloud."""
    # These hosts have only the instances that are drained.
    yield {"computes": 4, "data": "bare"}, [partial(drains, numbers=[number]) for number in options.draining]
    yield (
        {},
        [
            acts.pages,
            acts.submits,
            partial(acts.polls, numbers=options.migrating),
            weights.sizes,
            partial(screen.latencies, times=10),
            partial(screen.pages, times=10),
            partial(weights.labour, polls=100, memory_polls=options.polls),
            partial(growth.viewers, numbers=options.viewers),
            partial(growth.past, numbers=options.past),
            partial(growth.hosts, numbers=options.hosts),
        ],
    )


def told(part: Part, on: Stage) -> Iterator[Compared | Weight]:
    """Yield the measurements of a part.  If the part fails, yield a weight that says so and is not met."""
    try:
        yield from part(on)
    except TROUBLE as error:
        traceback.print_exc()
        name = getattr(part, "func", part).__name__
        yield Weight(name, f"failed: {type(error).__name__}", "no error", False)


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
        # A long run that is interrupted keeps its results.
        if options.write:
            options.write.write_text(report.document(measured))
    say(report.document(measured))
    return 0 if all(one.within for one in measured) else 1


def everything(options: argparse.Namespace) -> Iterator[Compared | Weight]:
    """Yield each result as soon as it is known, and print it."""
    for cloud, some in parts(options):
        with stage(live_migrations=LIVE_MIGRATIONS, report=say, **cloud) as on:
            make_room(on)
            for part in some:
                for one in told(part, on):
                    say(f"  {report.line(one)}")
                    yield one


if __name__ == "__main__":
    sys.exit(main())

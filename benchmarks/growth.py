# SPDX-License-Identifier: Apache-2.0
"""How the cost grows with the number of past migrations, hosts and viewers."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from benchmarks.acts import BOARD, FRAME, Poller, unshared
from benchmarks.made import keep_up, make_hosts, make_migrations
from benchmarks.measure import Act, in_turn
from benchmarks.stage import Stage
from benchmarks.table import ms
from benchmarks.weights import Weight

# For each of two workers one call in the 1.5 s of sharing, and for each viewer one call in the minute of trust.
CALLS_PER_SECOND = 4.0
INTERVAL = 3.0


# Limit of a time that may not grow with the number of past migrations.
LARGER = 2


def past(stage: Stage, numbers: Sequence[int]) -> Iterator[Weight]:
    """Measure the board, its poll and a page of history with more and more past migrations, which are not deleted."""
    smallest: dict[str, float] = {}
    for start, end in pairwise((0, *numbers)):
        make_migrations(stage, range(start, end))
        visitor = stage.visitor()
        poller = Poller(visitor)
        acts = {
            "first page": Act(partial(visitor.get, BOARD)),
            "poll": Act(poller.poll, unshared),
            "history": Act(partial(visitor.get, f"{BOARD}history/")),
        }
        for act, runs in in_turn(stage, acts, times=7).items():
            first = smallest.setdefault(act, runs.median)
            if end == numbers[0]:
                # The first result, with which the others are compared.
                continue
            yield Weight(
                f"{act}, {end:,} old migrations",
                f"{runs.calls} calls, {ms(runs.median)}, with {numbers[0]:,} {ms(first)}",
                f"< {LARGER} times as long",
                runs.median < LARGER * first,
            )


def hosts(stage: Stage, numbers: Sequence[int]) -> Iterator[Weight]:
    """Measure the pages that show all hosts.  The time of the page of all hosts grows with its table."""
    real = len(stage.nova().services.list(binary="nova-compute"))
    visitor = stage.visitor()
    up = partial(keep_up, stage)
    form = f"{BOARD}{stage.wiki()}/live/"
    acts = {
        "form": (Act(partial(visitor.get, form), up), 5 + FRAME),
        "checks": (Act(partial(visitor.get, f"{form}check/", destination="compute-02"), up), 5),
        "hosts page": (Act(partial(visitor.get, f"{BOARD}hosts/"), up), 4 + FRAME),
    }
    for start, end in pairwise((0, *(number - real for number in numbers))):
        make_hosts(stage, range(start, end))
        for act, runs in in_turn(stage, {name: act for name, (act, _) in acts.items()}, times=7).items():
            limit = acts[act][1]
            yield Weight(
                f"{act}, {real + end} hosts",
                f"{runs.calls} calls, {ms(runs.median)}, of which the services {ms(runs.waited)}",
                f"{limit} calls, whatever the number",
                runs.calls <= limit,
            )


@dataclass
class Viewer:
    """A browser with an open board."""

    poller: Poller
    waited: float = 0.0
    polls: int = 0

    def watch(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (began := time.monotonic()) < end:
            self.poller.poll()
            took = time.monotonic() - began
            self.waited += took
            self.polls += 1
            time.sleep(max(0.0, min(INTERVAL - took, end - time.monotonic())))


def viewers(stage: Stage, numbers: Sequence[int], seconds: float = 30.0) -> Iterator[Weight]:
    """Measure the calls to Nova per second while viewers poll the same board every three seconds."""
    for number in numbers:
        watching = [Viewer(Poller(stage.visitor())) for _ in range(number)]
        for viewer in watching:
            viewer.poller.poll()
        with ThreadPoolExecutor(number) as pool, stage.relays.recording() as passages:
            list(pool.map(lambda viewer: viewer.watch(seconds), watching))
        calls = sum(1 for one in passages if one.service == "nova") / seconds
        polls = sum(viewer.polls for viewer in watching)
        waited = sum(viewer.waited for viewer in watching) / polls
        yield Weight(
            f"{number} viewers of one board",
            f"{calls:.1f} calls to Nova and {polls / seconds:.1f} polls each second, {ms(waited)} each",
            f"< {CALLS_PER_SECOND:.0f} calls each second",
            calls < CALLS_PER_SECOND,
        )

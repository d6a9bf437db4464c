# SPDX-License-Identifier: Apache-2.0
"""How cost grows with the past and with the number of viewers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from benchmarks.acts import BOARD, Poller, unshared
from benchmarks.measure import Act, in_turn
from benchmarks.stage import Stage
from benchmarks.table import ms
from benchmarks.weights import Weight
from tests.cloud.deep_past import older_migrations

# A second of sharing and one call on its way, in each of two workers, with some room for chance.
CALLS_PER_SECOND = 4.0
INTERVAL = 3.0


def past(stage: Stage, numbers: tuple[int, ...]) -> Iterator[Weight]:
    """The board, its poll and a page of history over so many migrations."""
    medians: dict[str, float] = {}
    for number in numbers:
        with older_migrations(stage.cloud.state, number):
            visitor = stage.visitor()
            poller = Poller(visitor)
            acts = {
                "first page": Act(lambda visitor=visitor: visitor.get(BOARD)),
                "poll": Act(poller.poll, unshared),
                "history": Act(lambda visitor=visitor: visitor.get(f"{BOARD}history/")),
            }
            for act, runs in in_turn(stage, acts, times=7).items():
                first = medians.setdefault(act, runs.median)
                yield Weight(
                    f"{act}, {number:,} migrations in Nova",
                    f"{runs.calls} calls, {ms(runs.median)}",
                    "less than twice the smallest's",
                    runs.median < 2 * first,
                )


@dataclass
class Viewer:
    """A browser with the board open."""

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


def viewers(stage: Stage, numbers: tuple[int, ...], seconds: float = 15.0) -> Iterator[Weight]:
    """Calls that reach Nova each second while so many watch the same board, each every three seconds."""
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

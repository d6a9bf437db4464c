# SPDX-License-Identifier: Apache-2.0
"""Acts by the panel and by Horizon's own pages in turn: calls and times."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.stage import Stage
from tests.support.recording_relay import Passage

SERVICES = ("nova", "keystone", "neutron", "glance", "placement")


@dataclass(frozen=True)
class Run:
    """One run of one act."""

    seconds: float
    passages: tuple[Passage, ...]

    @property
    def slowest(self) -> float:
        """Return the time of the slowest call to Nova, s."""
        return max((one.seconds for one in self.passages if one.service == "nova"), default=0.0)

    @property
    def waited(self) -> float:
        """Return how long at least one service worked on the act, s."""
        spent, until = 0.0, 0.0
        for one in sorted(self.passages, key=lambda one: one.began):
            spent += max(0.0, one.ended - max(one.began, until))
            until = max(until, one.ended)
        return spent


@dataclass
class Runs:
    """All runs of one act by one side."""

    runs: list[Run] = field(default_factory=list)

    @property
    def calls(self) -> int:
        """Return the number of calls in the last run, whose caches are warm."""
        return len(self.runs[-1].passages)

    @property
    def by_service(self) -> str:
        counted = Counter(one.service for one in self.runs[-1].passages)
        return ", ".join(f"{counted[name]} {name}" for name in SERVICES if counted[name]) or "none"

    @property
    def median(self) -> float:
        return statistics.median(run.seconds for run in self.runs)

    @property
    def p95(self) -> float:
        """Return the 95th percentile; the maximum of fewer than twenty runs."""
        ordered = sorted(run.seconds for run in self.runs)
        return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]

    @property
    def waited(self) -> float:
        return statistics.median(run.waited for run in self.runs)

    @property
    def ratio(self) -> float:
        """Return the median of the time divided by the slowest call to Nova; 0 without a call."""
        return statistics.median(run.seconds / run.slowest if run.slowest else 0.0 for run in self.runs)


@dataclass(frozen=True)
class Act:
    """The act of one side, and the preparation, which does not count."""

    do: Callable[[], object]
    before: Callable[[], object] = lambda: None


def done(stage: Stage, act: Act) -> Run:
    act.before()
    with stage.relays.recording() as passages:
        began = time.monotonic()
        act.do()
        seconds = time.monotonic() - began
    return Run(seconds, tuple(passages))


def in_turn(stage: Stage, sides: dict[str, Act], times: int, *, warm: bool = True) -> dict[str, Runs]:
    """Run each side once to warm up, then both in turn, so that changes of the machine's speed affect both."""
    results = {name: Runs() for name in sides}
    for act in sides.values() if warm else ():
        done(stage, act)
    for _ in range(times):
        for name, act in sides.items():
            results[name].runs.append(done(stage, act))
    return results

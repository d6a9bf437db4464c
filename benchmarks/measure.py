# SPDX-License-Identifier: Apache-2.0
"""Acts done in turn by the panel and by Horizon's own pages: calls, times, and what they are measured by."""

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
    """One doing of one act."""

    seconds: float
    passages: tuple[Passage, ...]

    @property
    def slowest(self) -> float:
        """The slowest single call to Nova, s."""
        return max((one.seconds for one in self.passages if one.service == "nova"), default=0.0)

    @property
    def waited(self) -> float:
        """How long any service was at work on it, s."""
        spent, until = 0.0, 0.0
        for one in sorted(self.passages, key=lambda one: one.began):
            spent += max(0.0, one.ended - max(one.began, until))
            until = max(until, one.ended)
        return spent


@dataclass
class Runs:
    """All doings of one act on one side."""

    runs: list[Run] = field(default_factory=list)

    @property
    def calls(self) -> int:
        """Of the last, which is warm."""
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
        """The largest, where there are fewer than twenty."""
        ordered = sorted(run.seconds for run in self.runs)
        return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]

    @property
    def waited(self) -> float:
        return statistics.median(run.waited for run in self.runs)

    @property
    def ratio(self) -> float:
        """Median of the time over the slowest single call to Nova within; 0 without any."""
        return statistics.median(run.seconds / run.slowest if run.slowest else 0.0 for run in self.runs)


@dataclass(frozen=True)
class Act:
    """What one side does, and what has to be done before, which does not count."""

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
    """Each side once to warm up, then all of them in turn, so that the machine's moods meet all alike."""
    results = {name: Runs() for name in sides}
    for act in sides.values() if warm else ():
        done(stage, act)
    for _ in range(times):
        for name, act in sides.items():
            results[name].runs.append(done(stage, act))
    return results

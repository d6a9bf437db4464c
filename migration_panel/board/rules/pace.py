# SPDX-License-Identifier: Apache-2.0
"""How fast a live migration copies, when it may end, and whether it will: from samples of what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from migration_panel.board.rules.progress import Progress

# Nova writes figures every few seconds: fewer samples than these tell chance, not a rate.
FEWEST = 3
# Rates are taken over so long: longer hides a change, shorter is noise, s.
WINDOW = 30.0
# The end is guessed between a rate somewhat higher than that of now and half of it.
SPEEDUP = 4 / 3
SLOWDOWN = 2


@dataclass(frozen=True)
class Sample:
    # Seconds since the epoch, by Nova's clock.
    at: float
    # Bytes still to be copied.
    disk: int
    memory: int
    # What is being copied, "disk" or "memory": the rest of the other may not be known yet.
    part: str = "memory"
    # Whether there is a disk to copy at all: Nova records it nowhere else.
    block: bool = False


@dataclass(frozen=True)
class Pace:
    # Bytes by which what is left shrinks in a second.
    rate: float | None = None
    # Seconds until the end, at best and at worst.
    least: int | None = None
    most: int | None = None
    # Seconds since what is left was smallest, once that is too long; else None.
    stalled_for: int | None = None


UNKNOWN = Pace()

# Nova writes figures every five seconds.  The margin allows for clock differences.
QUIET = timedelta(seconds=60)


def quiet_since(updated_at: datetime | None, now: datetime) -> datetime | None:
    """Return the time of the last figures if they are too old to be shown as current."""
    return updated_at if updated_at and now - updated_at > QUIET else None


def pace_of(samples: Sequence[Sample], progress: Progress | None, left: int, patience: float) -> Pace:
    """``left``: bytes still to be copied over all; ``patience``: seconds without a new low that make a stall.

    Memory that is written to while it is copied makes the rest go up and down, so only its lowest counts.
    """
    if progress is None or not samples:
        return UNKNOWN
    phase = [one for one in samples if one.part == progress.part]
    waited = _since_lowest(phase)
    if waited >= patience:
        return Pace(stalled_for=round(waited))
    rate = _rate([one for one in phase if phase[-1].at - one.at <= WINDOW])
    if rate is None or rate <= 0:
        return UNKNOWN
    seconds = left / rate
    return Pace(rate, round(seconds / SPEEDUP), round(seconds * SLOWDOWN))


def _rate(samples: Sequence[Sample]) -> float | None:
    if len(samples) < FEWEST:
        return None
    first, last = samples[0], samples[-1]
    return (_left(first) - _left(last)) / (last.at - first.at)


def _since_lowest(samples: Sequence[Sample]) -> float:
    """The last of several equal lows is no progress over the first."""
    if not samples:
        return 0.0
    lowest = min(samples, key=lambda one: (_left(one), one.at))
    return samples[-1].at - lowest.at


def _left(sample: Sample) -> int:
    return sample.disk + sample.memory

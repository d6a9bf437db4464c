# SPDX-License-Identifier: Apache-2.0
"""Progress of a live migration, its transfer rate, and when it will be complete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from migration_panel.api.models import Figures

MIB = 1024 * 1024

# Nova writes figures every few seconds: fewer samples than these tell chance, not a rate.
MIN_SAMPLES = 3
# Rates are taken over so long: longer hides a change, shorter is noise, s.
RATE_WINDOW = 30.0
# The end is guessed between a rate somewhat higher than that of now and half of it.
SPEEDUP = 4 / 3
SLOWDOWN = 2


@dataclass(frozen=True)
class Progress:
    percent: int
    # "disk" or "memory": libvirt copies the disk first, then the memory.
    part: str
    total: int
    remaining: int


def progress_of(figures: Figures | None, memory_mib: int | None) -> Progress | None:
    """Over disk and memory together, or None while Nova has no figures.

    Through the disk phase libvirt reports a memory total of 0, so the flavor's memory stands in: else
    the bar would fall back when the memory's turn comes.
    """
    if figures is None or not (figures.disk_total or figures.memory_total):
        return None
    disk = figures.disk_total or 0
    disk_left = _left(figures.disk_remaining, disk)
    memory = figures.memory_total or (memory_mib or 0) * MIB
    memory_left = _left(figures.memory_remaining, memory) if figures.memory_total else memory
    copying_disk = disk > 0 and not figures.memory_total
    total, remaining = disk + memory, disk_left + memory_left
    return Progress(
        # Not processed/total: zero pages are skipped and dirty ones sent again.
        percent=100 * (total - remaining) // total,
        part="disk" if copying_disk else "memory",
        total=disk if copying_disk else memory,
        remaining=disk_left if copying_disk else memory_left,
    )


def left_of(figures: Figures, memory_mib: int | None) -> int:
    """Bytes still to be copied over disk and memory together."""
    memory = figures.memory_total or (memory_mib or 0) * MIB
    memory_left = _left(figures.memory_remaining, memory) if figures.memory_total else memory
    return _left(figures.disk_remaining, figures.disk_total or 0) + memory_left


def _left(remaining: int | None, total: int) -> int:
    return total if remaining is None else max(0, min(remaining, total))


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
class TransferRate:
    # Bytes by which what is left shrinks in a second.
    rate: float | None = None
    # Seconds until the end, at best and at worst.
    least: int | None = None
    most: int | None = None
    # Seconds since what is left was smallest, once that is too long; else None.
    stalled_for: int | None = None


UNKNOWN = TransferRate()

# Nova writes figures every five seconds.  The margin allows for clock differences.
QUIET = timedelta(seconds=60)


def quiet_since(updated_at: datetime | None, now: datetime) -> datetime | None:
    """Return the time of the last figures if they are too old to be shown as current."""
    return updated_at if updated_at and now - updated_at > QUIET else None


def transfer_rate(samples: Sequence[Sample], progress: Progress | None, left: int, patience: float) -> TransferRate:
    """``left``: bytes still to be copied over all; ``patience``: seconds without a new low that make a stall.

    Memory that is written to while it is copied makes the rest go up and down, so only its lowest counts.
    """
    if progress is None or not samples:
        return UNKNOWN
    phase = [one for one in samples if one.part == progress.part]
    waited = _since_lowest(phase)
    if waited >= patience:
        return TransferRate(stalled_for=round(waited))
    rate = _rate([one for one in phase if phase[-1].at - one.at <= RATE_WINDOW])
    if rate is None or rate <= 0:
        return UNKNOWN
    seconds = left / rate
    return TransferRate(rate, round(seconds / SPEEDUP), round(seconds * SLOWDOWN))


def _rate(samples: Sequence[Sample]) -> float | None:
    if len(samples) < MIN_SAMPLES:
        return None
    first, last = samples[0], samples[-1]
    return (_remaining(first) - _remaining(last)) / (last.at - first.at)


def _since_lowest(samples: Sequence[Sample]) -> float:
    """The last of several equal lows is no progress over the first."""
    if not samples:
        return 0.0
    lowest = min(samples, key=lambda one: (_remaining(one), one.at))
    return samples[-1].at - lowest.at


def _remaining(sample: Sample) -> int:
    return sample.disk + sample.memory

# SPDX-License-Identifier: Apache-2.0
"""Progress of a live migration, its transfer rate, and when it will be complete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from migration_panel.api.models import Figures

MIB = 1024 * 1024

# Fewer samples do not show a rate: Nova writes figures every few seconds.
MIN_SAMPLES = 3
# Period of which the rate is computed, s: a longer period hides a change, a shorter period is noise.
RATE_WINDOW = 30.0
# The end is estimated from a rate somewhat higher than the present rate, and from half of the present rate.
SPEEDUP = 4 / 3
SLOWDOWN = 2


@dataclass(frozen=True)
class Progress:
    """Progress of a copy.  ``total`` and ``remaining`` are bytes of the part that is being copied."""

    # Of disk and memory together.
    percent: int
    # "disk" or "memory": libvirt copies the disk first, then the memory.
    part: str
    total: int
    remaining: int


def progress_of(figures: Figures | None, memory_mib: int | None) -> Progress | None:
    """Return the progress over disk and memory together; None while Nova has no figures.

    libvirt copies the disk first and reports a memory total of 0 until that is done.  The flavor's memory, in MiB, is
    used instead; otherwise the bar would fall back when the copy of the memory starts.
    """
    if figures is None or not (figures.disk_total or figures.memory_total):
        return None
    disk = figures.disk_total or 0
    disk_left = rest_of(figures.disk_remaining, disk)
    memory = figures.memory_total or (memory_mib or 0) * MIB
    memory_left = rest_of(figures.memory_remaining, memory) if figures.memory_total else memory
    copying_disk = disk > 0 and not figures.memory_total
    total, remaining = disk + memory, disk_left + memory_left
    return Progress(
        # Not processed/total: zero pages are skipped, and dirty pages are sent again.
        percent=100 * (total - remaining) // total,
        part="disk" if copying_disk else "memory",
        total=disk if copying_disk else memory,
        remaining=disk_left if copying_disk else memory_left,
    )


def left_of(figures: Figures, memory_mib: int | None) -> int:
    """Return the bytes still to be copied of disk and memory together."""
    memory = figures.memory_total or (memory_mib or 0) * MIB
    memory_left = rest_of(figures.memory_remaining, memory) if figures.memory_total else memory
    return rest_of(figures.disk_remaining, figures.disk_total or 0) + memory_left


def rest_of(remaining: int | None, total: int) -> int:
    """Return the bytes still to be copied of one part: all of it while Nova reports no rest."""
    return total if remaining is None else max(0, min(remaining, total))


@dataclass(frozen=True)
class Sample:
    """What was left to copy at one time."""

    # Seconds since the epoch, by Nova's clock.
    at: float
    # Bytes still to be copied.
    disk: int
    memory: int
    # What is being copied, "disk" or "memory": what is left of the other part may not be known yet.
    part: str = "memory"
    # Whether the disk is copied: Nova records it nowhere else.
    block: bool = False


@dataclass(frozen=True)
class TransferRate:
    """How fast a copy approaches its end; all None while unknown."""

    # Bytes by which the rest shrinks in a second.
    bytes_per_second: float | None = None
    # Estimated time until the end, s.
    min_seconds: int | None = None
    max_seconds: int | None = None
    # Time since the rest was smallest, s; None unless it is too long.
    stalled_for: int | None = None
    # The smallest and the largest rest in that time, bytes.
    lowest: int = 0
    highest: int = 0


UNKNOWN = TransferRate()

# Nova writes figures every five seconds.  The margin allows for clock differences.
QUIET = timedelta(seconds=60)


def quiet_since(updated_at: datetime | None, now: datetime) -> datetime | None:
    """Return the time of the last figures if they are too old to be shown as current."""
    return updated_at if updated_at and now - updated_at > QUIET else None


def transfer_rate(samples: Sequence[Sample], progress: Progress | None, left: int, patience: float) -> TransferRate:
    """Return the rate of a copy.

    ``left``: bytes still to be copied; ``patience``: after how many seconds without a new minimum the copy is stalled.
    Only the minimum counts, because memory that is written during the copy makes the rest go up and down.
    """
    if progress is None or not samples:
        return UNKNOWN
    phase = [sample for sample in samples if sample.part == progress.part]
    since = _from_lowest(phase)
    if since and since[-1].at - since[0].at >= patience:
        rests = [_remaining(sample) for sample in since]
        return TransferRate(stalled_for=round(since[-1].at - since[0].at), lowest=rests[0], highest=max(rests))
    rate = _rate([sample for sample in phase if phase[-1].at - sample.at <= RATE_WINDOW])
    if rate is None or rate <= 0:
        return UNKNOWN
    seconds = left / rate
    return TransferRate(rate, round(seconds / SPEEDUP), round(seconds * SLOWDOWN))


def _rate(samples: Sequence[Sample]) -> float | None:
    if len(samples) < MIN_SAMPLES:
        return None
    first, last = samples[0], samples[-1]
    return (_remaining(first) - _remaining(last)) / (last.at - first.at)


def _from_lowest(samples: Sequence[Sample]) -> Sequence[Sample]:
    """Return the samples from the first sample with the smallest rest on."""
    if not samples:
        return ()
    lowest = min(range(len(samples)), key=lambda index: _remaining(samples[index]))
    return samples[lowest:]


def _remaining(sample: Sample) -> int:
    return sample.disk + sample.memory

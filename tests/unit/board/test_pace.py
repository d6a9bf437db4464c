# SPDX-License-Identifier: Apache-2.0
"""Rate, end and stall from samples: each rule, then recorded copies of libvirt."""

import json
from pathlib import Path

import pytest

from migration_panel.api.models import Figures
from migration_panel.board.progress import (
    MIB,
    UNKNOWN,
    Progress,
    Sample,
    TransferRate,
    left_of,
    progress_of,
    transfer_rate,
)

TRACES = json.loads((Path(__file__).parents[1] / "data" / "libvirt-trace.json").read_text())
MEMORY = Progress(50, "memory", 1000, 500)
DISK = Progress(50, "disk", 1000, 500)
FLAVOR_MIB = 256
PATIENCE = 60


def memory(*points):
    return [Sample(at, 0, left) for at, left in points]


def disk(*points):
    return [Sample(at, left, 0, "disk", True) for at, left in points]


@pytest.mark.parametrize(
    ("samples", "progress", "left", "expected"),
    [
        ([], MEMORY, 500, UNKNOWN),
        (memory((0, 900), (5, 800), (10, 700)), None, 700, UNKNOWN),
        # Two samples are too few.
        (memory((0, 900), (5, 800)), MEMORY, 800, UNKNOWN),
        (memory((0, 900), (5, 800), (10, 700)), MEMORY, 700, TransferRate(20.0, 26, 70)),
        # The rest of both parts counts for the end, the part that is being copied for the rate.
        (disk((0, 900), (5, 800), (10, 700)), DISK, 2700, TransferRate(20.0, 101, 270)),
        # Only the last half minute counts.
        (memory((0, 9000), (30, 900), (50, 500), (60, 300)), MEMORY, 300, TransferRate(20.0, 11, 30)),
        # The rest is not smaller: no rate and no estimated end.
        (memory((0, 500), (5, 600), (10, 500)), MEMORY, 500, UNKNOWN),
        (memory((0, 500), (5, 600), (10, 700)), MEMORY, 700, UNKNOWN),
        # The copy of the memory starts with a larger rest than the last rest of the disk: that is no step back.
        (disk((0, 200), (5, 100)) + memory((10, 900), (15, 700), (20, 500)), MEMORY, 500, TransferRate(40.0, 9, 25)),
    ],
    ids=[
        "no samples",
        "no progress",
        "two samples",
        "memory",
        "disk",
        "last half minute",
        "same rest",
        "growing rest",
        "memory after disk",
    ],
)
def test_transfer_rate_is_that_of_the_last_half_minute(samples, progress, left, expected):
    assert transfer_rate(samples, progress, left, PATIENCE) == expected


@pytest.mark.parametrize(
    ("points", "stalled_for"),
    [
        ([(0, 500), (30, 600), (59, 550)], None),
        ([(0, 500), (30, 600), (60, 550)], 60),
        # An equal minimum is no progress.
        ([(0, 500), (30, 500), (60, 500)], 60),
        # A new minimum, however small, is progress.
        ([(0, 500), (30, 600), (59, 499), (90, 510)], None),
        ([(0, 500), (30, 600), (59, 499), (119, 510)], 60),
    ],
    ids=["before the limit", "at the limit", "equal minimum", "new minimum", "long after a new minimum"],
)
def test_stall_starts_at_the_minimum(points, stalled_for):
    assert transfer_rate(memory(*points), MEMORY, 500, PATIENCE).stalled_for == stalled_for


def test_stall_has_the_smallest_and_the_largest_rest_since_the_minimum():
    rate = transfer_rate(memory((0, 900), (30, 100), (60, 700), (90, 400)), MEMORY, 400, PATIENCE)
    assert (rate.stalled_for, rate.lowest, rate.highest) == (60, 100, 700)


def test_time_between_disk_and_memory_is_no_minimum_of_the_memory():
    """libvirt reports no memory until the disk is copied: a rest of 0 means that the rest is unknown."""
    samples = disk((0, 100), (5, 0)) + memory((10, 900), (70, 500), (75, 400))
    assert transfer_rate(samples, MEMORY, 400, PATIENCE).stalled_for is None


def test_long_copy_of_the_disk_is_no_stall_of_the_memory():
    samples = disk((0, 100), (100, 50)) + memory((105, 1000), (110, 900))
    assert transfer_rate(samples, MEMORY, 900, PATIENCE).stalled_for is None


def replayed_rates(trace, patience):
    """Return the rate that the board would show at each second, from the samples so far."""
    samples, found = [], {}
    for one in TRACES[trace]:
        figures = Figures.from_api(one)
        progress = progress_of(figures, FLAVOR_MIB)
        if progress:
            samples.append(Sample(one["t"], figures.disk_remaining, figures.memory_remaining, progress.part, True))
            found[one["t"]] = transfer_rate(samples, progress, left_of(figures, FLAVOR_MIB), patience)
    return found


def test_real_copy_is_never_called_stalled_and_its_end_comes_within_the_span():
    found = replayed_rates("copies a disk that grows, then memory", PATIENCE)
    end = 259.0
    assert all(pace.stalled_for is None for pace in found.values())
    timed = {at: pace for at, pace in found.items() if pace.bytes_per_second and at < 240}
    assert len(timed) > 30
    assert all(3 * MIB < pace.bytes_per_second < 9 * MIB for pace in timed.values())
    right = [at for at, pace in timed.items() if pace.min_seconds * 0.8 <= end - at <= pace.max_seconds * 1.2]
    assert len(right) > 0.9 * len(timed)


def test_guest_that_writes_as_fast_as_the_copy_is_stalled():
    """As recorded, but with less patience than the default of one minute."""
    found = replayed_rates("guest writes, until it is forced to complete", 8)
    stalled = [at for at, pace in found.items() if pace.stalled_for is not None]
    assert stalled
    assert min(stalled) > 50

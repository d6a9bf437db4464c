# SPDX-License-Identifier: Apache-2.0
"""Progress from bytes: each rule, then two recorded migrations of libvirt."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from migration_panel.api.models import Figures
from migration_panel.board.progress import MIB, Progress, progress_of

# Answers of Nova 34 with libvirt 9.0, one sample a change; "t" is seconds since the request.
TRACES = json.loads((Path(__file__).parents[1] / "data" / "libvirt-trace.json").read_text())
GROWING = "copies a disk that grows, then memory"
WRITING = "guest writes, until it is forced to complete"
FLAVOR_MIB = 256


def replay(trace):
    """Return what the board would show at each second."""
    return {sample["t"]: progress_of(Figures.from_api(sample), FLAVOR_MIB) for sample in TRACES[trace]}


def test_progress_is_none_without_figures():
    assert progress_of(None, FLAVOR_MIB) is None


@pytest.mark.parametrize(
    "figures", [Figures(), Figures(0, 0, 0, 0), Figures(0, None, None, 0)], ids=["null", "zero", "null and zero"]
)
def test_progress_is_none_while_all_figures_are_null_or_zero(figures):
    assert progress_of(figures, FLAVOR_MIB) is None


@pytest.mark.parametrize(
    ("figures", "flavor_mib", "expected"),
    [
        # No disk to copy.
        (Figures(1000, 1000, 0, 0), 64, Progress(0, "memory", 1000, 1000)),
        (Figures(1000, 250, 0, 0), 64, Progress(75, "memory", 1000, 250)),
        (Figures(1000, 250, None, None), None, Progress(75, "memory", 1000, 250)),
        (Figures(1000, 0, 0, 0), 64, Progress(100, "memory", 1000, 0)),
        # Percent is rounded down: 100 means that nothing is left.
        (Figures(1000, 1, 0, 0), 64, Progress(99, "memory", 1000, 1)),
        # While the disk is copied, all of the memory counts as left.
        (Figures(0, 0, 3 * MIB, 1 * MIB), 1, Progress(50, "disk", 3 * MIB, 1 * MIB)),
        (Figures(0, 0, 3 * MIB, 0), 1, Progress(75, "disk", 3 * MIB, 0)),
        (Figures(None, None, 4 * MIB, MIB), None, Progress(75, "disk", 4 * MIB, MIB)),
        # While the memory is copied, the disk counts as done.
        (Figures(1000, 1000, 3000, 0), 64, Progress(75, "memory", 1000, 1000)),
        (Figures(1000, 0, 3000, 0), 64, Progress(100, "memory", 1000, 0)),
        # A total without a rest: everything is left.
        (Figures(1000, None, 0, 0), 64, Progress(0, "memory", 1000, 1000)),
    ],
    ids=[
        "nothing copied",
        "memory",
        "memory without disk",
        "memory copied",
        "rounded down",
        "disk",
        "disk copied",
        "disk without flavor",
        "memory after disk",
        "all copied",
        "no remaining figure",
    ],
)
def test_progress_over_disk_and_memory(figures, flavor_mib, expected):
    assert progress_of(figures, flavor_mib) == expected


@pytest.mark.parametrize(
    ("figures", "percent", "remaining"),
    [
        (Figures(1000, 1500, 0, 0), 0, 1000),
        (Figures(1000, -5, 0, 0), 100, 0),
        (Figures(0, 0, 1000, 9999), 0, 1000),
        (Figures(0, 0, 1000, -1), 100, 0),
    ],
    ids=["too much memory", "negative memory", "too much disk", "negative disk"],
)
def test_progress_stays_within_bounds(figures, percent, remaining):
    progress = progress_of(figures, None)
    assert (progress.percent, progress.remaining) == (percent, remaining)


def test_processed_bytes_are_ignored():
    sample = {"memory_total_bytes": 1000, "memory_remaining_bytes": 400, "memory_processed_bytes": 5000}
    assert progress_of(Figures.from_api(sample), None).percent == 60


@pytest.mark.parametrize(
    ("trace", "second", "expected"),
    [
        (GROWING, 1.5, None),
        (GROWING, 3.9, None),
        (GROWING, 5.0, None),
        (GROWING, 9.6, Progress(2, "disk", 1077936128, 1044381696)),
        (GROWING, 61.4, Progress(21, "disk", 1124073472, 822083584)),
        (GROWING, 218.7, Progress(80, "disk", 1130364928, 6291456)),
        (GROWING, 224.7, Progress(81, "memory", 269230080, 255672320)),
        (GROWING, 240.1, Progress(89, "memory", 269230080, 149372928)),
        (GROWING, 259.0, Progress(99, "memory", 269230080, 4427776)),
        (WRITING, 4.6, None),
        (WRITING, 9.3, Progress(10, "disk", 67108864, 33554432)),
        (WRITING, 14.0, Progress(20, "disk", 67108864, 0)),
        (WRITING, 19.9, Progress(23, "memory", 269230080, 256196608)),
        (WRITING, 50.2, Progress(99, "memory", 269230080, 548864)),
        (WRITING, 55.4, Progress(86, "memory", 269230080, 44240896)),
        (WRITING, 60.3, Progress(94, "memory", 269230080, 18022400)),
    ],
    ids=[
        "growing at 1.5 s",
        "growing at 3.9 s",
        "growing at 5.0 s",
        "growing at 9.6 s",
        "growing at 61.4 s",
        "growing at 218.7 s",
        "growing at 224.7 s",
        "growing at 240.1 s",
        "growing at 259.0 s",
        "writing at 4.6 s",
        "writing at 9.3 s",
        "writing at 14.0 s",
        "writing at 19.9 s",
        "writing at 50.2 s",
        "writing at 55.4 s",
        "writing at 60.3 s",
    ],
)
def test_recorded_migration_at_a_second(trace, second, expected):
    assert replay(trace)[second] == expected


@pytest.mark.parametrize("trace", TRACES)
def test_recorded_percent_stays_within_bounds(trace):
    percents = [progress.percent for progress in replay(trace).values() if progress]
    assert min(percents) > 0
    assert max(percents) == 99


@pytest.mark.parametrize("trace", TRACES)
def test_recorded_disk_comes_wholly_before_memory(trace):
    parts = [progress.part for progress in replay(trace).values() if progress]
    assert parts == sorted(parts)
    assert set(parts) == {"disk", "memory"}


def backward_steps(trace):
    percents = [progress.percent for progress in replay(trace).values() if progress]
    return [(before, after) for before, after in pairwise(percents) if after < before]


def test_bar_does_not_fall_when_the_copy_of_the_memory_starts():
    assert backward_steps(GROWING) == []


def test_memory_written_again_moves_the_bar_back():
    assert backward_steps(WRITING) == [(99, 86)]

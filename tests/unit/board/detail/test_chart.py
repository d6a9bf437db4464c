# SPDX-License-Identifier: Apache-2.0
"""The lines of the chart: what is left to copy."""

import pytest

from migration_panel.board.detail.chart import MAX_ROWS, lines_of
from migration_panel.board.progress import Sample


def memory(*left):
    return [Sample(10.0 * number, 0, value) for number, value in enumerate(left)]


def disk(*left, block=True):
    return [Sample(10.0 * number, value, 0, "disk", block) for number, value in enumerate(left)]


@pytest.mark.parametrize(
    ("samples", "points"),
    [
        (memory(100, 0), "0,0 600,120"),
        (memory(100, 50, 25), "0,0 300,60 600,90"),
        # Memory that is written to may grow.
        (memory(50, 100, 50), "0,60 300,0 600,60"),
        (memory(100, 100), "0,0 600,0"),
        (memory(3, 2, 1, 0), "0,0 200,40 400,80 600,120"),
        ([Sample(0, 0, 9), Sample(1, 0, 3), Sample(7, 0, 2)], "0,0 85.7,80 600,93.3"),
        (disk(100, 25), "0,0 600,90"),
    ],
    ids=["falling to zero", "three samples", "growing", "constant", "four samples", "uneven times", "disk"],
)
def test_points_fill_the_box(samples, points):
    [line] = lines_of(samples)
    assert line.points == points
    assert line.area == f"0,120 {points} 600,120"


@pytest.mark.parametrize(
    "samples",
    [[], memory(100), memory(0, 0), disk(100, 50, block=False), [Sample(5, 0, 9), Sample(5, 0, 8)]],
    ids=["none", "one", "nothing to copy", "no disk", "no time"],
)
def test_too_few_samples_make_no_line(samples):
    assert lines_of(samples) == ()


def test_disk_and_memory_have_their_own_times_and_scales():
    samples = [
        Sample(0, 1000, 0, "disk", True),
        Sample(10, 500, 0, "disk", True),
        Sample(20, 0, 80, "memory", True),
        Sample(30, 0, 40, "memory", True),
    ]
    first, second = lines_of(samples)
    assert (first.part, first.start, first.end, first.highest, first.last) == ("disk", 0, 20, 1000, 0)
    assert (second.part, second.start, second.end, second.highest, second.last) == ("memory", 20, 30, 80, 40)
    assert first.points == "0,0 300,60 600,120"


def test_line_of_a_disk_that_is_written_again_continues():
    samples = [Sample(at, left, 9, "memory", True) for at, left in ((0, 100), (10, 0), (20, 50), (30, 0))]
    assert lines_of(samples)[0].points == "0,0 200,120 400,60 600,120"


def test_pass_over_the_memory_starts_where_the_rest_rises():
    [line] = lines_of(memory(244, 106, 1, 42, 17, 20, 3))
    assert [(one.number, one.start, one.left) for one in line.passes] == [(1, 0, 244), (2, 30, 42), (3, 50, 20)]


def test_disk_has_no_passes():
    """A disk that the guest writes to grows too, but is not copied again from its start."""
    [line] = lines_of(disk(100, 50, 80, 20))
    assert line.passes == ()
    assert line.marks == ()


def test_marks_are_the_starts_of_the_later_passes():
    [line] = lines_of(memory(9, 1, 5, 1, 3))
    assert [(mark.x, mark.number, mark.is_last) for mark in line.marks] == [("50.0%", 2, False), ("100.0%", 3, True)]


def test_numbers_of_close_passes_do_not_cover_each_other():
    [line] = lines_of(memory(*(9 if number % 2 else 10 for number in range(101))))
    numbers = [mark.number for mark in line.marks]
    assert len(numbers) == 50
    assert [number for number in numbers if number] == list(range(5, 51, 4))


def test_table_holds_time_rest_and_pass():
    [line] = lines_of(memory(9, 1, 5))
    assert [(row.at, row.left, row.number) for row in line.table] == [(0, 9, 1), (10, 1, 1), (20, 5, 2)]
    [line] = lines_of(disk(9, 1))
    assert [row.number for row in line.table] == [None, None]


def test_long_table_is_thinned_between_its_ends():
    [line] = lines_of(memory(*range(360, 0, -1)))
    assert len(line.table) == MAX_ROWS
    assert (line.table[0].left, line.table[-1].left) == (360, 1)

# SPDX-License-Identifier: Apache-2.0
"""Charts of what was left to copy over time, as points within a box of fixed size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from migration_panel.board.progress import Sample

WIDTH, HEIGHT = 600, 120

# Maximum number of rows of the table beside a chart.
MAX_ROWS = 20
# Minimum distance between the numbers of two passes, percent of the width.
LABEL_DISTANCE = 8

# A time, s since the epoch, and the bytes left then.
Value = tuple[float, int]


@dataclass(frozen=True)
class Pass:
    """A pass over the memory.  A pass starts when the rest rises: it copies what the guest has written meanwhile."""

    number: int
    start: float
    # Bytes left at the start.
    left: int


@dataclass(frozen=True)
class Mark:
    """The start of a pass in the chart."""

    # Percent of the width, in the form of SVG.
    x: str
    # Number of the pass; None where the number would cover that of another pass.
    number: int | None
    # Whether the number is left of the mark, as it would not fit into the chart right of it.
    is_last: bool = False


@dataclass(frozen=True)
class TableRow:
    """A row of the table beside the chart."""

    at: float
    left: int
    # Number of the pass; None for a disk, which is copied without passes.
    number: int | None


@dataclass(frozen=True)
class Line:
    """The line of the disk or of the memory, each with its own scale: disks are much larger than memory."""

    # "disk" or "memory".
    part: str
    # In the form of SVG: "0,0 600,120".
    points: str
    values: tuple[Value, ...]
    # Empty for a disk.
    passes: tuple[Pass, ...] = ()

    @property
    def start(self) -> float:
        """Return the time of the first value, s since the epoch."""
        return self.values[0][0]

    @property
    def end(self) -> float:
        return self.values[-1][0]

    @property
    def first(self) -> int:
        """Return the bytes left at the start."""
        return self.values[0][1]

    @property
    def last(self) -> int:
        return self.values[-1][1]

    @property
    def highest(self) -> int:
        return max(left for _at, left in self.values)

    @property
    def area(self) -> str:
        """Return the points of the area below the line."""
        return f"0,{HEIGHT} {self.points} {WIDTH},{HEIGHT}"

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Return where the second pass and the passes after it start."""
        marks, labelled = [], 0.0
        for started in self.passes[1:]:
            x = 100 * (started.start - self.start) / (self.end - self.start)
            is_labelled = x - labelled >= LABEL_DISTANCE
            labelled = x if is_labelled else labelled
            marks.append(Mark(f"{x:.1f}%", started.number if is_labelled else None, x > 100 - LABEL_DISTANCE))
        return tuple(marks)

    @property
    def table(self) -> tuple[TableRow, ...]:
        """Return at most MAX_ROWS values at equal distances, the first and the last among them."""
        last = len(self.values) - 1
        count = min(last, MAX_ROWS - 1)
        chosen = [self.values[round(number * last / count)] for number in range(count + 1)]
        return tuple(TableRow(at, left, self._pass_at(at)) for at, left in chosen)

    def _pass_at(self, moment: float) -> int | None:
        return max((each.number for each in self.passes if each.start <= moment), default=None)


def lines_of(samples: Sequence[Sample]) -> tuple[Line, ...]:
    """Return the lines of the parts with samples at two times at least."""
    disk = _line("disk", _until_empty([(sample.at, sample.disk) for sample in samples if sample.block]))
    memory = _line("memory", [(sample.at, sample.memory) for sample in samples if sample.part == "memory"])
    return (*((disk,) if disk else ()), *((memory,) if memory else ()))


def _until_empty(values: list[Value]) -> list[Value]:
    """Return the values up to the first 0: while the memory is copied, nothing of the disk is left."""
    end = next((number for number, (_at, left) in enumerate(values) if left == 0), len(values))
    # The guest may write to the disk again.
    if any(left for _at, left in values[end:]):
        return values
    return values[: end + 1]


def _line(part: str, values: list[Value]) -> Line | None:
    """Return a line; None without values at two times, or if nothing was left at any time."""
    highest = max((left for _at, left in values), default=0)
    if not highest or values[0][0] == values[-1][0]:
        return None
    start, end = values[0][0], values[-1][0]
    points = (
        f"{_scaled(at - start, end - start, WIDTH)},{_scaled(highest - left, highest, HEIGHT)}" for at, left in values
    )
    return Line(part, " ".join(points), tuple(values), passes_of(values) if part == "memory" else ())


def passes_of(values: Sequence[Value]) -> tuple[Pass, ...]:
    """Return the passes over the memory.  Nova does not record them: passes shorter than its updates are not seen."""
    starts = [number for number in range(len(values)) if number == 0 or values[number][1] > values[number - 1][1]]
    return tuple(Pass(count, *values[number]) for count, number in enumerate(starts, 1))


def _scaled(value: float, maximum: float, size: int) -> str:
    return f"{size * value / maximum:.1f}".removesuffix(".0")

# SPDX-License-Identifier: Apache-2.0
"""Charts of what was left to copy over time, as points within a box of fixed size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from migration_panel.board.progress import Sample

WIDTH, HEIGHT = 600, 120


@dataclass(frozen=True)
class Line:
    """The line of the disk or of the memory, each with its own scale: disks are much larger than memory."""

    # "disk" or "memory".
    part: str
    # In the form of SVG: "0,0 600,120".
    points: str
    # Seconds since the epoch.
    start: float
    end: float
    # Bytes left.
    first: int
    last: int
    highest: int

    @property
    def area(self) -> str:
        """Return the points of the area below the line."""
        return f"0,{HEIGHT} {self.points} {WIDTH},{HEIGHT}"


def lines_of(samples: Sequence[Sample]) -> tuple[Line, ...]:
    """Return the lines of the parts with samples at two times at least."""
    disk = _line("disk", _until_empty([(sample.at, sample.disk) for sample in samples if sample.block]))
    memory = _line("memory", [(sample.at, sample.memory) for sample in samples if sample.part == "memory"])
    return (*((disk,) if disk else ()), *((memory,) if memory else ()))


def _until_empty(values: list[tuple[float, int]]) -> list[tuple[float, int]]:
    """Return the values up to the first 0: while the memory is copied, nothing of the disk is left."""
    end = next((number for number, (_at, left) in enumerate(values) if left == 0), len(values))
    # The guest may write to the disk again.
    if any(left for _at, left in values[end:]):
        return values
    return values[: end + 1]


def _line(part: str, values: list[tuple[float, int]]) -> Line | None:
    """Return a line; None without values at two times, or if nothing was left at any time."""
    highest = max((left for _at, left in values), default=0)
    if not highest or values[0][0] == values[-1][0]:
        return None
    (start, first), (end, last) = values[0], values[-1]
    points = (
        f"{_scaled(at - start, end - start, WIDTH)},{_scaled(highest - left, highest, HEIGHT)}" for at, left in values
    )
    return Line(part, " ".join(points), start, end, first, last, highest)


def _scaled(value: float, maximum: float, size: int) -> str:
    return f"{size * value / maximum:.1f}".removesuffix(".0")

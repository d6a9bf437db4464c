# SPDX-License-Identifier: Apache-2.0
"""Lines of what was left to copy over time, as points within a box of fixed size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from migration_panel.board.progress import Sample

WIDTH, HEIGHT = 600, 120


@dataclass(frozen=True)
class Line:
    """Of the disk or of the memory, each on a scale of its own: a disk would dwarf the memory."""

    # "disk" or "memory".
    part: str
    # As SVG writes them: "0,0 600,120".
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
        """The same, closed along the bottom."""
        return f"0,{HEIGHT} {self.points} {WIDTH},{HEIGHT}"


def lines_of(samples: Sequence[Sample]) -> tuple[Line, ...]:
    """Of each part that there are figures of at two times at least."""
    disk = _until_empty([(one.at, one.disk) for one in samples if one.block])
    memory = [(one.at, one.memory) for one in samples if one.part == "memory"]
    found = (_line("disk", disk), _line("memory", memory))
    return tuple(line for line in found if line)


def _until_empty(course: list[tuple[float, int]]) -> list[tuple[float, int]]:
    """Through the memory's turn the disk stays at nothing left: once is enough."""
    ends = next((number for number, (_at, left) in enumerate(course) if left == 0), len(course))
    # Unless it was written to again.
    if any(left for _at, left in course[ends:]):
        return course
    return course[: ends + 1]


def _line(part: str, course: list[tuple[float, int]]) -> Line | None:
    highest = max((left for _at, left in course), default=0)
    if not highest or course[0][0] == course[-1][0]:
        return None
    (start, first), (end, last) = course[0], course[-1]
    points = (
        f"{_scaled(at - start, end - start, WIDTH)},{_scaled(highest - left, highest, HEIGHT)}" for at, left in course
    )
    return Line(part, " ".join(points), start, end, first, last, highest)


def _scaled(value: float, most: float, size: int) -> str:
    return f"{size * value / most:.1f}".removesuffix(".0")

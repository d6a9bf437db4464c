# SPDX-License-Identifier: Apache-2.0
"""Tables that are readable on a terminal and are reStructuredText."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    cells = [list(head), *([str(cell) or "\\" for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    rule = " ".join("=" * width for width in widths)
    lines = [" ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    return "\n".join([rule, lines[0], rule, *lines[1:], rule])


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def seconds(number: float) -> str:
    return f"{number:.1f} s"


def met(fulfilled: bool) -> str:
    return "met" if fulfilled else "MISSED"

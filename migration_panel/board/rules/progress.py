# SPDX-License-Identifier: Apache-2.0
"""How far a live migration is, from the bytes that Nova tells."""

from __future__ import annotations

from dataclasses import dataclass

from migration_panel.api.models import Figures

MIB = 1024 * 1024


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

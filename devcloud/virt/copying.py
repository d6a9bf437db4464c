# SPDX-License-Identifier: Apache-2.0
"""The progress that QEMU would report of a copy, as a function of time alone.

The course is that of real migrations: all values are zero at first. Then the disk is copied, with memory at 0/0/0. Then
the disk is complete and the memory is copied. The guest's writes make the remaining memory grow now and then.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from devcloud.virt.knobs import Knobs

MIB = 1024 * 1024
_VIDEO_MEMORY = 794624  # in addition to the memory of the flavor, as in real migrations
_DISK_SHARE = 0.6  # share of the time, if there is a disk to copy
_DISK_GROWTH = 0.01  # factor by which the guest's writes grow the total
_FIRST_PASS = 0.7  # shares of the memory phase: first all pages, then the pages written since
_LONGEST_STEP = 1.0  # s
_NONZERO = 0.65  # share of memory that is sent, because pages of zeros are not sent


@dataclass(frozen=True)
class Figures:
    """The six columns of a migration record, in bytes."""

    memory_total: int = 0
    memory_processed: int = 0
    memory_remaining: int = 0
    disk_total: int = 0
    disk_processed: int = 0
    disk_remaining: int = 0

    @property
    def progress(self) -> int:
        """Return the server's progress as Nova's libvirt driver computes it: of the memory only."""
        if not self.memory_total:
            return 0
        return 100 - round(self.memory_remaining * 100 / self.memory_total)


@dataclass
class CopyClock:
    """The time of a copy, s.  It advances with the machine's clock, but by at most a second between two readings.

    On a busy machine, many seconds may pass between two readings. The copy then continues where it was, so that no
    phase is skipped that is longer than a second.
    """

    start: float
    now: float = field(default=-math.inf, init=False)

    def read(self, machine_time: float) -> float:
        """Return the time since the start; negative before the start."""
        self.now = min(machine_time - self.start, max(self.now, 0.0) + _LONGEST_STEP)
        return self.now


@dataclass
class Copy:
    """The copy of one live migration.  The caller has the clock."""

    knobs: Knobs
    with_disk: bool
    forced_at: float | None = field(default=None, init=False)

    @property
    def seconds(self) -> float:
        return self.knobs.copy_seconds(self.with_disk)

    @property
    def disk_seconds(self) -> float:
        return self.seconds * _DISK_SHARE if self.with_disk else 0.0

    @property
    def first_pass_ends(self) -> float:
        return self.disk_seconds + (self.seconds - self.disk_seconds) * _FIRST_PASS

    def force(self, now: float) -> None:
        """Pause the guest: it writes no more pages, so the copy finishes."""
        if self.forced_at is None:
            self.forced_at = now

    def done(self, now: float) -> bool:
        if self.forced_at is not None:
            return now >= self.forced_at + self.knobs.pause_finish
        return self.knobs.converges and now >= self.seconds

    def fails(self, now: float) -> bool:
        """Return whether the failure that the knobs request is due."""
        if not self.knobs.fail:
            return False
        if self.knobs.fail_at == "disk" and self.with_disk:
            return now >= self.disk_seconds / 2
        return now >= (self.disk_seconds + self.first_pass_ends) / 2

    def figures(self, now: float) -> Figures:
        if now <= 0:
            return Figures()
        if now < self.disk_seconds and self.forced_at is None:
            return Figures(**self._disk(now / self.disk_seconds))
        return Figures(**self._disk(1.0), **self._memory(now))

    def _disk(self, done: float) -> dict[str, int]:
        if not self.with_disk:
            return {}
        total = int(self.knobs.disk_gib * 1024 * MIB * (1 + _DISK_GROWTH * done))
        processed = int(total * done)
        return {"disk_total": total, "disk_processed": processed, "disk_remaining": total - processed}

    def _memory(self, now: float) -> dict[str, int]:
        total = self.knobs.memory_mib * MIB + _VIDEO_MEMORY
        length = self.seconds - self.disk_seconds or 1.0
        sent = (now - self.disk_seconds) / length
        return {
            "memory_total": total,
            "memory_processed": int(total * _NONZERO * max(0.0, sent)),
            "memory_remaining": int(total * self._remaining(now)),
        }

    def _remaining(self, now: float) -> float:
        """Return the part of the memory that is still to be sent."""
        if self.forced_at is not None:
            finish = self.knobs.pause_finish or 1.0
            return self._unforced(self.forced_at) * max(0.0, 1 - (now - self.forced_at) / finish)
        return self._unforced(now)

    def _unforced(self, now: float) -> float:
        if now < self.first_pass_ends:
            length = self.first_pass_ends - self.disk_seconds
            return 1 - 0.97 * max(0.0, now - self.disk_seconds) / length
        if not self.knobs.converges:
            # The guest writes as much as is sent: the rest goes up and down forever.
            beat = (now - self.first_pass_ends) / (5 * self.knobs.interval or 1.0)
            return 0.03 + 0.22 * (1 - math.cos(2 * math.pi * beat)) / 2
        left = (now - self.first_pass_ends) / (self.seconds - self.first_pass_ends or 1.0)
        # Two more passes, each over the pages that were written during the last pass.
        height = 0.14 if left < 0.5 else 0.05
        return height * (1 - (left % 0.5) * 2) if left < 1 else 0.0

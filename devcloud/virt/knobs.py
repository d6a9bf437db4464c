# SPDX-License-Identifier: Apache-2.0
"""The settings of the simulated hypervisor in an instance's metadata."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# The parts of a cold migration, in the order of their task states.
_COLD_SHARES = {"resize_prep": 0.1, "resize_migrating": 0.6, "resize_migrated": 0.1, "resize_finish": 0.2}
_COLD_LEAST = 1.2  # s for each part, so that a page that polls shows each part
_REBUILD = 6.0
_SHORTEST, _LONGEST, _LONGEST_GIB = 15.0, 60.0, 176.0  # for the largest flavor: 16 GiB of memory and 160 GiB of disk


@dataclass(frozen=True)
class Knobs:
    """The settings of one instance; numbers are seconds.

    A value that must be a number and is not raises ValueError, and the migration ends in error.
    """

    memory_mib: int
    disk_gib: int
    shared: bool = False
    seconds: float | None = None
    interval: float = 2.0
    prepare_seconds: float | None = None
    pause_finish: float = 3.0
    converges: bool = True
    post_copy: bool = False
    refuse: str = ""
    refuse_host: str = ""
    fail: str = ""
    fail_at: str = "memory"
    flip: bool = False
    cold_fail: str = ""

    @classmethod
    def of(cls, instance) -> Knobs:
        """Return the knobs of a Nova instance."""
        return cls.read(instance.metadata, instance.flavor.memory_mb, instance.flavor.root_gb)

    @classmethod
    def read(cls, metadata: Mapping[str, str], memory_mib: int, disk_gib: int) -> Knobs:
        def number(name: str, default: float | None) -> float | None:
            return float(metadata[name]) if name in metadata else default

        return cls(
            memory_mib,
            disk_gib,
            shared=metadata.get("sim_storage") == "shared",
            seconds=number("sim_seconds", None),
            interval=number("sim_interval", cls.interval),
            prepare_seconds=number("sim_prepare_seconds", None),
            pause_finish=number("sim_pause_finish", cls.pause_finish),
            converges=metadata.get("sim_converge") != "never",
            post_copy=metadata.get("sim_post_copy") == "true",
            refuse=metadata.get("sim_refuse", ""),
            refuse_host=metadata.get("sim_refuse_host", ""),
            fail=metadata.get("sim_fail", ""),
            fail_at=metadata.get("sim_fail_at", cls.fail_at),
            flip=metadata.get("sim_flip") == "true",
            cold_fail=metadata.get("sim_cold_fail", ""),
        )

    def refusal(self, host: str) -> str:
        """Return why the pre-check of the host refuses the instance; empty if it does not."""
        if self.refuse_host:
            return (self.refuse or "CPU doesn't have compatibility.") if self.refuse_host == host else ""
        return self.refuse

    def copy_seconds(self, with_disk: bool) -> float:
        """Return how long the copy of a live migration lasts, s: longer for more bytes."""
        if self.seconds is not None:
            return self.seconds
        gib = self.memory_mib / 1024 + (self.disk_gib if with_disk else 0)
        return _SHORTEST + (_LONGEST - _SHORTEST) * min(1.0, gib / _LONGEST_GIB)

    def preparing_seconds(self) -> float:
        if self.prepare_seconds is not None:
            return self.prepare_seconds
        return min(1.5, self.copy_seconds(with_disk=False) / 5)

    def cold_seconds(self, part: str) -> float:
        """Return how long a cold migration stays in a task state, s."""
        share = _COLD_SHARES[part]
        if self.seconds is not None:
            return self.seconds * share
        return _COLD_LEAST if self.shared else max(_COLD_LEAST, self.copy_seconds(with_disk=True) * share)

    def rebuild_seconds(self) -> float:
        """Return how long an evacuated instance needs to start on another host, s."""
        return _REBUILD if self.seconds is None else self.seconds

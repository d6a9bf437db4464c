# SPDX-License-Identifier: Apache-2.0
"""Figures of running migrations as they went by: Nova keeps the last ones only, and not beyond the end.

They are kept in Django's cache, in common for all who see the same, and nothing is lost but a rate if they vanish.
"""

from __future__ import annotations

from collections.abc import Iterable
from struct import Struct

from asgiref.sync import sync_to_async

from migration_panel.api.models import Migration
from migration_panel.api.nova import Nova
from migration_panel.board.rules.pace import Sample
from migration_panel.cache import Shelf

# At Nova's one sample in five seconds, half an hour.
MOST = 360
KEPT = 24 * 3600

# One sample: time, remaining disk and memory, the part being copied, whether there is a disk to copy.
PACKED = Struct("<dqq??")
PARTS = ("memory", "disk")


async def recorded(nova: Nova, migrations: Iterable[Migration]) -> dict[str, tuple[Sample, ...]]:
    """By the migration's UUID: what was kept, and what its figures add to it."""
    live = [one for one in migrations if one.type == "live-migration"]
    # Samples of one migration for half an hour take 9 KB.
    shelf = Shelf("samples", (nova.access.view,), entries=8)
    kept = await sync_to_async(shelf.get)([one.uuid for one in live])
    series, grown = {}, {}
    for one in live:
        before = _unpacked(kept.get(one.uuid))
        series[one.uuid] = after = with_figures(before, one)
        if after != before:
            grown[one.uuid] = _packed(after)
    await sync_to_async(shelf.put)(grown, KEPT)
    return series


def with_figures(samples: tuple[Sample, ...], migration: Migration) -> tuple[Sample, ...]:
    """Polling faster than Nova writes brings the same figures again: they count once."""
    figures = migration.figures
    if figures is None or migration.updated_at is None or not (figures.disk_total or figures.memory_total):
        return samples
    sample = Sample(
        migration.updated_at.timestamp(),
        figures.disk_remaining or 0,
        figures.memory_remaining or 0,
        "memory" if figures.memory_total else "disk",
        bool(figures.disk_total),
    )
    if samples and samples[-1].at >= sample.at:
        return samples
    return (*samples, sample)[-MOST:]


def _packed(samples: tuple[Sample, ...]) -> bytes:
    return b"".join(PACKED.pack(one.at, one.disk, one.memory, one.part == PARTS[1], one.block) for one in samples)


def _unpacked(data: object) -> tuple[Sample, ...]:
    if not isinstance(data, bytes) or len(data) % PACKED.size:
        return ()
    return tuple(
        Sample(at, disk, memory, PARTS[of_disk], block) for at, disk, memory, of_disk, block in PACKED.iter_unpack(data)
    )

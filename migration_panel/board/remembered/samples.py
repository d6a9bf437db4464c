# SPDX-License-Identifier: Apache-2.0
"""Figures of running migrations as they went by: Nova keeps the last ones only, and not beyond the end.

They are kept in Django's cache, in common for all who see the same, and nothing is lost but a rate if they vanish.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple

from asgiref.sync import sync_to_async
from django.core.cache import cache

from migration_panel.board.rules.pace import Sample
from migration_panel.nova.client import Nova
from migration_panel.nova.records import Migration

# At Nova's one sample in five seconds, half an hour.
MOST = 360
KEPT = 24 * 3600


async def recorded(nova: Nova, migrations: Iterable[Migration]) -> dict[str, tuple[Sample, ...]]:
    """By the migration's UUID: what was kept, and what its figures add to it."""
    live = [one for one in migrations if one.type == "live-migration"]
    keys = {_key(nova, one): one for one in live}
    kept = await sync_to_async(cache.get_many)(list(keys)) if keys else {}
    series, grown = {}, {}
    for key, one in keys.items():
        before = tuple(Sample(*value) for value in kept.get(key, ()))
        series[one.uuid] = after = with_figures(before, one)
        if after != before:
            grown[key] = tuple(astuple(sample) for sample in after)
    if grown:
        await sync_to_async(cache.set_many)(grown, KEPT)
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


def _key(nova: Nova, migration: Migration) -> str:
    return f"migration_panel:samples:{nova.access.view}:{migration.uuid}"

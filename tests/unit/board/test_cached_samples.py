# SPDX-License-Identifier: Apache-2.0
"""Samples of progress that are stored in the cache."""

from dataclasses import replace
from datetime import timedelta

import pytest

from migration_panel.api.models import Figures, Migration
from migration_panel.board.cache import MAX_SAMPLES, add_samples, with_figures
from migration_panel.board.progress import Sample
from tests.support.nova_answers import MIB, MIGRATION, live_progress
from tests.support.user_requests import nova_of

COPYING = Migration.from_api(live_progress()["migrations"][0])


def later(seconds, **figures):
    moved = replace(COPYING, updated_at=COPYING.updated_at + timedelta(seconds=seconds))
    return replace(moved, figures=replace(moved.figures, **figures))


def test_figures_become_a_sample():
    at = COPYING.updated_at.timestamp()
    assert with_figures((), COPYING) == (Sample(at, 0, 3072 * MIB),)


def test_sample_stores_a_copied_disk():
    [sample] = with_figures((), later(0, disk_total=10, disk_remaining=4, memory_total=0, memory_remaining=0))
    assert (sample.disk, sample.part, sample.block) == (4, "disk", True)


@pytest.mark.parametrize(
    ("remaining", "rest"),
    [(-5, 0), (11, 10), (None, 10), (0, 0), (10, 10)],
    ids=["negative", "more than all", "not reported", "nothing", "all"],
)
def test_sample_stores_no_rest_beyond_the_part(remaining, rest):
    [disk] = with_figures((), later(0, disk_total=10, disk_remaining=remaining, memory_total=0, memory_remaining=0))
    [memory] = with_figures((), later(0, memory_total=10, memory_remaining=remaining))
    assert (disk.disk, memory.memory) == (rest, rest)


@pytest.mark.parametrize(
    "migration",
    [
        replace(COPYING, figures=None),
        replace(COPYING, updated_at=None),
        replace(COPYING, figures=Figures()),
        replace(COPYING, figures=Figures(0, 0, 0, 0)),
    ],
    ids=["none", "no time", "null", "zero"],
)
def test_empty_figures_are_no_sample(migration):
    assert with_figures((), migration) == ()


def test_same_or_older_figures_add_no_sample():
    once = with_figures((), COPYING)
    assert with_figures(once, COPYING) == once
    assert with_figures(once, later(-5)) == once
    assert len(with_figures(once, later(5))) == 2


def test_oldest_samples_are_dropped_beyond_the_limit():
    samples = tuple(Sample(at, 0, 1) for at in range(MAX_SAMPLES))
    grown = with_figures(samples, COPYING)
    assert len(grown) == MAX_SAMPLES
    assert grown[:-1] == samples[1:]


async def test_samples_add_up_and_outlast_the_end(fake_cloud):
    nova = nova_of(fake_cloud)
    await add_samples(nova, [COPYING])
    await add_samples(nova, [later(5)])
    ended = replace(COPYING, status="completed", figures=None)
    assert len((await add_samples(nova, [ended]))[MIGRATION]) == 2


async def test_samples_are_not_shared_across_scopes(fake_cloud):
    await add_samples(nova_of(fake_cloud), [COPYING])
    other = nova_of(fake_cloud, roles=("manager",))
    assert await add_samples(other, [replace(COPYING, figures=None)]) == {MIGRATION: ()}


async def test_cold_migrations_have_no_samples(fake_cloud):
    assert await add_samples(nova_of(fake_cloud), [replace(COPYING, type="migration")]) == {}

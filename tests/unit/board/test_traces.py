# SPDX-License-Identifier: Apache-2.0
"""Every run that was recorded from Nova 34 with libvirt 9.0, sample by sample, as the board would show it."""

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from itertools import groupby
from pathlib import Path

import pytest

from migration_panel.api.models import Migration
from migration_panel.board.cache import InstanceSummary, with_figures
from migration_panel.board.status import Phase, Section
from migration_panel.board.text import announcement, progress_text, status_text
from tests.support.board_rows import row_of
from tests.support.nova_answers import COPYING

RUNS = json.loads((Path(__file__).parents[1] / "data" / "libvirt-runs.json").read_text())
BEGUN = datetime(2026, 11, 22, 12, 0, tzinfo=timezone.utc)
COPYING_RUNS = [name for name, samples in RUNS.items() if any(one["migrations"] for one in samples)]


def rows_by_second(run):
    """Return the row at each second, with the samples so far."""
    samples, rows = (), {}
    for one in RUNS[run]:
        for found in one["migrations"]:
            migration = Migration.from_api(COPYING | found)
            migration = replace(migration, updated_at=BEGUN + timedelta(seconds=one["t"]))
            samples = with_figures(samples, migration)
            rows[one["t"]] = row_of(migration, InstanceSummary("lab", 256), samples=samples)
    return rows


def statuses_in_order(run):
    return [words for words, _same in groupby(status_text(row) for row in rows_by_second(run).values())]


@pytest.mark.parametrize(
    ("run", "words"),
    [
        ("live block to its end", ["Preparing", "Copying disk", "Copying memory"]),
        ("abort in the memory phase", ["Preparing", "Copying disk", "Copying memory"]),
        ("abort, without the flip", ["Preparing", "Copying disk", "Copying memory"]),
        ("force-complete", ["Preparing", "Copying disk", "Copying memory"]),
        ("destination dies in flight", ["Preparing", "Copying disk", "Copying memory"]),
        ("abort in the disk phase", ["Preparing", "Copying disk", "Preparing"]),
    ],
    ids=["completed", "aborted in memory", "aborted", "forced", "destination lost", "aborted in disk"],
)
def test_samples_have_their_statuses_in_order(run, words):
    assert statuses_in_order(run) == words


def test_runs_without_figures_never_copied():
    assert set(RUNS) - set(COPYING_RUNS) == {"refused by the pre-check", "cold, confirmed", "cold, reverted"}


@pytest.mark.parametrize("run", COPYING_RUNS)
def test_each_sample_is_in_progress_and_has_a_percent_if_figures_are_known(run):
    for at, row in rows_by_second(run).items():
        expected = Phase.WAITING if row.migration.status == "preparing" else Phase.RUNNING
        assert (row.phase, row.section) == (expected, Section.IN_PROGRESS), at
        figures = row.migration.figures
        known = bool(figures.disk_total or figures.memory_total)
        assert (row.progress is not None) == known, at
        assert bool(progress_text(row)) == known, at
        assert row.progress is None or 0 <= row.progress.percent <= 100, at


@pytest.mark.parametrize("run", COPYING_RUNS)
def test_no_recorded_copy_is_stalled_with_the_default_patience(run):
    assert not any(row.stalled for row in rows_by_second(run).values())


@pytest.mark.parametrize("run", COPYING_RUNS)
def test_announcements_have_parts_and_no_percents(run):
    heard = {announcement(row) for row in rows_by_second(run).values()}
    assert heard <= {f"lab: {words}" for words in statuses_in_order(run)}
    assert len(heard) <= 4

# SPDX-License-Identifier: Apache-2.0
"""A migration in the JSON of status/."""

from dataclasses import replace

import pytest

from migration_panel.api.models import Migration
from migration_panel.board.cache import InstanceSummary, PendingAction
from migration_panel.board.progress import Sample
from migration_panel.board.rows import Row
from migration_panel.board.status import Phase, Section
from tests.support.board_rows import row_of
from tests.support.nova_answers import COPYING, INSTANCE, LISTED, MIB, MIGRATION

WEB = InstanceSummary("web-03", 4096)


def row(known: InstanceSummary = WEB, **changes) -> Row:
    return Row.of(Migration.from_api(LISTED | changes), known)


def copying(**changes) -> Row:
    return Row.of(Migration.from_api(COPYING | changes), WEB)


def test_json_of_a_completed_migration():
    assert row().as_json() == {
        "uuid": MIGRATION,
        "id": 42,
        "instance": {"id": INSTANCE, "name": "web-03"},
        "type": "live",
        "status": "completed",
        "phase": "done",
        "progress": None,
        "source": "compute-01",
        "destination": "compute-02",
        "reason": None,
        "actions": [],
        "created_at": "2026-11-22T12:00:00Z",
        "updated_at": "2026-11-22T12:00:42Z",
    }


def test_json_of_a_running_migration_has_bytes():
    assert copying().as_json()["progress"] == {
        "percent": 25,
        "memory_total": 4096 * MIB,
        "memory_remaining": 3072 * MIB,
        "disk_total": 0,
        "disk_remaining": 0,
    }


@pytest.mark.parametrize("value", [None, 0])
def test_figures_without_content_are_no_progress(value):
    empty = dict.fromkeys((name for name in COPYING if name.endswith("_bytes")), value)
    assert copying(**empty).as_json()["progress"] is None


def test_flavors_memory_stands_in_while_the_disk_is_copied():
    disk = {"memory_total_bytes": 0, "memory_remaining_bytes": 0}
    disk |= {"disk_total_bytes": 4096 * MIB, "disk_remaining_bytes": 2048 * MIB}
    assert copying(**disk).progress.percent == 25


def test_deleted_instance_has_no_name():
    assert row(InstanceSummary()).as_json()["instance"] == {"id": INSTANCE, "name": None}


def test_hidden_hosts_and_missing_times_are_null():
    found = row(source_compute=None, dest_compute=None, created_at=None, updated_at=None).as_json()
    assert (found["source"], found["destination"], found["created_at"], found["updated_at"]) == (None,) * 4


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-11-22T12:00:42.000000", "2026-11-22T12:00:42Z"),
        ("2026-11-22T12:00:42.250000", "2026-11-22T12:00:42.250000Z"),
        ("2026-11-22T12:00:42Z", "2026-11-22T12:00:42Z"),
    ],
)
def test_times_are_utc(written, expected):
    assert row(updated_at=written).as_json()["updated_at"] == expected


def test_type_and_phase_are_those_of_the_panel():
    one = row(migration_type="migration", status="finished")
    assert (one.type, one.phase) == ("cold", Phase.CONFIRM)


@pytest.mark.parametrize(("disk", "block"), [(0, False), (None, False), (1, True)])
def test_copied_disk_shows_a_block_migration(disk, block):
    assert copying(disk_total_bytes=disk).block is block


def test_block_is_unknown_once_the_figures_are_gone_unless_a_sample_was_kept():
    over = replace(copying(disk_total_bytes=MIB).migration, figures=None, status="completed")
    assert not Row.of(over, InstanceSummary("web-03")).block
    assert row_of(over, InstanceSummary("web-03"), samples=[Sample(0, 0, 1, "memory", block=True)]).block


def test_stalled_copy_needs_attention_until_it_is_forced():
    samples = [Sample(0, 0, 5), Sample(3600, 0, 9)]
    running = copying().migration
    one = row_of(running, InstanceSummary("web-03"), samples=samples)
    assert (one.section, one.rate.stalled_for) == (Section.NEEDS_ATTENTION, 3600)
    forced = PendingAction("force-complete", 0)
    one = row_of(running, InstanceSummary("web-03"), samples=samples, pending=forced)
    assert (one.section, one.rate.stalled_for) == (Section.IN_PROGRESS, None)

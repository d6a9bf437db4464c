# SPDX-License-Identifier: Apache-2.0
"""The texts of a row of the board."""

import pytest

from migration_panel.api.models import Migration
from migration_panel.board import text
from migration_panel.board.cache import InstanceSummary
from migration_panel.board.failure import FailureReason
from migration_panel.board.rows import Row
from migration_panel.board.status import PHASES
from tests.support.board_rows import row_of
from tests.support.nova_answers import COPYING, INSTANCE, LISTED, MIB

WEB = InstanceSummary("web-03", 4096)
GIB = 1024 * MIB
DISK = {"memory_total_bytes": 0, "memory_remaining_bytes": 0, "disk_total_bytes": 10 * GIB}


def row(known: InstanceSummary = WEB, **changes) -> Row:
    return row_of(Migration.from_api(LISTED | changes), known, reason=FailureReason("unknown"))


def copying(**changes) -> Row:
    return Row.of(Migration.from_api(COPYING | changes), WEB)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("accepted", "finding a host"),
        ("queued", "queued on compute-01 behind its other live migrations"),
        ("preparing", "preparing"),
        ("pre-migrating", "preparing"),
        ("running", "preparing the copy"),
        ("running (post-copy)", "already running on compute-02, copying the rest of the memory (post-copy)"),
        ("migrating", "moving, the instance is off"),
        ("post-migrating", "starting on compute-02"),
        ("confirming", "confirming"),
        ("reverting", "going back"),
        ("finished", "waiting for your confirmation"),
        ("completed", "completed in 42 s"),
        ("done", "completed in 42 s"),
        ("confirmed", "confirmed"),
        ("reverted", "back on compute-01"),
        ("cancelled", "aborted, stayed on compute-01"),
        ("failed", "failed, stayed on compute-01"),
        ("error", "failed"),
        ("teleporting", "teleporting"),
        ("100% odd", "100% odd"),
    ],
)
def test_status_has_its_text(status, expected):
    assert text.status_text(row(status=status)) == expected


def test_every_known_status_has_text():
    assert set(text.STATUSES) == set(PHASES)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("queued", "queued on its host behind its other live migrations"),
        ("post-migrating", "starting on the other host"),
        ("failed", "failed, stayed on its host"),
    ],
)
def test_hidden_hosts_are_not_named(status, expected):
    assert text.status_text(row(status=status, source_compute=None, dest_compute=None)) == expected


@pytest.mark.parametrize("time", ["created_at", "updated_at"])
def test_duration_needs_both_times(time):
    assert text.status_text(row(**{time: None})) == "completed in an unknown time"


@pytest.mark.parametrize(
    ("figures", "status", "progress"),
    [
        ({}, "copying memory", "1 GiB of 4 GiB"),
        (DISK | {"disk_remaining_bytes": 4 * GIB}, "copying disk", "6 GiB of 10 GiB"),
        (DISK | {"disk_total_bytes": 0}, "preparing the copy", ""),
    ],
    ids=["memory", "disk", "nothing yet"],
)
def test_running_copy_names_its_part(figures, status, progress):
    one = copying(**figures)
    assert (text.status_text(one), text.progress_text(one)) == (status, progress)


@pytest.mark.parametrize(
    ("migration_type", "expected"),
    [
        ("live-migration", "Live"),
        ("migration", "Cold"),
        ("resize", "Resize"),
        ("evacuation", "Evacuation"),
        ("teleportation", "teleportation"),
    ],
)
def test_type_has_its_text(migration_type, expected):
    assert text.type_text(row(migration_type=migration_type)) == expected


def test_copied_disk_is_shown_as_live_block():
    assert text.type_text(copying(**DISK)) == "Live block"


@pytest.mark.parametrize(("known", "name"), [(WEB, "web-03"), (InstanceSummary(), INSTANCE)], ids=["name", "ID"])
def test_announcement_names_the_instance(known, name):
    assert text.announcement(row(known)) == f"{name}: completed in 42 s"

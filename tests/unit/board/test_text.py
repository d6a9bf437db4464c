# SPDX-License-Identifier: Apache-2.0
"""The texts of a row of the board."""

import pytest

from migration_panel.api.models import Migration
from migration_panel.board import text
from migration_panel.board.action_text import advice_text
from migration_panel.board.cache import InstanceSummary
from migration_panel.board.failure import FailureReason
from migration_panel.board.progress import Sample
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
        ("accepted", "Choosing a host"),
        ("queued", "Queued behind other live migrations from compute-01"),
        ("preparing", "Preparing"),
        ("pre-migrating", "Preparing"),
        ("running", "Preparing"),
        ("running (post-copy)", "Running on compute-02, copying the remaining memory (post-copy)"),
        ("migrating", "Migrating, the instance is shut down"),
        ("post-migrating", "Starting on compute-02"),
        ("confirming", "Confirming"),
        ("reverting", "Reverting"),
        ("finished", "Waiting for confirmation"),
        ("completed", "Completed in 42 s"),
        ("done", "Completed in 42 s"),
        ("confirmed", "Confirmed"),
        ("reverted", "Reverted to compute-01"),
        ("cancelled", "Aborted, the instance stayed on compute-01"),
        ("failed", "Failed, the instance stayed on compute-01"),
        ("error", "Failed"),
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
        ("queued", "Queued behind other live migrations"),
        ("running (post-copy)", "Running on the destination host, copying the remaining memory (post-copy)"),
        ("post-migrating", "Starting on the destination host"),
        ("reverted", "Reverted to the source host"),
        ("cancelled", "Aborted, the instance stayed on its host"),
        ("failed", "Failed, the instance stayed on its host"),
    ],
)
def test_hidden_hosts_are_not_named(status, expected):
    assert text.status_text(row(status=status, source_compute=None, dest_compute=None)) == expected


@pytest.mark.parametrize("time", ["created_at", "updated_at"])
def test_duration_needs_both_times(time):
    assert text.status_text(row(**{time: None})) == "Completed"


@pytest.mark.parametrize(
    ("figures", "status", "progress"),
    [
        ({}, "Copying memory", "1 GiB of 4 GiB"),
        (DISK | {"disk_remaining_bytes": 4 * GIB}, "Copying disk", "6 GiB of 10 GiB"),
        (DISK | {"disk_total_bytes": 0}, "Preparing", ""),
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
    assert text.announcement(row(known)) == f"{name}: Completed in 42 s"


SECONDS = {"updated_at": "2026-11-22T12:05:00.000000"}


def stalled(part: str = "memory") -> Row:
    """Return the row of a copy whose rest was smallest five minutes ago."""
    figures = {"memory_remaining_bytes": 40 * MIB} if part == "memory" else DISK | {"disk_remaining_bytes": 4 * GIB}
    migration = Migration.from_api(COPYING | figures | SECONDS)
    at = migration.updated_at.timestamp()
    samples = [
        Sample(at - back, rest * MIB if part == "disk" else 0, rest * MIB if part == "memory" else 0, part)
        for back, rest in ((300, 3), (150, 77), (0, 40))
    ]
    return row_of(migration, WEB, samples=samples, now=migration.updated_at)


@pytest.mark.parametrize(
    ("part", "status"),
    [
        ("memory", "Not converging: memory changes faster than it is copied"),
        ("disk", "Not converging: the disk changes faster than it is copied"),
    ],
)
def test_copy_that_does_not_converge_says_so_once_and_has_its_figures(part, status):
    one = stalled(part)
    assert text.status_text(one) == status
    assert text.announcement(one) == f"web-03: {status}"
    assert text.progress_text(one).endswith(" · 3 MiB to 77 MiB left to copy in the last 5 min 0 s")


@pytest.mark.parametrize(
    ("rights", "advice"),
    [
        (
            ("force_complete", "delete"),
            "Force complete may pause the instance until the copy is complete. Abort keeps the instance on its host.",
        ),
        (("delete",), "Abort keeps the instance on its host."),
        ((), ""),
    ],
    ids=["all", "abort only", "none"],
)
def test_advice_names_the_actions_that_the_reader_has(rights, advice):
    one = stalled().offered_to(lambda rule, project: rule.rpartition(":")[2] in rights)
    assert advice_text(one) == advice


def test_advice_is_for_copies_that_do_not_converge():
    assert advice_text(copying().offered_to(lambda rule, project: True)) == ""

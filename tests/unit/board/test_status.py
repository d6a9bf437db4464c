# SPDX-License-Identifier: Apache-2.0
"""Every status that Nova writes has its phase; an unknown status stays in sight."""

import pytest

from migration_panel.board.status import PHASES, Phase, phase_of, type_of

# All that the services of release 34 write, whatever the type.
WRITTEN = {
    "accepted": "waiting",
    "queued": "waiting",
    "preparing": "waiting",
    "pre-migrating": "waiting",
    "running": "running",
    "running (post-copy)": "running",
    "migrating": "running",
    "post-migrating": "running",
    "confirming": "running",
    "reverting": "running",
    "finished": "confirm",
    "completed": "done",
    "confirmed": "done",
    "reverted": "done",
    "done": "done",
    "cancelled": "cancelled",
    "failed": "failed",
    "error": "failed",
}


@pytest.mark.parametrize(("status", "phase"), WRITTEN.items())
def test_status_has_its_phase(status, phase):
    assert phase_of(status).value == phase


def test_no_other_status_is_claimed_to_exist():
    assert set(PHASES) == set(WRITTEN)


@pytest.mark.parametrize("status", ["teleporting", "", "RUNNING", "completed "])
def test_status_of_a_later_nova_counts_as_in_progress(status):
    assert phase_of(status) is Phase.RUNNING


@pytest.mark.parametrize(
    ("phase", "moving", "over"),
    [
        (Phase.WAITING, True, False),
        (Phase.RUNNING, True, False),
        (Phase.CONFIRM, False, False),
        (Phase.DONE, False, True),
        (Phase.CANCELLED, False, True),
        (Phase.FAILED, False, True),
    ],
)
def test_migration_that_waits_for_a_user_is_neither_moving_nor_over(phase, moving, over):
    assert (phase.moving, phase.over) == (moving, over)


@pytest.mark.parametrize(
    ("novas", "ours"),
    [
        ("live-migration", "live"),
        ("migration", "cold"),
        ("resize", "resize"),
        ("evacuation", "evacuation"),
        ("teleportation", "teleportation"),
    ],
)
def test_type_of_migration(novas, ours):
    assert type_of(novas) == ours

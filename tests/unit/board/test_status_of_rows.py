# SPDX-License-Identifier: Apache-2.0
"""Board, detail page and buttons agree about a migration, and show nothing that is unknown."""

from datetime import datetime, timedelta, timezone

import pytest
from django.utils import timezone as django_timezone

from migration_panel.api.models import Migration
from migration_panel.board.action_text import consequence, pending_text
from migration_panel.board.actions import FORCE_COMPLETE, RESET_STATE
from migration_panel.board.cache import InstanceSummary, PendingAction
from migration_panel.board.failure import FailureReason
from migration_panel.board.failure_text import reason_text
from migration_panel.board.progress import Sample
from migration_panel.board.rows import Row
from migration_panel.board.status import Section
from migration_panel.board.text import progress_text, status_text
from tests.support.board_migrations import NOON
from tests.support.board_rows import row_of
from tests.support.nova_answers import COPYING, LISTED, MIB

WEB = InstanceSummary("web-03", 4096)


@pytest.fixture(autouse=True)
def utc():
    with django_timezone.override("UTC"):
        yield


def failed(why: FailureReason | None, reader: str | None = None, *, newest: bool = True, **changes) -> Row:
    row = row_of(Migration.from_api(LISTED | {"status": "error"} | changes), WEB, reason=why, newest=newest)
    return row.offered_to(lambda rule, project: True, reader)


SWITCHED = FailureReason("copying", host="compute-01", harm="switched", resettable=True)


@pytest.mark.parametrize(
    ("why", "status", "said", "reset"),
    [
        (
            SWITCHED,
            "Failed after the switch to compute-02",
            "Nova set the instance to Error. Check the guest on compute-02.",
            True,
        ),
        (
            FailureReason("unknown", harm="switched"),
            "Failed after the switch to compute-02",
            "Nova now lists the instance on compute-02. Check the guest there.",
            False,
        ),
        (
            FailureReason("unknown", harm="uncertain"),
            "Failed",
            "Check for the guest on both compute-01 and compute-02 before you change anything.",
            False,
        ),
        (FailureReason("hidden", harm="unseen"), "Failed", "Ask an administrator to check its host", False),
        (FailureReason("unknown", harm="forced"), "Failed", "If Nova used post-copy, the memory is split", False),
        (FailureReason("unknown", harm="lost"), "Failed in post-copy", "The memory is split between two hosts", False),
        (FailureReason("aborted", unharmed=True), "Aborted", "the guest is still running on compute-01.", True),
        (
            FailureReason("message", "No", unharmed=True),
            "Failed, the instance stayed on compute-01",
            "still running on compute-01.",
            True,
        ),
    ],
    ids=["switched", "switched and no error", "old Nova", "hidden", "forced", "post-copy", "aborted", "unharmed"],
)
def test_state_is_shown_and_reset_is_offered_when_safe(why, status, said, reset):
    row = failed(why, status="failed")
    assert status_text(row) == status
    assert said in reason_text(row)
    assert (RESET_STATE in row.actions) is reset


@pytest.mark.parametrize("why", [SWITCHED, FailureReason("copying", harm="lost")], ids=["switched", "post-copy"])
def test_failure_after_the_copy_is_not_shown_as_a_failure_in_the_copy(why):
    assert "The copy failed" not in reason_text(failed(why))


@pytest.mark.parametrize(
    "why",
    [SWITCHED, *(FailureReason("unknown", harm=one) for one in ("uncertain", "unseen", "forced", "lost"))],
    ids=["switched", "uncertain", "unseen", "forced", "lost"],
)
def test_instance_that_may_be_elsewhere_is_never_shown_at_the_source(why):
    row = failed(why, status="failed")
    assert "compute-01" not in status_text(row)
    assert row.retry_kind is None


def test_host_is_not_named_before_it_is_known():
    assert status_text(failed(None, status="failed")) == "Failed"


def test_earlier_failure_does_not_say_where_the_instance_is():
    """The guest may have been lost, and the state of a later migration does not show that."""
    assert status_text(failed(FailureReason("unknown", harm="lost"), status="failed", newest=False)) == "Failed"


@pytest.mark.parametrize(
    ("user", "reader", "said"),
    [
        ("bob-id", "alice-id", "User bob-id aborted the migration."),
        ("bob-id", "bob-id", "You aborted the migration."),
        (None, "alice-id", "The migration was aborted."),
    ],
)
def test_reason_names_the_user_who_aborted(user, reader, said):
    row = failed(FailureReason("aborted", unharmed=True, user_id=user), reader)
    assert reason_text(row).startswith(said)
    assert "recorded no reason" not in reason_text(row)


@pytest.mark.parametrize(
    ("why", "host"),
    [(SWITCHED, "compute-02"), (FailureReason("unknown", unharmed=True), "compute-01")],
    ids=["switched", "unharmed"],
)
def test_reset_names_the_host_that_the_guest_is_on(why, host):
    found = consequence(RESET_STATE, failed(why))
    assert f"the guest is running on {host}" in found


def test_force_complete_names_pause_and_post_copy():
    found = consequence(FORCE_COMPLETE, Row.of(Migration.from_api(COPYING), WEB))
    assert "pauses the instance" in found
    assert "post-copy" in found


@pytest.mark.parametrize("overdue", [False, True])
def test_post_copy_has_its_own_status_text(overdue):
    asked = PendingAction("force-complete", NOON.timestamp(), overdue=overdue)
    row = row_of(Migration.from_api(LISTED | {"status": "running (post-copy)"}), WEB, pending=asked)
    assert status_text(row) == "Running on compute-02, copying the remaining memory (post-copy)"
    assert pending_text(row) == ""


def copying(seconds: float, *, zone: timezone = timezone.utc) -> Row:
    """Return the row of a copy with a rate, whose last figures are some seconds old."""
    last = datetime(2026, 11, 22, 14, 2, 31, tzinfo=timezone.utc)
    record = COPYING | {"memory_remaining_bytes": 90 * MIB, "updated_at": last.isoformat()}
    samples = [Sample(last.timestamp() - back, 0, (90 + 7 * back) * MIB) for back in (20, 10, 5, 0)]
    now = last + timedelta(seconds=seconds)
    return row_of(Migration.from_api(record), WEB, samples=samples, now=now)


@pytest.mark.parametrize("seconds", [-30, 0, 5, 35, 60])
def test_rate_and_end_are_shown_with_figures_that_are_current(seconds):
    row = copying(seconds)
    assert row.quiet_since is None
    assert progress_text(row).endswith("7 MiB/s · Less than a minute left")


@pytest.mark.parametrize("seconds", [61, 100, 3600])
def test_old_figures_are_shown_with_their_time(seconds):
    assert progress_text(copying(seconds)) == "3.9 GiB of 4 GiB · No new figures since 14:02:31 UTC"


def test_time_of_the_last_figures_is_in_the_readers_zone():
    with django_timezone.override("Asia/Tokyo"):
        assert progress_text(copying(100)).endswith("No new figures since 23:02:31 JST")


def test_copy_that_stalled_stays_stalled_without_new_figures():
    last = NOON
    samples = [Sample(last.timestamp() - 3600, 0, 5), Sample(last.timestamp(), 0, 9)]
    record = Migration.from_api(COPYING | {"updated_at": last.isoformat()})
    row = row_of(record, WEB, samples=samples, now=last + timedelta(minutes=5))
    assert (row.section, row.rate.stalled_for) == (Section.NEEDS_ATTENTION, 3600)


@pytest.mark.parametrize(
    ("migration_type", "status", "said"),
    [
        ("evacuation", "done", "Completed in 72 h 0 min"),
        ("evacuation", "completed", "Completed"),
        ("live-migration", "completed", "Completed in 72 h 0 min"),
        ("migration", "confirmed", "Confirmed"),
    ],
)
def test_duration_does_not_include_later_changes_of_the_record(migration_type, status, said):
    changes = {"migration_type": migration_type, "status": status, "updated_at": "2026-11-25T12:00:00.000000"}
    assert status_text(Row.of(Migration.from_api(LISTED | changes), WEB)) == said

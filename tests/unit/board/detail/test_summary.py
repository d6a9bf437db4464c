# SPDX-License-Identifier: Apache-2.0
"""A migration in plain lines for a ticket."""

from dataclasses import replace

import pytest
from django.utils import timezone, translation

from migration_panel.api.models import InstanceAction, Migration
from migration_panel.board.cache import InstanceSummary
from migration_panel.board.detail.summary import FIRST_STATUS, summary
from migration_panel.board.failure import FailureReason
from migration_panel.board.rows import Row
from migration_panel.migrate.sent import SentRequest
from tests.support.board_rows import row_of
from tests.support.nova_answers import ACTION, COPYING, INSTANCE, LISTED, MIGRATION, REQUEST

WEB = InstanceSummary("web-03", 4096)
STARTED = InstanceAction.from_api(ACTION)
HIDDEN = {"source_compute": None, "dest_compute": None}


def row(known: InstanceSummary = WEB, why: FailureReason | None = None, **changes) -> Row:
    return row_of(Migration.from_api(LISTED | changes), known, reason=why)


@pytest.mark.parametrize(
    ("one", "lines"),
    [
        (
            row(),
            [
                f"Migration of web-03 ({INSTANCE})",
                "Type: Live",
                "Started: 2026-11-22 12:00:00 UTC, ended: 2026-11-22 12:00:42 UTC (42 s)",
                "From compute-01 to compute-02",
                "Result: Completed in 42 s (accepted → completed)",
                f"Request ID: {REQUEST}",
                f"Migration ID: {MIGRATION}",
            ],
        ),
        (
            row(status="error", why=FailureReason("message", "CPU doesn't have compatibility."), **HIDDEN),
            [
                f"Migration of web-03 ({INSTANCE})",
                "Type: Live",
                "Started: 2026-11-22 12:00:00 UTC, ended: 2026-11-22 12:00:42 UTC (42 s)",
                "Result: Failed (accepted → error)",
                "Reason: “CPU doesn't have compatibility.”",
                f"Request ID: {REQUEST}",
                f"Migration ID: {MIGRATION}",
            ],
        ),
        (
            row(InstanceSummary(), status="finished", migration_type="migration", **HIDDEN),
            [
                f"Migration of {INSTANCE}",
                "Type: Cold",
                "Started: 2026-11-22 12:00:00 UTC",
                "Status: Waiting for confirmation (pre-migrating → finished)",
                f"Request ID: {REQUEST}",
                f"Migration ID: {MIGRATION}",
            ],
        ),
        (
            row(status="accepted", dest_compute=None, updated_at=None),
            [
                f"Migration of web-03 ({INSTANCE})",
                "Type: Live",
                "Started: 2026-11-22 12:00:00 UTC",
                "Status: Choosing a host (accepted)",
                f"Request ID: {REQUEST}",
                f"Migration ID: {MIGRATION}",
            ],
        ),
    ],
    ids=["done", "failed", "waiting", "in progress"],
)
def test_summary_has_one_line_for_each_fact(one, lines):
    assert summary(one, STARTED).split("\n") == lines


@pytest.mark.parametrize("kind", FIRST_STATUS)
def test_every_type_has_a_first_status(kind):
    assert f"({FIRST_STATUS[kind]} → completed)" in summary(row(migration_type=kind))


def test_type_and_reference_are_those_of_the_request():
    """Nova records the type without block, and no reference."""
    lines = summary(row(), STARTED, SentRequest("live-block", "INC-4711")).split("\n")
    assert lines[1:3] == ["Type: Live block", "Reference: INC-4711"]


@pytest.mark.parametrize("kind", ["cold", "cold-block", "odd"])
def test_type_that_does_not_fit_novas_record_is_not_shown(kind):
    assert "Type: Live\n" in summary(row(), STARTED, SentRequest(kind))


def test_unknown_facts_are_left_out():
    bare = row(created_at=None, updated_at=None, migration_type="odd", **HIDDEN)
    text = summary(bare)
    assert "Started" not in text
    assert "Request ID" not in text
    assert "None" not in text


def test_running_migration_names_the_part_that_is_copied():
    assert "Status: Copying memory (accepted → running)" in summary(Row.of(Migration.from_api(COPYING), WEB))


def test_times_are_the_readers():
    with timezone.override("Asia/Tokyo"):
        assert "Started: 2026-11-22 21:00:00 JST" in summary(row())


def test_language_is_the_readers():
    """Horizon's own translation has this word."""
    with translation.override("de"):
        text = summary(row())
    assert MIGRATION in text


def test_no_name_is_interpreted():
    assert "of <b>x</b>\u202e (" in summary(replace(row(), instance=InstanceSummary("<b>x</b>\u202e")))


@pytest.mark.parametrize("status", ["queued", "post-migrating", "reverted", "cancelled", "failed", "completed"])
@pytest.mark.parametrize("kind", FIRST_STATUS)
def test_hidden_hosts_are_left_out(status, kind):
    text = summary(row(status=status, migration_type=kind, why=FailureReason("copying"), **HIDDEN), STARTED)
    assert "compute-" not in text

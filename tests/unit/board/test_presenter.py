# SPDX-License-Identifier: Apache-2.0
"""The texts of a row, as the templates read them."""

from dataclasses import replace
from datetime import datetime, timezone

import pytest
from django.utils import timezone as django_timezone
from django.utils import translation

from migration_panel.api.models import Migration, Server
from migration_panel.board.actions import CONFIRM
from migration_panel.board.cache import InstanceSummary, PendingAction
from migration_panel.board.failure import FailureReason
from migration_panel.board.presenter import BULK_BUTTONS, TimeText, present
from migration_panel.board.rows import Row
from migration_panel.board.status import Sighting
from migration_panel.board.unrecorded import UnrecordedMove
from tests.support.board_rows import row_of
from tests.support.nova_answers import INSTANCE, LISTED, MIGRATION

MOMENT = datetime(2026, 11, 26, 14, 2, 31, tzinfo=timezone.utc)


def row(**changes):
    return Row.of(Migration.from_api(LISTED | changes), InstanceSummary("web-03"))


def test_texts_of_a_failed_live_migration():
    shown = present(row(status="failed", dest_compute="a b&c"))
    assert (shown.instance, shown.type, shown.status) == ("web-03", "Live", "Failed")
    assert shown.nova_status == "Status in Nova: failed"
    assert shown.name_id == f"migration-{MIGRATION}-name"
    assert (shown.watchable, shown.copying, shown.percent) == (False, False, None)
    assert shown.retry_query == "?failed=a%20b%26c"


def test_retry_query_is_empty_without_a_destination():
    assert present(row(status="failed", dest_compute=None)).retry_query == ""


def test_instance_without_a_name_is_shown_by_its_id():
    shown = present(replace(row(), instance=InstanceSummary()))
    assert (shown.name, shown.instance) == (None, INSTANCE)


def test_unrecorded_move_has_its_own_template():
    shown = present(UnrecordedMove(Server(INSTANCE, "web-03", "VERIFY_RESIZE"), actions=(CONFIRM,)))
    assert shown.template != present(row()).template
    assert (shown.instance, shown.type) == ("web-03", "")
    assert [(button.slug, button.label) for button in shown.actions] == [("confirm", "Confirm")]


@pytest.mark.parametrize(("zone", "hour"), [("UTC", "2:02"), ("Asia/Tokyo", "11:02")])
def test_time_is_in_the_readers_zone_for_readers_and_in_utc_for_machines(zone, hour):
    with django_timezone.override(zone):
        shown = TimeText.of(MOMENT)
    assert shown.machine == "2026-11-26T14:02:31+00:00"
    assert hour in shown.full


def test_text_is_evaluated_in_the_language_of_the_reader(monkeypatch):
    shown = present(row(status="failed"))
    monkeypatch.setattr("migration_panel.board.presenter._", lambda text: f"{translation.get_language()}: {text}")
    with translation.override("de"):
        assert shown.nova_status == "de: Status in Nova: failed"
        assert [button.label for button in BULK_BUTTONS] == [
            "de: Confirm selected ({count})",
            "de: Abort selected ({count})",
        ]


@pytest.mark.parametrize(
    ("status", "has_bar"),
    [("accepted", False), ("queued", False), ("preparing", True), ("running", True), ("completed", False)],
)
def test_bar_is_shown_from_the_preparation_on(status, has_bar):
    assert present(row(status=status)).copying is has_bar


def test_unknown_progress_is_preparing_without_a_percentage():
    shown = present(row(status="running"))
    assert (shown.status, shown.percent, shown.progress) == ("Preparing", None, "")


def test_row_shows_a_request_instead_of_advice():
    asked = PendingAction("abort", datetime.now(timezone.utc).timestamp())
    shown = present(
        row_of(Migration.from_api(LISTED | {"status": "running"}), InstanceSummary("web-03"), pending=asked)
    )
    assert shown.note == "Abort requested"


def test_deletion_of_the_instance_is_said_once():
    gone = Sighting(gone=True)
    shown = present(row_of(Migration.from_api(LISTED | {"status": "queued"}), InstanceSummary(), seen=gone))
    assert (shown.status, shown.reason) == ("Instance deleted", "")


def test_instance_in_error_has_no_retry():
    """Nova does not migrate an instance whose state is Error: the state has to be reset first."""
    reason = FailureReason("message", "no", unharmed=True)
    failed = Migration.from_api(LISTED | {"status": "error"})
    assert present(row_of(failed, InstanceSummary("web-03"), reason=reason)).retry_kind is None
    assert present(row_of(failed, InstanceSummary("web-03"), reason=reason.without_state())).retry_kind == "live"

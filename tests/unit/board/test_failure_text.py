# SPDX-License-Identifier: Apache-2.0
"""Failure reasons as sentences: Nova's own text if it stores a text, else where to look."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from django.utils import timezone as django_timezone

from migration_panel.api.models import Migration
from migration_panel.board.cache import InstanceSummary
from migration_panel.board.failure import FailureReason
from migration_panel.board.failure_text import reason_text
from tests.support.board_rows import row_of
from tests.support.nova_answers import LISTED

FAILED = Migration.from_api(LISTED | {"status": "error"})
COPYING = "The copy failed. Nova recorded no reason. Check the nova-compute log on {host} at 2026-11-22 12:00:42 UTC."
UNKNOWN = "Nova recorded no reason. Check the Nova logs at 2026-11-22 12:00:42 UTC."
REFUSED = "Nova refused the migration:"
AFTER_COPY = (
    "Nova recorded no reason for the failure after the copy. Check the nova-compute log on compute-01 at "
    "2026-11-22 12:00:42 UTC."
)
SWITCHED = "Nova now lists the instance on compute-02. Check the guest there."
LOST = (
    "The memory is split between two hosts, so the guest is lost. Do not reset the state. A hard reboot starts the "
    "instance again from its disk."
)
UNHARMED = "Nova set the instance to Error, but the guest is still running on compute-01."


def text_of(why: FailureReason | None, **changes) -> str:
    return reason_text(row_of(replace(FAILED, **changes), InstanceSummary("web-03"), reason=why))


@pytest.fixture(autouse=True)
def utc():
    with django_timezone.override("UTC"):
        yield


@pytest.mark.parametrize(
    ("why", "said"),
    [
        (None, ""),
        (FailureReason("cancelled"), ""),
        (FailureReason("message", "Oops"), "“Oops”"),
        (FailureReason("message", "No valid host was found.", refused=True), f"{REFUSED} “No valid host was found.”"),
        (FailureReason("hidden"), "Only administrators can see the reason. Ask an administrator."),
        (
            FailureReason("hidden", host="compute-02"),
            "Only administrators can see the reason. Ask an administrator.",
        ),
        (FailureReason("copying", host="compute-01"), COPYING.format(host="compute-01")),
        (FailureReason("copying"), COPYING.replace("log on", "log of").format(host="the source host")),
        (FailureReason("copying", host="compute-01", harm="switched"), f"{AFTER_COPY} {SWITCHED}"),
        (FailureReason("copying", harm="lost"), LOST),
        (FailureReason("message", "Oops", harm="lost"), f"“Oops” {LOST}"),
        (FailureReason("unknown", host="compute-01"), UNKNOWN),
        (FailureReason("unknown"), UNKNOWN),
        (FailureReason("cancelled", unharmed=True), UNHARMED),
        (FailureReason("message", "Oops", unharmed=True), f"“Oops” {UNHARMED}"),
        (
            FailureReason("hidden", unharmed=True),
            f"Only administrators can see the reason. Ask an administrator. {UNHARMED}",
        ),
        (FailureReason("copying", host="compute-01", unharmed=True), f"{COPYING.format(host='compute-01')} {UNHARMED}"),
        (FailureReason("unknown", unharmed=True), f"{UNKNOWN} {UNHARMED}"),
    ],
    ids=[
        "no reason",
        "cancelled",
        "message",
        "refused",
        "hidden",
        "hidden with host",
        "copying",
        "copying without host",
        "failed after the copy",
        "lost in post-copy",
        "lost with a message",
        "unknown with host",
        "unknown",
        "cancelled unharmed",
        "message unharmed",
        "hidden unharmed",
        "copying unharmed",
        "unknown unharmed",
    ],
)
def test_each_reason_has_its_text(why, said):
    assert text_of(why) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("line lost.", "line lost."),
        (" line lost. \n", "line lost."),
        ("line lost \n", "line lost"),
        ("lost: [Errno 5]", "lost: [Errno 5]"),
        ("100 % “lost” & <b>gone</b>", "100 % “lost” & <b>gone</b>"),
        ("%(host)s {time}", "%(host)s {time}"),
    ],
)
def test_message_of_nova_is_a_quotation(text, said):
    assert text_of(FailureReason("message", text)) == f"“{said}”"
    assert text_of(FailureReason("message", text, refused=True)) == f"{REFUSED} “{said}”"


HIDDEN = {"source": None, "destination": None}


@pytest.mark.parametrize(
    ("why", "said"),
    [
        (FailureReason("cancelled", unharmed=True), "the guest is still running on its host."),
        (FailureReason("cancelled", harm="switched", resettable=True), "Check the guest on the destination host."),
        (FailureReason("cancelled", harm="switched"), "on the destination host. Check the guest there."),
        (FailureReason("cancelled", harm="uncertain"), "on both hosts before you change anything."),
    ],
    ids=["unharmed", "switched in error", "switched", "uncertain"],
)
def test_hidden_host_is_not_named(why, said):
    assert text_of(why, **HIDDEN).endswith(said)
    assert "None" not in text_of(why, **HIDDEN)


@pytest.mark.parametrize(
    ("zone", "time"),
    [
        ("UTC", "2026-11-22 12:00:42 UTC"),
        ("Europe/Berlin", "2026-11-22 13:00:42 CET"),
        ("Asia/Tokyo", "2026-11-22 21:00:42 JST"),
    ],
)
@pytest.mark.parametrize("code", ["copying", "unknown"])
def test_time_is_in_the_readers_zone(code, zone, time):
    with django_timezone.override(zone):
        assert text_of(FailureReason(code)).endswith(f" at {time}.")


HAND_OVER = "Hand over the instance ID and this time: 2026-11-22 12:00:42 UTC."
HAND_OVER_REQUEST = "Hand over the instance ID, the request ID req-1 and this time: 2026-11-22 12:00:42 UTC."


@pytest.mark.parametrize(
    ("why", "said"),
    [
        (
            FailureReason("copying"),
            "The copy failed. Nova recorded no reason. Ask an administrator to check the nova-compute logs.",
        ),
        (FailureReason("unknown"), "Nova recorded no reason. Ask an administrator to check the Nova logs."),
        (FailureReason("hidden"), "Only administrators can see the reason. Ask an administrator."),
        (
            FailureReason("message", "Oops", harm="unseen"),
            "“Oops” Nova set the instance to Error. Ask an administrator to check its host.",
        ),
    ],
    ids=["copying", "unknown", "hidden", "in error"],
)
def test_reader_who_may_not_see_hosts_asks_an_administrator_and_hands_over_the_request(why, said):
    def shown(reason: FailureReason) -> str:
        return reason_text(row_of(FAILED, InstanceSummary("web-03"), reason=reason, sees_all=False))

    assert shown(why) == f"{said} {HAND_OVER}"
    assert shown(replace(why, request_id="req-1")) == f"{said} {HAND_OVER_REQUEST}"


@pytest.mark.parametrize(
    "why",
    [FailureReason("message", "Oops"), FailureReason("aborted"), FailureReason("cancelled", unharmed=True)],
    ids=["message", "aborted", "unharmed"],
)
def test_reader_who_sees_the_reason_needs_no_administrator(why):
    text = reason_text(row_of(FAILED, InstanceSummary("web-03"), reason=why, sees_all=False))
    assert "administrator" not in text
    assert "Hand over" not in text


def test_time_is_the_last_change_in_whole_seconds_and_24_hours():
    late = datetime(2026, 1, 2, 23, 4, 5, 678900, tzinfo=timezone.utc)
    assert text_of(FailureReason("unknown"), updated_at=late).endswith(" at 2026-01-02 23:04:05 UTC.")
    created = late - timedelta(hours=12)
    text = text_of(FailureReason("unknown"), updated_at=None, created_at=created)
    assert text.endswith(" at 2026-01-02 11:04:05 UTC.")


def test_time_may_be_missing():
    for code in ("unknown", "copying"):
        text = text_of(FailureReason(code), updated_at=None, created_at=None)
        assert text == "Nova recorded no reason. Check the Nova logs."


def test_only_the_newest_migration_shows_the_state_of_the_instance():
    row = row_of(
        FAILED, InstanceSummary("web-03"), reason=FailureReason("message", "Oops", unharmed=True), newest=False
    )
    assert reason_text(row) == "“Oops”"

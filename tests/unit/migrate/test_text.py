# SPDX-License-Identifier: Apache-2.0
"""The texts of the types, of their destination and of their duration."""

import pytest

from migration_panel.formatting import format_range
from migration_panel.migrate import text as migrate_text
from migration_panel.migration_types import COLD, KINDS, LIVE, LIVE_BLOCK
from migration_panel.preflight.estimate import Estimate
from tests.support.case_ids import case_id


def test_every_type_has_all_texts():
    assert set(migrate_text.KIND_TEXTS) == set(KINDS)
    for slug, texts in migrate_text.KIND_TEXTS.items():
        missing = {name for name, value in vars(texts).items() if not str(value).strip()}
        assert missing == (set() if KINDS[slug].accepts_destination else {"requested_to"})


@pytest.mark.parametrize(
    ("slug", "title"),
    [
        ("cold", "Cold migration"),
        ("live", "Live migration"),
        ("cold-block", "Cold block migration"),
        ("live-block", "Live block migration"),
    ],
)
def test_kind_text_has_the_title(slug, title):
    assert str(migrate_text.KIND_TEXTS[slug].title) == title


@pytest.mark.parametrize(
    ("kind", "may_name_host", "text"),
    [
        (LIVE, True, ""),
        (LIVE_BLOCK, True, ""),
        (LIVE, False, "Your role cannot choose the host: the scheduler chooses the host."),
        (COLD, True, "Cold migrations: the scheduler chooses the host."),
        (COLD, False, "Cold migrations: the scheduler chooses the host."),
    ],
    ids=case_id,
)
def test_destination_disabled_text_has_the_reason(kind, may_name_host, text):
    assert migrate_text.destination_disabled_text(kind, may_name_host=may_name_host) == text


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (None, ("Unknown: Nova does not report the size of this instance.", "")),
        (Estimate(5, 30, 0, 0), ("Less than a minute", "No data is copied.")),
        (Estimate(46, 153, 0, 4096), ("About 1 to 3 minutes", "Data to copy: 4 GiB of memory.")),
        (Estimate(107, 132, 10, 0), ("About 2 to 3 minutes", "Data to copy: 10 GiB of disk.")),
        (Estimate(148, 255, 10, 4096), ("About 2 to 5 minutes", "Data to copy: 10 GiB of disk and 4 GiB of memory.")),
    ],
    ids=case_id,
)
def test_estimate_text_names_duration_and_sizes(estimate, text):
    assert migrate_text.estimate_text(estimate) == text


@pytest.mark.parametrize(
    ("kind", "destination", "reference", "text"),
    [
        (COLD, "", "", "Cold migration of web was requested."),
        (LIVE, "", "", "Live migration of web was requested."),
        (LIVE_BLOCK, "c2", "", "Live block migration of web to c2 was requested."),
        (COLD, "", "INC-1", "Cold migration of web was requested. Reference: INC-1"),
    ],
    ids=case_id,
)
def test_requested_text_names_type_instance_host_and_reference(kind, destination, reference, text):
    assert migrate_text.requested_text(kind, "web", destination, reference) == text


@pytest.mark.parametrize(
    ("least", "most", "text"),
    [
        (0, 0, "Less than a minute"),
        (5, 60, "Less than a minute"),
        (5, 61, "About 1 to 2 minutes"),
        (110, 120, "About 2 minutes"),
        (60, 600, "About 1 to 10 minutes"),
        (3600, 7200, "About 60 to 120 minutes"),
    ],
)
def test_format_range_rounds_to_minutes(least, most, text):
    assert format_range(least, most) == text

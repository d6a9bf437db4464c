# SPDX-License-Identifier: Apache-2.0
"""Which failures of a live migration may come from a destination in another cell."""

import pytest

from migration_panel.launch.checks.cells import failed_for_cell, refused_for_cell
from tests.unit.launch.cases import host

NO_HOST = "No valid host was found. "
NOT_FOUND = "Compute host c2 could not be found."
HOSTS = (host("c1"), host("c2"))


@pytest.mark.parametrize(
    ("reason", "destination", "hosts", "expected"),
    [
        (NOT_FOUND, "c2", HOSTS, True),
        (NOT_FOUND, "c9", HOSTS, False),
        (NOT_FOUND, "", HOSTS, False),
        (NOT_FOUND, "c2", None, False),
        (NO_HOST, "c2", HOSTS, False),
        ("", "c2", HOSTS, False),
    ],
    ids=["listed", "unlisted", "automatic", "hosts hidden", "other refusal", "no words"],
)
def test_refusal_of_a_listed_host(reason, destination, hosts, expected):
    assert refused_for_cell(reason, destination, hosts) is expected


@pytest.mark.parametrize(
    ("kind", "destination", "reason", "expected"),
    [
        ("live-migration", "c2", NO_HOST, True),
        ("live-migration", "c2", "NoValidHost_Remote: No valid host was found.", True),
        ("live-migration", None, NO_HOST, False),
        ("live-migration", "", NO_HOST, False),
        ("live-migration", "c2", "Migration pre-check error: CPU", False),
        ("migration", "c2", NO_HOST, False),
    ],
    ids=["named", "remote", "not told", "automatic", "other failure", "cold"],
)
def test_failure_of_a_live_migration(kind, destination, reason, expected):
    assert failed_for_cell(kind, destination, reason) is expected

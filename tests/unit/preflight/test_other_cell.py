# SPDX-License-Identifier: Apache-2.0
"""Which refusals of a live migration may come from a destination in another cell."""

import pytest

from migration_panel.preflight.destination_checks import refused_for_cell
from tests.support.preflight_inputs import host

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
def test_refusal_of_a_listed_host_may_be_for_its_cell(reason, destination, hosts, expected):
    assert refused_for_cell(reason, destination, hosts) is expected

# SPDX-License-Identifier: Apache-2.0
import pytest

from migration_panel.api.host_models import disabled_by_nova


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("AUTO: Connection to libvirt lost: 1", True),
        ("AUTO: Failed to connect to libvirt: no route", True),
        # nova-compute enables the service only while its own prefix is there, with the space.
        ("AUTO:night patch", False),
        ("auto: night patch", False),
        ("Drain started 2026-11-22 14:00:05 UTC by admin: AUTO: Connection to libvirt lost: 1", False),
        ("bad fan", False),
        ("", False),
        (None, False),
    ],
)
def test_disabled_by_nova_reads_the_prefix_of_nova_compute(reason, expected):
    assert disabled_by_nova(reason) is expected

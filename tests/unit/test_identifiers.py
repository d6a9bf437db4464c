# SPDX-License-Identifier: Apache-2.0
"""The order in which names of hosts are shown."""

from migration_panel.identifiers import natural_key


def test_hosts_are_in_natural_order():
    """As on the page of hosts: whatever their case, and with digits that are no numbers."""
    names = ["compute-10", "compute-2", "Compute-1", "1compute", "compute-2a", "compute", "²", "compute-²"]
    ordered = ["1compute", "compute", "Compute-1", "compute-2", "compute-2a", "compute-10", "compute-²", "²"]
    assert sorted(names, key=natural_key) == ordered

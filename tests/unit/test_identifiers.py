# SPDX-License-Identifier: Apache-2.0
"""The natural order of names."""

from migration_panel.identifiers import natural_key


def test_hosts_are_in_natural_order():
    """The order ignores case; a superscript digit is no number."""
    names = ["compute-10", "compute-2", "Compute-1", "1compute", "compute-2a", "compute", "²", "compute-²"]
    ordered = ["1compute", "compute", "Compute-1", "compute-2", "compute-2a", "compute-10", "compute-²", "²"]
    assert sorted(names, key=natural_key) == ordered

# SPDX-License-Identifier: Apache-2.0
"""The list of checks in the documentation is that of the table."""

from tests.unit.preflight.checks_page import PAGE, page


def test_documented_checks_are_those_of_the_table():
    assert PAGE.read_text() == page()

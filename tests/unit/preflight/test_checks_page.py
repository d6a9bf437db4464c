# SPDX-License-Identifier: Apache-2.0
"""The list of checks in the documentation matches the table."""

from tests.unit.preflight.checks_page import PAGE, page


def test_documented_checks_match_the_table():
    assert PAGE.read_text() == page()

# SPDX-License-Identifier: Apache-2.0
"""Texts that fit into a message."""

import pytest

from migration_panel.brief import LONGEST_TEXT, MOST_NAMES, names_text, shortened


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("Nova refused.", "Nova refused."),
        ("two\n  lines ", "two lines"),
        ("x" * LONGEST_TEXT, "x" * LONGEST_TEXT),
        ("x" * (LONGEST_TEXT + 1), "x" * (LONGEST_TEXT - 1) + "…"),
        (5, "5"),
    ],
    ids=["short", "lines", "just fits", "too long", "no text"],
)
def test_text_is_cut_to_one_line_that_fits(text, short):
    assert shortened(text) == short


@pytest.mark.parametrize(
    ("number", "end"),
    [
        (1, "vm-1"),
        (MOST_NAMES, f"vm-{MOST_NAMES}"),
        (MOST_NAMES + 1, "and 1 more"),
        (500, f"and {500 - MOST_NAMES} more"),
    ],
)
def test_names_beyond_the_first_are_counted(number, end):
    text = names_text([f"vm-{each}" for each in range(1, number + 1)])
    assert text.startswith("vm-1")
    assert text.endswith(end)


def test_long_names_are_cut():
    assert len(names_text(["n" * 255] * 500)) < 400

# SPDX-License-Identifier: Apache-2.0
"""Sizes, durations and shortened texts for readers."""

from datetime import timedelta

import pytest

from migration_panel.formatting import (
    LONGEST_TEXT,
    MAX_NAMES,
    MIB,
    format_duration,
    format_size,
    names_text,
    shortened,
)

GIB = 1024 * MIB


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1 KiB"),
        (1536, "1.5 KiB"),
        (5 * MIB, "5 MiB"),
        (6871947674, "6.4 GiB"),
        (2000 * GIB, "2.0 TiB"),
        (1024 * GIB - 1, "1.0 TiB"),
        (3 * 1024 * GIB, "3 TiB"),
        (5000 * 1024 * GIB, "5000 TiB"),
    ],
)
def test_size_has_the_largest_fitting_unit(size, expected):
    assert format_size(size) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-3, "0 s"),
        (0, "0 s"),
        (0.4, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (60, "1 min 0 s"),
        (61, "1 min 1 s"),
        (3599, "59 min 59 s"),
        (3600, "1 h 0 min"),
        (3660, "1 h 1 min"),
        (90000, "25 h 0 min"),
    ],
)
def test_duration_has_the_two_largest_units(seconds, expected):
    assert format_duration(timedelta(seconds=seconds)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nova refused the request.", "Nova refused the request."),
        ("two\n  lines ", "two lines"),
        ("x" * LONGEST_TEXT, "x" * LONGEST_TEXT),
        ("x" * (LONGEST_TEXT + 1), "x" * (LONGEST_TEXT - 1) + "…"),
        (5, "5"),
    ],
    ids=["short", "lines", "just fits", "too long", "no text"],
)
def test_text_is_shortened_to_one_line(text, expected):
    assert shortened(text) == expected


@pytest.mark.parametrize(
    ("number", "end"),
    [
        (1, "vm-1"),
        (MAX_NAMES, f"vm-{MAX_NAMES}"),
        (MAX_NAMES + 1, "and 1 more"),
        (500, f"and {500 - MAX_NAMES} more"),
    ],
)
def test_names_beyond_the_first_are_counted(number, end):
    text = names_text([f"vm-{n}" for n in range(1, number + 1)])
    assert text.startswith("vm-1")
    assert text.endswith(end)


def test_long_names_are_shortened():
    assert len(names_text(["n" * 255] * 500)) < 400

# SPDX-License-Identifier: Apache-2.0
"""Sizes and spans of time in words."""

from datetime import timedelta

import pytest

from migration_panel.units import MIB, duration_words, size_words

GIB = 1024 * MIB


@pytest.mark.parametrize(
    ("size", "told"),
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
def test_size_in_words(size, told):
    assert size_words(size) == told


@pytest.mark.parametrize(
    ("seconds", "told"),
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
def test_duration_in_words(seconds, told):
    assert duration_words(timedelta(seconds=seconds)) == told

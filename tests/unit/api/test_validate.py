# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

import pytest

from migration_panel.api.validate import validated


@dataclass(frozen=True)
class Sample:
    name: str
    size: int | None = None
    big: bool = False
    parts: tuple[str, ...] = ()
    named: dict[str, str] | None = None
    inner: tuple[datetime, ...] = ()
    at: datetime | None = None
    within: tuple[Sample, ...] = ()
    sizes: tuple[int, ...] = ()
    ratio: float = 1.0


NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
GOOD = (
    Sample("a"),
    Sample("", 0, True),
    Sample("a", 2**63 - 1, sizes=(1, 2**63 - 1), ratio=16.5),
    Sample("a", parts=("b", "c"), named={"d": "e"}, inner=(NOON,), at=NOON, within=(Sample("a"),)),
)
BAD = (
    Sample(1),
    Sample(None),
    Sample([]),
    Sample("a", "1"),
    Sample("a", 1.5),
    Sample("a", 1, "no"),
    Sample("a", parts=(1,)),
    Sample("a", parts="bc"),
    Sample("a", named=True),
    Sample("a", named={"d": 1}),
    Sample("a", at="2026-11-22"),
    Sample("a", within=(Sample("a"), Sample([None]))),
    Sample("a", 2**63),
    Sample("a", -(2**63)),
    Sample("a", sizes=(1, 2**63)),
    Sample("a", ratio=float("inf")),
    Sample("a", ratio=float("-inf")),
    Sample("a", ratio=float("nan")),
    Sample("a", within=(Sample("a", 2**63),)),
)


@pytest.mark.parametrize("sample", GOOD)
def test_record_with_declared_types_passes(sample):
    assert validated(sample) is sample


@pytest.mark.parametrize("sample", BAD)
def test_record_with_other_types_is_an_error(sample):
    with pytest.raises(TypeError, match="of a Sample is"):
        validated(sample)


def test_value_that_is_not_a_record_passes():
    assert validated(None) is None

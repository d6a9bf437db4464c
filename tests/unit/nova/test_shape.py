# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pytest

from migration_panel.nova.shape import shaped


@dataclass(frozen=True)
class Sample:
    name: str
    size: int | None = None
    big: bool = False
    parts: tuple[str, ...] = ()
    at: datetime | None = None


@pytest.mark.parametrize("sample", [Sample("a"), Sample("", 0, True), Sample("a", None, False, (1,), None)])
def test_record_of_its_types_passes(sample):
    assert shaped(sample) is sample


@pytest.mark.parametrize(
    "sample", [Sample(1), Sample(None), Sample([]), Sample("a", "1"), Sample("a", 1.5), Sample("a", 1, "no")]
)
def test_other_types_are_refused(sample):
    with pytest.raises(TypeError, match="of a Sample is"):
        shaped(sample)


def test_what_is_no_record_passes():
    assert shaped(None) is None

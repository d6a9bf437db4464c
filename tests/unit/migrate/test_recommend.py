# SPDX-License-Identifier: Apache-2.0
"""Which type is recommended: by the state, the disk and the possible types."""

import pytest

from migration_panel.migrate.recommend import recommend
from migration_panel.migrate.text import RECOMMENDED
from migration_panel.migration_types import KINDS
from tests.support.case_ids import case_id

ALL, COLDS, LIVES = tuple(KINDS), ("cold", "cold-block"), ("live", "live-block")

CASES = [
    ("active", False, ALL, ("live", "running-volume")),
    ("active", True, ALL, ("live-block", "running-disk")),
    ("paused", False, LIVES, ("live", "running-volume")),
    ("paused", True, LIVES, ("live-block", "running-disk")),
    ("active", False, COLDS, ("cold", "only-cold-volume")),
    ("active", True, COLDS, ("cold-block", "only-cold-disk")),
    ("stopped", False, COLDS, ("cold", "off-volume")),
    ("stopped", True, COLDS, ("cold-block", "off-disk")),
    ("paused", True, (), None),
    ("active", True, ("live", "cold"), None),
    ("error", True, (), None),
    ("resized", False, (), None),
    ("", False, (), None),
]


@pytest.mark.parametrize(("vm_state", "local_disk", "possible", "wanted"), CASES, ids=case_id)
def test_recommend_returns_the_suitable_type(vm_state, local_disk, possible, wanted):
    found = recommend(vm_state, local_disk=local_disk, possible={slug: slug in possible for slug in KINDS})
    assert (found and (found.kind.slug, found.reason)) == wanted


def test_texts_match_the_reasons():
    assert set(RECOMMENDED) == {wanted[1] for *_, wanted in CASES if wanted}

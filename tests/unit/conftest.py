# SPDX-License-Identifier: Apache-2.0
from collections.abc import Iterator

import pytest
from django.core.cache import cache

from migration_panel.api import clock, placement, session
from migration_panel.hosts.drain import claims


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """What the process remembers of a cloud: the next one may come up on the same port."""
    yield
    session._negotiated.clear()
    placement._spoken.clear()
    clock.forget()
    claims._refused.clear()
    placement._unknown.clear()
    cache.clear()

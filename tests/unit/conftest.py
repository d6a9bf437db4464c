# SPDX-License-Identifier: Apache-2.0
from collections.abc import Iterator

import pytest
from django.core.cache import cache

from migration_panel import cache as panel_cache
from migration_panel.hosts.evacuate import run as evacuate_run
from migration_panel.hosts.steering import memory, submitting
from migration_panel.nova import clock, connection, evacuated, placement

NO_LIMIT = 600.0  # seconds


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """What the process remembers of a cloud: the next one may come up on the same port."""
    yield
    connection._negotiated.clear()
    placement._spoken.clear()
    clock.forget()
    memory._refused.clear()
    placement._unknown.clear()
    cache.clear()


@pytest.fixture(autouse=True)
def no_time_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lift the limits of real time on work: on a busy machine a request would leave some of it to the next request.

    A test of such a limit sets the limit itself.
    """
    for module, name in (
        (evacuate_run, "PATIENCE"),
        (evacuated, "LOOKUP_TIME"),
        (panel_cache, "PATIENCE"),
        (submitting, "PATIENCE"),
    ):
        monkeypatch.setattr(module, name, NO_LIMIT)

# SPDX-License-Identifier: Apache-2.0
"""The board's clock stands at the time of Nova's recorded answers, so their figures and open records are recent."""

from datetime import timedelta

import pytest

from migration_panel import clock
from tests.support.board_migrations import NOON


@pytest.fixture(autouse=True)
def clock_of_the_board(monkeypatch):
    """Return a function that advances the clock."""
    moment = NOON + timedelta(minutes=1)

    def advance(span: timedelta) -> None:
        nonlocal moment
        moment += span

    monkeypatch.setattr(clock, "now", lambda: moment)
    return advance

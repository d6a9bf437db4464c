# SPDX-License-Identifier: Apache-2.0
"""Which columns the reader's list of migrations has, by policy.  Page and poll show the same columns."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

from migration_panel.api.session import SEE_HOSTS
from migration_panel.board.actions import BULK
from migration_panel.policy import allowed

# Instance, type, status, time and actions.
ALWAYS = 5


@dataclass(frozen=True)
class Columns:
    """The columns that not every list has."""

    # Source and destination: Nova hides them from other readers.
    hosts: bool
    # A checkbox for actions on several migrations.
    select: bool

    @classmethod
    def of(cls, request: HttpRequest) -> Columns:
        """Return the columns for the session's user."""
        return cls(allowed(request, SEE_HOSTS), any(allowed(request, action.rule) for action in BULK))

    @property
    def count(self) -> int:
        """Return how many columns the table has."""
        return ALWAYS + 2 * self.hosts + self.select

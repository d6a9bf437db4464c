# SPDX-License-Identifier: Apache-2.0
"""How many migrations need attention, are in progress, and have finished in the last day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from migration_panel.api.models import Migration
from migration_panel.board.status import EARLIEST, RECENT, Phase, phase_of

# An evacuation changes again when nova-compute on its source restarts, perhaps days later.
LATE = frozenset({"evacuation"})


@dataclass(frozen=True)
class Result:
    """A migration that has finished."""

    uuid: str
    failed: bool
    at: datetime

    def encode(self) -> str:
        """Return the result for the script: the start of the UUID, "c" or "f", and the time, s since the epoch."""
        return f"{self.uuid[:8]}{'f' if self.failed else 'c'}{int(self.at.timestamp())}"


@dataclass(frozen=True)
class RecentResults:
    """The results of the last day."""

    results: tuple[Result, ...] = ()
    # The list of migrations reaches back to this time.
    since: datetime = EARLIEST

    def is_complete(self, now: datetime) -> bool:
        """Return whether the list reaches back a day.  Longer migrations that ended within the day may be missing."""
        return now - self.since >= RECENT

    def encode(self) -> str:
        """Return the results for the script."""
        return " ".join(result.encode() for result in self.results)


def result_of(migration: Migration) -> Result | None:
    """Return the result; None for a migration in progress, aborted or reverted, or without a time."""
    phase, at = phase_of(migration.status), migration.changed_at
    if migration.type in LATE and migration.status == "completed":
        at = migration.created_at
    if at is None or phase not in (Phase.DONE, Phase.FAILED) or migration.status == "reverted":
        return None
    return Result(migration.uuid, phase is Phase.FAILED, at)


def recent_results(migrations: Iterable[Migration], now: datetime, since: datetime = EARLIEST) -> RecentResults:
    """Return the results of the last day.  ``since``: how far the list of migrations reaches back."""
    results = (result_of(migration) for migration in migrations)
    return RecentResults(tuple(result for result in results if result and now - result.at < RECENT), since)


def oldest(migrations: Iterable[Migration], now: datetime) -> datetime:
    """Return when the oldest migration of a list that Nova cut was created; ``now`` for an empty list.

    Migrations that wait for confirmation are in another list, which reaches back further.
    """
    created = [migration.created_at for migration in migrations if phase_of(migration.status) is not Phase.CONFIRM]
    return min((moment for moment in created if moment), default=now)

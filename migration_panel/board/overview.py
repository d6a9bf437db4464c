# SPDX-License-Identifier: Apache-2.0
"""How many migrations need attention, are in progress, and have finished in the last day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from migration_panel.api.models import Migration
from migration_panel.board.status import RECENT, Phase, phase_of

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
    """The results of the last day, and which of the lists behind the overview are whole."""

    results: tuple[Result, ...] = ()
    # Whether the list of migrations reaches back a day.  Longer migrations that ended within the day may be missing.
    complete: bool = True
    # Whether all migrations that wait for confirmation, and all in progress, were listed.
    has_all_waiting: bool = True
    has_all_open: bool = True

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


def recent_results(migrations: Sequence[Migration], now: datetime, *, cut: bool) -> RecentResults:
    """Return the results of the last day.  ``cut``: whether Nova has older migrations than these."""
    results = (result_of(migration) for migration in migrations)
    recent = tuple(result for result in results if result and now - result.at < RECENT)
    return RecentResults(recent, complete=not cut or now - _oldest(migrations, now) >= RECENT)


def _oldest(migrations: Iterable[Migration], now: datetime) -> datetime:
    """Return when the oldest migration of the list was created.

    Migrations that wait for confirmation are in another list, which reaches back further.
    """
    created = [migration.created_at for migration in migrations if phase_of(migration.status) is not Phase.CONFIRM]
    return min((moment for moment in created if moment), default=now)

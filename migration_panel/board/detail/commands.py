# SPDX-License-Identifier: Apache-2.0
"""The same on the command line: what shows a migration, and what acts on it."""

from __future__ import annotations

import shlex

from migration_panel.board.feed.row import Row
from migration_panel.board.rules.actions import ABORT, CONFIRM, FORCE_COMPLETE, REVERT, Action

# The client words; those of live migrations name the migration too.
WORDS: dict[Action, tuple[str, bool]] = {
    FORCE_COMPLETE: ("force complete", True),
    ABORT: ("abort", True),
    CONFIRM: ("confirm", False),
    REVERT: ("revert", False),
}

# Nova shows a single migration only while it is live and in one of these (nova/db/main/api.py).
SHOWN = frozenset({"queued", "preparing", "running", "post-migrating"})


def commands(row: Row, request_id: str | None) -> tuple[str, ...]:
    """Ready for a shell, and only what Nova would take now."""
    one = row.migration
    lines = [_migration("list", "--server", one.instance_id)]
    if row.type == "live" and one.status in SHOWN:
        lines.append(_migration("show", one.instance_id, str(one.id)))
    for action in row.actions:
        if action in WORDS:
            words, live = WORDS[action]
            lines.append(_migration(*words.split(), one.instance_id, *([str(one.id)] if live else [])))
    if request_id:
        lines.append(shlex.join(["openstack", "server", "event", "show", one.instance_id, request_id]))
    return tuple(lines)


def _migration(*words: str) -> str:
    return shlex.join(["openstack", "server", "migration", *words])

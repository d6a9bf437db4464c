# SPDX-License-Identifier: Apache-2.0
"""Why a migration failed, from Nova's records of the request that started it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from migration_panel.api.models import Event, InstanceAction, Migration, Server
from migration_panel.board.harm import NO_DOUBTS, Doubts, Harm, harm_of, is_resettable
from migration_panel.board.status import Phase, phase_of

# Nova's name of the action (nova/compute/instance_actions.py) for each type of migration.
REQUEST_ACTIONS = {
    "live-migration": "live-migration",
    "migration": "migrate",
    "resize": "resize",
    "evacuation": "evacuate",
}

# The action is recorded by the API, the migration a moment later by another service with a clock of its own.
CLOCKS = timedelta(seconds=5)

# Names of actions on a live migration in progress (nova/compute/instance_actions.py).
CANCEL = "live_migration_cancel"
FORCE = "live_migration_force_complete"

# Nova tries several hosts.  Each host that refuses leaves an error in these events; the copy starts on the first host
# that accepts.
CHECKS = frozenset({"compute_check_can_live_migrate_destination", "compute_check_can_live_migrate_source"})
COPY = "compute_live_migration"

# Texts of libvirt's driver if the type does not suit the storage (nova/exception.py).
NEEDS_BLOCK = "is not on shared storage"
NEEDS_SHARED = "is not on local storage"

# Values of ``FailureReason.code``.
CODES = frozenset({"message", "hidden", "copying", "unknown", "cancelled", "aborted"})


@dataclass(frozen=True)
class FailureReason:
    """Why a migration failed.

    ``code``: one of CODES.  ``text``: Nova's message, only for the code message.
    """

    code: str
    text: str = ""
    # Host that reported the error, or whose log has the reason.
    host: str | None = None
    # Nova set the instance to Error although its guest is still running on the source.
    unharmed: bool = False
    # Value of a Harm; UNHARMED is in the field above.
    harm: str = ""
    # Whether resetting the state is safe although the instance is not at the source.
    resettable: bool = False
    # ID of the user who aborted the migration, only for the code aborted.
    user_id: str | None = None
    # Whether Nova refused the migration before it started; only for the code message.
    refused: bool = False
    # ID of the request that started the migration, for an administrator who looks into Nova's logs.
    request_id: str = field(default="", compare=False)

    @property
    def can_reset(self) -> bool:
        """Return whether a reset of the instance's state to active is the right action."""
        return self.unharmed or self.resettable

    def without_state(self) -> FailureReason:
        """Return the same reason without the instance's state: the migration is not the last of its instance."""
        return replace(self, unharmed=False, harm="", resettable=False)


def needs_reason(migration: Migration) -> bool:
    """Return whether the migration failed or was aborted."""
    return phase_of(migration.status) in (Phase.FAILED, Phase.CANCELLED)


def find_request(migration: Migration, actions: Iterable[InstanceAction]) -> InstanceAction | None:
    """Return the request that started the migration: the nearest in time of its kind.  Nova does not link the two.

    The last request before the migration may be wrong: a second request may follow sooner than clocks differ.
    """
    name = REQUEST_ACTIONS.get(migration.type)
    distances = {
        action: abs(migration.created_at - action.started_at)
        for action in actions
        if action.name == name
        and action.started_at
        and migration.created_at
        and action.started_at <= migration.created_at + CLOCKS
    }
    return min(distances, key=distances.__getitem__, default=None)


def failure_reason(
    migration: Migration,
    action: InstanceAction | None,
    server: Server | None,
    *,
    details: bool = True,
    actions: Iterable[InstanceAction] = (),
    doubts: Doubts = NO_DOUBTS,
) -> FailureReason:
    """Return why a migration failed, and the present state of the instance.

    ``details``: whether this Nova records the texts of errors (2.84); ``actions``: all actions of the instance.
    """
    state = replace(_state(migration, server, doubts), request_id=action.request_id if action else "")
    events = action.events if action else ()
    copied = migration.type == "live-migration" and any(event.name == COPY for event in events)
    failed = most_specific_error(event for event in events if not (copied and event.name in CHECKS))
    if failed and failed.details:
        return replace(state, code="message", text=failed.details, host=failed.host, refused=_is_check(failed))
    if failed and details:
        return replace(state, code="hidden", host=failed.host)
    abort = requested(CANCEL, migration, actions)
    if abort and state.harm not in (Harm.SWITCHED, Harm.LOST, Harm.FORCED):
        # Nova 32.2 to 34.0 turn the record of an aborted migration from cancelled into error.
        return replace(state, code="aborted", host=migration.source, user_id=abort.user_id)
    # The copy itself runs outside of every recorded event (nova/compute/manager.py, _do_live_migration).
    if copied:
        return replace(state, code="copying", host=migration.source)
    return replace(state, code="unknown", host=migration.source)


def cancelled(migration: Migration, server: Server | None, doubts: Doubts) -> FailureReason:
    """Return the state of the instance after an abort, which needs no reason."""
    return replace(_state(migration, server, doubts), code="cancelled")


def _state(migration: Migration, server: Server | None, doubts: Doubts) -> FailureReason:
    harm = harm_of(migration, server, doubts)
    if harm is Harm.UNHARMED:
        return FailureReason("", unharmed=True)
    return FailureReason("", harm=harm.value, resettable=is_resettable(harm, server, doubts))


def requested(name: str, migration: Migration, actions: Iterable[InstanceAction]) -> InstanceAction | None:
    """Return the last action of that name during the migration."""
    start, end = migration.created_at, migration.changed_at
    if migration.type != "live-migration" or start is None or end is None:
        return None
    found = [
        (action.started_at, action)
        for action in actions
        if action.name == name and action.started_at and start - CLOCKS <= action.started_at <= end + CLOCKS
    ]
    return max(found, key=lambda pair: pair[0], default=(None, None))[1]


def most_specific_error(events: Iterable[Event]) -> Event | None:
    """Return the event with the most specific error; of several, the last."""
    errors = [event for event in events if event.result == "Error"]
    return max(errors, key=lambda event: (bool(event.details), _specificity(event), _time(event)), default=None)


def _specificity(event: Event) -> int:
    """Return a sort key: the conductor summarizes, and the check at the destination wraps the error of the source."""
    if _is_summary(event):
        return 0
    return 2 if event.name == "compute_check_can_live_migrate_source" else 1


def _is_summary(event: Event) -> bool:
    """Return whether the event is of the conductor, which has chosen no host if it fails."""
    return event.name.startswith("conductor_") or event.name == "cold_migrate"


def _is_check(event: Event) -> bool:
    """Return whether Nova refuses the migration if this event fails: nothing was copied yet."""
    return event.name in CHECKS or _is_summary(event)


def _time(event: Event) -> float:
    at = event.finished_at or event.started_at
    return at.timestamp() if at else 0


def is_unharmed(migration: Migration, server: Server | None, doubts: Doubts = NO_DOUBTS) -> bool:
    """Return whether the instance is in Error although its guest is still running on the source."""
    return harm_of(migration, server, doubts) is Harm.UNHARMED


def suggest_retry_kind(migration: Migration, reason: FailureReason | None, *, block: bool = False) -> str | None:
    """Return the slug of the type to try next: the same type, or the other live type if the storage did not fit."""
    if migration.type == "migration":
        return "cold"
    if migration.type != "live-migration":
        return None
    if reason and reason.harm:
        # An administrator has to find the guest first.
        return None
    text = reason.text if reason else ""
    if NEEDS_SHARED in text:
        return "live"
    return "live-block" if block or NEEDS_BLOCK in text else "live"

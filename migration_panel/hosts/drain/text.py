# SPDX-License-Identifier: Apache-2.0
"""The sentences about one instance of a plan or a run.  Pure rules decide elsewhere which sentence applies."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from migration_panel.api.models import Migration
from migration_panel.hosts.drain.methods import MoveMethod
from migration_panel.hosts.drain.run import LEFT_LATER, Direction, DrainRun, Outcome, Step
from migration_panel.times import time_text

# Nova's status of a live migration whose guest runs on the destination while memory is still on the source.
POST_COPY = "running (post-copy)"

# Why an instance is not migrated, by the code of a MoveMethod or of a Step.
OBSTACLES = {
    "left-out": gettext_lazy("left out by the plan"),
    "error": gettext_lazy("in error: Nova moves none such"),
    "suspended": gettext_lazy("suspended: resume it first"),
    "unconfirmed": gettext_lazy("an earlier move or resize waits for its confirmation: confirm or revert it first"),
    "rescued": gettext_lazy("in rescue mode: end that first"),
    "shelved": gettext_lazy("shelved: unshelve it, or leave it"),
    "building": gettext_lazy("still being built"),
    "deleted": gettext_lazy("being deleted"),
    "busy": gettext_lazy("busy (%(detail)s)"),
    "locked": gettext_lazy("locked: unlock it first"),
    "shut-off": gettext_lazy("shut off: goes only with “Shut off instances too”"),
    "state": gettext_lazy("%(detail)s: Nova moves none such"),
    "driver": gettext_lazy("Nova's driver for the hypervisor type “%(detail)s” cannot live-migrate instances"),
    "down": gettext_lazy("the compute service on %(host)s is down: nothing can be moved from there or to there"),
    "aborted": gettext_lazy("aborted"),
    "reverted": gettext_lazy("was moved, and brought back"),
    LEFT_LATER: gettext_lazy(
        "left %(host)s after this return was started: start another return to bring the instance back"
    ),
    "elsewhere": gettext_lazy(
        "Nova does not list the instance on %(detail)s: it was moved or deleted, or Nova cannot reach the cell"
    ),
    "changed": gettext_lazy("has changed since it left, and is %(detail)s now"),
    "earlier": gettext_lazy("an earlier move or resize away from here: its owner confirms or reverts it"),
    "refused": gettext_lazy("Nova refused: %(detail)s"),
    "failed-there": gettext_lazy("failed on %(detail)s"),
    "failed": gettext_lazy("failed"),
    "aborted-in-error": gettext_lazy("aborted; Nova set the instance to Error although its guest is still running"),
    "away": gettext_lazy(
        "the migration failed, and Nova no longer lists the instance on %(host)s. Check which host Nova lists now"
    ),
    "still-here": gettext_lazy(
        "Nova still lists the instance on %(host)s, although the migration to %(detail)s is completed. Do not reset "
        "the state. Check for the guest on %(detail)s"
    ),
    "instance-deleted": gettext_lazy("the instance was deleted"),
    "no-change": gettext_lazy("Nova's record of the migration is still open but has not changed since %(since)s"),
    "not-restarted": gettext_lazy(
        "evacuated from %(host)s, where nova-compute has not been restarted since. The next restart would delete the "
        "instance. Restart nova-compute on %(host)s first"
    ),
    "restart-first": gettext_lazy(
        "nova-compute on %(host)s has evacuated instances to clean up. Restart nova-compute on %(host)s first"
    ),
    "cut-off": gettext_lazy("Nova has forgotten it: a compute service was restarted. Try it again."),
}

GROUPS = {
    Outcome.FAILED: gettext_lazy("Failed"),
    Outcome.CONFIRM: gettext_lazy("Waiting for confirmation"),
    Outcome.RUNNING: gettext_lazy("Moving"),
    Outcome.QUEUED: gettext_lazy("Queued"),
    Outcome.TODO: gettext_lazy("Still to be moved"),
    Outcome.LEFT: gettext_lazy("Left over"),
    Outcome.MOVED: gettext_lazy("Moved"),
}


def obstacle_text(code: str, detail: str, host: str, since: str = "") -> str:
    """Return why an instance is not migrated.  ``since``: the last change of Nova's record, for the reader."""
    return str(OBSTACLES[code]) % {"detail": detail, "host": host, "since": since}


def method_text(method: MoveMethod) -> str:
    """Return how an instance is migrated; empty for an instance with an obstacle (see ``obstacle_text``)."""
    if method.kind is None:
        return ""
    if not method.kind.live:
        return _("cold")
    return _("live, with its local disk if it has one") if method.kind.block else _("live")


def reason_of(run: DrainRun, step: Step, failures: Mapping[str, str]) -> str:
    """Return why an instance is where it is; empty if nothing needs a reason.  ``failures``: by the instance's ID."""
    if step.code in ("failed", "failed-there") and failures.get(step.instance_id):
        return failures[step.instance_id]
    return obstacle_text(step.code, step.detail, run.host, last_change(step.migration)) if step.code else ""


def last_change(migration: Migration | None) -> str:
    """Return the time of the last change of Nova's record, in the reader's time zone."""
    changed = migration.changed_at if migration else None
    return time_text(changed) if changed else _("an unknown time")


def step_text(run: DrainRun, step: Step) -> str:
    """Return the progress of an instance's migration, for example "to compute-02"; empty if there is no migration."""
    migration = step.migration
    if step.outcome is Outcome.TODO:
        return _("by revert") if step.revert else method_text(step.method)
    if migration is None or step.outcome is Outcome.LEFT:
        return ""
    if migration.status == POST_COPY:
        return _("already running on %(host)s, copying the rest of the memory (post-copy)") % {
            "host": migration.destination or "?"
        }
    if migration.destination is None:
        # A migration that failed before a host was chosen no longer waits for the scheduler.
        return "" if step.outcome is Outcome.FAILED else _("the scheduler is choosing a host")
    if run.direction is Direction.RETURN and migration.status in ("reverting", "reverted"):
        return _("back from %(host)s by revert") % {"host": migration.destination}
    if run.direction is Direction.RETURN:
        return _("from %(source)s") % {"source": migration.source or _("another host")}
    return _("to %(host)s") % {"host": migration.destination}

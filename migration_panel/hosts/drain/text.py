# SPDX-License-Identifier: Apache-2.0
"""The sentences about one instance of a plan or a run.  Pure rules decide elsewhere which sentence applies."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from migration_panel.api.models import Migration
from migration_panel.exceptions import ServiceText
from migration_panel.hosts.drain.methods import MoveMethod
from migration_panel.hosts.drain.records import DELETED, NO_CHANGE
from migration_panel.hosts.drain.run import LEFT_LATER, Direction, DrainRun, Outcome, Step
from migration_panel.hosts.drain.submit_result import EXPLAINED, NO_REASON, NOT_FOUND, NOT_PERMITTED, REFUSED, Refusal
from migration_panel.instance_states import state_label, task_label
from migration_panel.times import time_text

# Nova's status of a live migration whose guest runs on the destination while memory is still on the source.
POST_COPY = "running (post-copy)"

# Why an instance is not migrated, by the code of a MoveMethod or of a Step.
OBSTACLES: dict[str, Promise] = {
    "left-out": gettext_lazy("Excluded from the plan."),
    "error": gettext_lazy("In Error: Nova cannot migrate the instance."),
    "suspended": gettext_lazy("Suspended: resume the instance first."),
    "unconfirmed": gettext_lazy(
        "An earlier migration or resize is waiting for confirmation. Confirm or revert the earlier "
        "migration or resize first."
    ),
    "rescued": gettext_lazy("In rescue mode: unrescue the instance first."),
    "shelved": gettext_lazy("Shelved: unshelve the instance to migrate it."),
    "building": gettext_lazy("The instance is being built."),
    "deleted": gettext_lazy("The instance is being deleted."),
    "busy": gettext_lazy("The instance is busy with a task (%(detail)s)."),
    "locked": gettext_lazy("Locked: unlock the instance first."),
    "shut-off": gettext_lazy("Shut off: select “Migrate shut off instances too (cold)” to migrate the instance."),
    "state": gettext_lazy("The status of the instance is %(detail)s. Nova cannot migrate the instance."),
    "driver": gettext_lazy("Nova's driver for the hypervisor type “%(detail)s” cannot live-migrate instances."),
    "down": gettext_lazy("The compute service on %(host)s is down: no instance can leave or return."),
    "aborted": gettext_lazy("The migration was aborted."),
    "reverted": gettext_lazy("The instance was migrated, then reverted."),
    LEFT_LATER: gettext_lazy(
        "The instance left %(host)s after this return started. Start another return to return the instance."
    ),
    "elsewhere": gettext_lazy(
        "Nova does not list the instance on %(detail)s. The instance was migrated or deleted, or Nova "
        "cannot reach the cell."
    ),
    "changed": gettext_lazy("The instance has changed since it left. Its status is now %(detail)s."),
    "earlier": gettext_lazy(
        "An earlier migration or resize from this host is waiting for confirmation. The owner of the "
        "instance must confirm or revert the migration or resize."
    ),
    REFUSED: gettext_lazy("Nova refused the migration: “%(detail)s”"),
    NO_REASON: gettext_lazy("Nova refused the migration without a reason."),
    NOT_PERMITTED: gettext_lazy("Your role does not permit this action."),
    NOT_FOUND: gettext_lazy("Nova did not find the instance or its migration."),
    "failed-there": gettext_lazy("The migration failed on %(detail)s."),
    "failed": gettext_lazy("The migration failed."),
    "aborted-in-error": gettext_lazy("Aborted. Nova set the instance to Error, although the guest is still running."),
    "away": gettext_lazy(
        "The migration failed, and Nova no longer lists the instance on %(host)s. Check which host Nova lists now."
    ),
    "still-here": gettext_lazy(
        "Nova still lists the instance on %(host)s, although the migration to %(detail)s is completed. "
        "Do not reset the state. Check for the guest on %(detail)s."
    ),
    DELETED: gettext_lazy("The instance was deleted."),
    NO_CHANGE: gettext_lazy("Nova's record of the migration is still open but has not changed since %(since)s."),
    "not-restarted": gettext_lazy(
        "The instance was evacuated from %(host)s, where nova-compute has not been restarted since. The "
        "next restart would delete the instance. Restart nova-compute on %(host)s first."
    ),
    "restart-first": gettext_lazy(
        "nova-compute on %(host)s has evacuated instances to clean up. Restart nova-compute on %(host)s first."
    ),
    "cut-off": gettext_lazy("Nova lost the migration when a compute service restarted. Retry the migration."),
}

# The details that are words of Nova, and their labels.
DETAIL_LABELS = {"busy": task_label, "changed": state_label, "state": state_label}

# Obstacles whose sentence names a host, without the name: Nova does not report it.
WITHOUT_NAME: dict[str, Promise] = {
    "elsewhere": gettext_lazy(
        "The instance is no longer where Nova's record says. The instance was migrated or deleted, or Nova cannot "
        "reach the cell."
    ),
    "failed-there": gettext_lazy("The migration failed on the destination host."),
    "still-here": gettext_lazy(
        "Nova still lists the instance on %(host)s, although its migration is completed. Do not reset the state. "
        "Check for the guest on the destination host."
    ),
}
# The same for a record without a time.
WITHOUT_TIME = gettext_lazy("Nova's record of the migration is still open but no longer changes.")

# The parts of the page of a run, first those that need the user.  "blocked" is a part of Outcome.LEFT.
BLOCKED = "blocked"
SECTIONS: dict[str, Promise] = {
    Outcome.FAILED.value: gettext_lazy("Failed"),
    Outcome.CONFIRM.value: gettext_lazy("Waiting for confirmation"),
    BLOCKED: gettext_lazy("Blocked"),
    Outcome.RUNNING.value: gettext_lazy("Running"),
    Outcome.QUEUED.value: gettext_lazy("Queued"),
    Outcome.TODO.value: gettext_lazy("Not started"),
    Outcome.LEFT.value: gettext_lazy("Not migrated"),
    Outcome.MOVED.value: gettext_lazy("Migrated"),
}
# The headings that differ for a return.
RETURN_SECTIONS: dict[str, Promise] = {
    Outcome.LEFT.value: gettext_lazy("Not returned"),
    Outcome.MOVED.value: gettext_lazy("Returned"),
}


def section_of(step: Step) -> str:
    """Return the part of the page that shows an instance: a key of SECTIONS."""
    return BLOCKED if step.blocked else step.outcome.value


def section_title(section: str, direction: Direction) -> str:
    titles = SECTIONS | (RETURN_SECTIONS if direction is Direction.RETURN else {})
    return str(titles[section])


def obstacle_text(code: str, detail: str, host: str, since: str = "") -> str:
    """Return why an instance is not migrated.  ``since``: the last change of Nova's record, for the reader."""
    if code == EXPLAINED:
        return detail
    text: Promise = OBSTACLES[code]
    if code in WITHOUT_NAME and not detail:
        text = WITHOUT_NAME[code]
    elif code == NO_CHANGE and not since:
        text = WITHOUT_TIME
    label = DETAIL_LABELS.get(code)
    detail = label(detail) if label else detail
    return str(text) % {"detail": detail, "host": host, "since": since}


def refusal_text(refusal: Refusal) -> str:
    """Return Nova's own text of a refusal, as a quotation, or else a sentence of the panel."""
    if refusal.code == REFUSED:
        return ServiceText(refusal.detail)
    return refusal.detail or str(OBSTACLES[refusal.code])


def method_text(method: MoveMethod) -> str:
    """Return how an instance is migrated; empty for an instance with an obstacle (see ``obstacle_text``)."""
    if method.kind is None:
        return ""
    if not method.kind.live:
        return pgettext("migration type", "Cold")
    return _("Live, including any local disk") if method.kind.block else pgettext("migration type", "Live")


def reason_of(run: DrainRun, step: Step, failures: Mapping[str, str]) -> str:
    """Return why an instance is where it is; empty if nothing needs a reason.  ``failures``: by the instance's ID."""
    if step.code in ("failed", "failed-there") and failures.get(step.instance_id):
        return failures[step.instance_id]
    return obstacle_text(step.code, step.detail, run.host, last_change(step.migration)) if step.code else ""


def last_change(migration: Migration | None) -> str:
    """Return the time of the last change of Nova's record, in the reader's time zone; empty if unknown."""
    changed = migration.changed_at if migration else None
    return time_text(changed) if changed else ""


def step_text(run: DrainRun, step: Step) -> str:
    """Return the progress of an instance's migration, for example "To compute-02"; empty if there is no migration."""
    migration = step.migration
    if step.outcome is Outcome.TODO:
        return pgettext("method", "Revert") if step.revert else method_text(step.method)
    if migration is None or step.outcome is Outcome.LEFT:
        return ""
    destination = {"destination": migration.destination}
    if migration.status == POST_COPY and migration.destination is None:
        return _("Running on the destination host, copying the remaining memory (post-copy)")
    if migration.status == POST_COPY:
        return _("Running on %(destination)s, copying the remaining memory (post-copy)") % destination
    if migration.destination is None:
        # A migration that failed before a host was chosen no longer waits for the scheduler.
        return "" if step.outcome is Outcome.FAILED else _("Choosing a host")
    if run.direction is Direction.RETURN and migration.status in ("reverting", "reverted"):
        return _("Revert from %(destination)s") % destination
    if run.direction is Direction.RETURN:
        return _("From %(source)s") % {"source": migration.source} if migration.source else ""
    return _("To %(destination)s") % destination

# SPDX-License-Identifier: Apache-2.0
"""What the plan and the run say, apart from the rules that decide what applies."""

from __future__ import annotations

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from migration_panel.api.models import Migration
from migration_panel.hosts.drain.evidence import UNKNOWN, Evidence
from migration_panel.hosts.drain.methods import MoveMethod
from migration_panel.hosts.drain.records import EARLIEST
from migration_panel.hosts.drain.run import LEFT_LATER, Direction, DrainRun, Outcome, Step
from migration_panel.hosts.drain.stale_records import DELETED, NO_CHANGE

# Nova's status of a live migration whose guest runs on the destination while memory is still on the source.
POST_COPY = "running (post-copy)"

# Why an instance does not go.
OBSTACLES: dict[str, Promise] = {
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

GROUPS: dict[Outcome, Promise] = {
    Outcome.FAILED: gettext_lazy("Failed"),
    Outcome.CONFIRM: gettext_lazy("Waiting for confirmation"),
    Outcome.RUNNING: gettext_lazy("Moving"),
    Outcome.QUEUED: gettext_lazy("Queued"),
    Outcome.TODO: gettext_lazy("Still to be moved"),
    Outcome.LEFT: gettext_lazy("Left over"),
    Outcome.MOVED: gettext_lazy("Moved"),
}


# Maximum number of instances that one sentence names.
NAMED = 5


def obstacle_text(code: str, detail: str, host: str, since: str = "") -> str:
    return str(OBSTACLES[code]) % {"detail": detail, "host": host, "since": since}


def way_text(way: MoveMethod) -> str:
    """How it goes; for one that does not, see ``obstacle_text``."""
    if way.kind is None:
        return ""
    if not way.kind.live:
        return _("cold")
    return _("live, with its local disk if it has one") if way.kind.block else _("live")


def reason_of(run: DrainRun, step: Step, failures: dict[str, str]) -> str:
    """Empty where there is nothing to explain."""
    if step.code in ("failed", "failed-there") and failures.get(step.instance_id):
        return failures[step.instance_id]
    return obstacle_text(step.code, step.detail, run.host, _changed(step.migration)) if step.code else ""


def _changed(migration: Migration | None) -> str:
    """Return the time of the last change of Nova's record, in the reader's time zone."""
    changed = migration.changed_at if migration else None
    return date_format(localtime(changed), "Y-m-d H:i:s T") if changed else _("an unknown time")


def step_text(run: DrainRun, step: Step) -> str:
    """Where it is on its way, for example "compute-01 to compute-02, live"."""
    one = step.migration
    if step.outcome is Outcome.TODO:
        return _("by revert") if step.revert else way_text(step.way)
    if one is None or step.outcome is Outcome.LEFT:
        return ""
    if one.status == POST_COPY:
        return _("already running on %(host)s, copying the rest of the memory (post-copy)") % {
            "host": one.destination or "?"
        }
    if one.destination is None:
        # What failed before a host was chosen waits for none.
        return "" if step.outcome is Outcome.FAILED else _("the scheduler is choosing a host")
    if run.direction is Direction.RETURN and one.status in ("reverting", "reverted"):
        return _("back from %(host)s by revert") % {"host": one.destination}
    if run.direction is Direction.RETURN:
        return _("from %(source)s") % {"source": one.source or _("another host")}
    return _("to %(host)s") % {"host": one.destination}


def headline(run: DrainRun) -> str:
    """The one sentence that answers whether the host may be rebooted, or all are back."""
    if run.direction is Direction.DRAIN and run.empty:
        return _("Host is empty. It is safe to reboot.")
    if run.direction is Direction.DRAIN and run.listed_empty:
        return _unproven(run, run.evidence or UNKNOWN)
    moved, total = run.count(Outcome.MOVED), len(run.steps)
    if run.direction is Direction.RETURN and total and moved == total:
        return _("All %(total)d are back on %(host)s.") % {"total": total, "host": run.host}
    if run.direction is Direction.RETURN:
        sentence = _("%(moved)d of %(total)d are back on %(host)s") % {
            "moved": moved,
            "total": total,
            "host": run.host,
        }
    else:
        sentence = _("%(moved)d of %(total)d moved") % {"moved": moved, "total": total}
    return ", ".join([sentence, *_numbers(run)]) + "."


def _unproven(run: DrainRun, evidence: Evidence) -> str:
    """Return the headline where Nova's lists show nothing, but the second source does not confirm it."""
    facts = {"host": run.host, "number": evidence.held or evidence.running}
    if evidence.held and evidence.held == evidence.instances:
        text = ngettext(
            "Nova lists no instance on %(host)s, but Placement still holds allocations of %(number)d instance on it.",
            "Nova lists no instance on %(host)s, but Placement still holds allocations of %(number)d instances on it.",
            evidence.held,
        )
    elif evidence.held:
        text = ngettext(
            "Nova lists no instance on %(host)s, but Placement still holds %(number)d allocation on it.",
            "Nova lists no instance on %(host)s, but Placement still holds %(number)d allocations on it.",
            evidence.held,
        )
    elif evidence.running:
        text = ngettext(
            "Nova lists no instance on %(host)s, but the hypervisor reports %(number)d running instance.",
            "Nova lists no instance on %(host)s, but the hypervisor reports %(number)d running instances.",
            evidence.running,
        )
    else:
        text = _(
            "Nova lists no instance on %(host)s. This could not be confirmed: neither Placement nor the list of "
            "hypervisors has data about the host."
        )
    return text % facts


def _evidence_warnings(run: DrainRun, evidence: Evidence) -> list[str]:
    """Return what holds allocations, except where only unlisted instances do: the headline says that."""
    found = []
    if evidence.instances and evidence.held != evidence.instances:
        found.append(
            ngettext(
                "%(number)d allocation belongs to an instance that Nova does not list on %(host)s.",
                "%(number)d allocations belong to instances that Nova does not list on %(host)s.",
                evidence.instances,
            )
            % {"number": evidence.instances, "host": run.host}
        )
    if evidence.evacuated:
        found.append(
            ngettext(
                "%(number)d allocation belongs to an evacuated instance. A restart of nova-compute removes it.",
                "%(number)d allocations belong to evacuated instances. A restart of nova-compute removes them.",
                evidence.evacuated,
            )
            % {"number": evidence.evacuated}
        )
    if evidence.migrations:
        found.append(
            ngettext(
                "%(number)d allocation belongs to a migration whose instance is not known to have left %(host)s.",
                "%(number)d allocations belong to migrations whose instances are not known to have left %(host)s.",
                evidence.migrations,
            )
            % {"number": evidence.migrations, "host": run.host}
        )
    if evidence.leftover:
        found.append(
            ngettext(
                "Placement keeps the allocation of %(number)d finished migration on %(host)s. It holds no instance. "
                "“nova-manage placement audit --delete” removes it.",
                "Placement keeps the allocations of %(number)d finished migrations on %(host)s. They hold no instance. "
                "“nova-manage placement audit --delete” removes them.",
                evidence.leftover,
            )
            % {"number": evidence.leftover, "host": run.host}
        )
    return found


def _unclosed_warnings(run: DrainRun) -> list[str]:
    """Return the warnings about open records that the panel ignores."""
    found = []
    deleted = [one for one, code in run.unclosed if code == DELETED]
    unchanged = [one for one, code in run.unclosed if code == NO_CHANGE]
    if deleted:
        found.append(
            ngettext(
                "The record of %(number)d migration stays open although its instance was deleted: %(names)s.",
                "The records of %(number)d migrations stay open although their instances were deleted: %(names)s.",
                len(deleted),
            )
            % {"number": len(deleted), "names": _instances(deleted)}
        )
    if unchanged:
        oldest = min(unchanged, key=lambda one: one.changed_at or EARLIEST)
        found.append(
            ngettext(
                "The record of %(number)d migration stays open without a change since %(since)s: %(names)s.",
                "The records of %(number)d migrations stay open, the oldest without a change since %(since)s: "
                "%(names)s.",
                len(unchanged),
            )
            % {"number": len(unchanged), "since": _changed(oldest), "names": _instances(unchanged)}
        )
    return found


def _instances(migrations: list[Migration]) -> str:
    names = [one.instance_id for one in migrations[:NAMED]]
    return ", ".join([*names, "…"] if len(migrations) > NAMED else names)


def _numbers(run: DrainRun) -> list[str]:
    words = {
        Outcome.RUNNING: lambda n: ngettext("%d moving", "%d moving", n),
        Outcome.QUEUED: lambda n: ngettext("%d queued", "%d queued", n),
        Outcome.TODO: lambda n: ngettext("%d still to be moved", "%d still to be moved", n),
        Outcome.CONFIRM: lambda n: ngettext("%d waits for confirmation", "%d wait for confirmation", n),
        Outcome.FAILED: lambda n: ngettext("%d failed", "%d failed", n),
        Outcome.LEFT: lambda n: ngettext("%d left over", "%d left over", n),
    }
    return [words[one](run.count(one)) % run.count(one) for one in words if run.count(one)]


def warnings(run: DrainRun) -> list[str]:
    """What to know before anything else is done, above all before the host is rebooted."""
    facts = {"host": run.host}
    told = []
    if not run.up:
        told.append(
            _(
                "The compute service on %(host)s is down. What is queued goes on when it is back; instances of a host "
                "that stays down can only be evacuated."
            )
            % facts
        )
    if run.direction is Direction.DRAIN and run.count(Outcome.CONFIRM):
        told.append(
            _(
                "Confirm or revert before the reboot: Nova needs %(host)s up for a confirmation, and keeps a part of "
                "each unconfirmed instance there."
            )
            % facts
        )
    if run.arriving:
        told.append(
            ngettext(
                "%(number)d instance is on its way to %(host)s.",
                "%(number)d instances are on their way to %(host)s.",
                run.arriving,
            )
            % (facts | {"number": run.arriving})
        )
    if run.leaving:
        told.append(
            ngettext(
                "%(number)d instance is still leaving %(host)s: abort that first if it is to stay.",
                "%(number)d instances are still leaving %(host)s: abort that first if they are to stay.",
                run.leaving,
            )
            % (facts | {"number": run.leaving})
        )
    if run.restart_needed and run.direction is Direction.RETURN:
        told.append(
            _(
                "nova-compute on %(host)s has not been restarted since instances were evacuated from it. The next "
                "restart would delete these instances if they had returned. Restart nova-compute on %(host)s first. "
                "Until then, no instance returns to %(host)s."
            )
            % facts
        )
    if run.listed_empty and run.evidence:
        told += _evidence_warnings(run, run.evidence)
    told += _unclosed_warnings(run)
    if run.stopped:
        told.append(_("Somebody stopped it: nothing more is begun until it is told to go on."))
    elif run.partial_selection and run.count(Outcome.TODO):
        told.append(
            _(
                "Only some instances were chosen, and too many were left out to keep their names: go on from a plan of "
                "what is left."
            )
        )
    return told

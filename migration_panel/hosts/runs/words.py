# SPDX-License-Identifier: Apache-2.0
"""What the plan and the run say, apart from the rules that decide what applies."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from migration_panel.hosts.runs.run import Direction, Outcome, Run, Step
from migration_panel.hosts.runs.ways import Way

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
    "driver": gettext_lazy("Nova cannot live-migrate instances of this hypervisor (%(detail)s)"),
    "down": gettext_lazy("the compute service on %(host)s is down: nothing can be moved from there or to there"),
    "aborted": gettext_lazy("aborted"),
    "reverted": gettext_lazy("was moved, and brought back"),
    "elsewhere": gettext_lazy("not on %(detail)s any more: moved on or deleted since"),
    "changed": gettext_lazy("has changed since it left, and is %(detail)s now"),
    "earlier": gettext_lazy("an earlier move or resize away from here: its owner confirms or reverts it"),
    "refused": gettext_lazy("Nova refused: %(detail)s"),
    "failed-there": gettext_lazy("failed on %(detail)s"),
    "failed": gettext_lazy("failed"),
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


def obstacle_words(code: str, detail: str, host: str) -> str:
    return str(OBSTACLES[code]) % {"detail": detail, "host": host}


def way_words(way: Way) -> str:
    """How it goes; for one that does not, see ``obstacle_words``."""
    if way.kind is None:
        return ""
    if not way.kind.live:
        return _("cold")
    return _("live, with its local disk if it has one") if way.kind.block else _("live")


def reason_of(run: Run, step: Step, failures: dict[str, str]) -> str:
    """Empty where there is nothing to explain."""
    if step.code in ("failed", "failed-there") and failures.get(step.instance_id):
        return failures[step.instance_id]
    return obstacle_words(step.code, step.detail, run.host) if step.code else ""


def step_words(run: Run, step: Step) -> str:
    """Where it is on its way, for example "compute-01 to compute-02, live"."""
    one = step.migration
    if step.outcome is Outcome.TODO:
        return _("by revert") if step.revert else way_words(step.way)
    if one is None or step.outcome is Outcome.LEFT:
        return ""
    if one.destination is None:
        return _("the scheduler is choosing a host")
    if run.direction is Direction.RETURN and one.status in ("reverting", "reverted"):
        return _("back from %(host)s by revert") % {"host": one.destination}
    if run.direction is Direction.RETURN:
        return _("from %(source)s") % {"source": one.source or _("another host")}
    return _("to %(host)s") % {"host": one.destination}


def headline(run: Run) -> str:
    """The one sentence that answers whether the host may be rebooted, or all are back."""
    if run.direction is Direction.DRAIN and run.empty:
        return _("%(host)s is empty: safe to reboot.") % {"host": run.host}
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


def _numbers(run: Run) -> list[str]:
    words = {
        Outcome.RUNNING: lambda n: ngettext("%d moving", "%d moving", n),
        Outcome.QUEUED: lambda n: ngettext("%d queued", "%d queued", n),
        Outcome.TODO: lambda n: ngettext("%d still to be moved", "%d still to be moved", n),
        Outcome.CONFIRM: lambda n: ngettext("%d waits for confirmation", "%d wait for confirmation", n),
        Outcome.FAILED: lambda n: ngettext("%d failed", "%d failed", n),
        Outcome.LEFT: lambda n: ngettext("%d left over", "%d left over", n),
    }
    return [words[one](run.count(one)) % run.count(one) for one in words if run.count(one)]


def warnings(run: Run) -> list[str]:
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
    if run.stopped:
        told.append(_("Somebody stopped it: nothing more is begun until it is told to go on."))
    elif run.chosen and run.count(Outcome.TODO):
        told.append(
            _(
                "Only some instances were chosen, and too many were left out to keep their names: go on from a plan of "
                "what is left."
            )
        )
    return told
